// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PermitsTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  private final Permits permits = new Permits("connections", 2);

  private void await(int waiting) {
    Await.until("they wait", () -> permits.toString().endsWith(waiting + " waiting"));
  }

  @Test
  void soManyAreHeldAtOnceAndEachIsGivenBackOnce() {
    Permit first = permits.acquire();
    assertThat(permits.available()).isEqualTo(1);
    Permit second = permits.tryAcquire().orElseThrow();
    assertThat(permits.tryAcquire()).isEmpty();
    assertThat(permits.tryAcquire(Duration.ZERO)).isEmpty();
    assertThat(first).hasToString("one of permits 'connections': 0 of 2 free, 0 waiting");
    first.close();
    first.close();
    assertThat(permits.available()).isEqualTo(1);
    assertThat(first).hasToString("returned to permits 'connections': 1 of 2 free, 0 waiting");
    second.close();
    assertThat(permits.available()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void whoWaitsIsServedInTurnAndNobodyOvertakes(Kind kind) throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    kind.play(
        scope -> {
          Permit first = permits.acquire();
          Permit second = permits.acquire();
          for (int i = 1; i <= 3; i++) {
            String name = "turn " + i;
            scope.fork(
                name,
                () -> {
                  try (Permit _ = permits.acquire()) {
                    order.add(name);
                  }
                  return "";
                });
            await(i);
          }
          first.close();
          scope.join();
          second.close();
        });
    assertThat(order).containsExactly("turn 1", "turn 2", "turn 3");
    assertThat(permits.available()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void neverMoreThanSoManyAreInside(Kind kind) throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    kind.play(
        scope -> {
          for (int i = 0; i < 8; i++) {
            scope.fork(
                "worker",
                () -> {
                  for (int turn = 0; turn < 200; turn++) {
                    try (Permit _ = permits.acquire()) {
                      most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                      Thread.onSpinWait();
                      inside.decrementAndGet();
                    }
                  }
                  return "";
                });
          }
          scope.join();
        });
    assertThat(most.get()).isBetween(1, 2);
    assertThat(permits).hasToString("permits 'connections': 2 of 2 free, 0 waiting");
  }

  @Test
  void aTimedWaitEndsWithTheTimeOfTheScope() throws Exception {
    ManualTime time = new ManualTime();
    Permits one = new Permits("one", 1);
    Kind.VIRTUAL.play(
        s -> s.withTime(time),
        scope -> {
          try (Permit _ = one.acquire()) {
            Fork<Optional<Permit>> late = scope.fork("late", () -> one.tryAcquire(LONG));
            time.awaitAlarms(1);
            time.advance(LONG);
            scope.join();
            assertThat(late.get()).isEmpty();
          }
        });
    assertThat(one).hasToString("permits 'one': 1 of 1 free, 0 waiting");
  }

  @Test
  void whatIsTriedDoesNotLookAtTheStop() {
    assertThatThrownBy(
            () ->
                Kind.VIRTUAL.play(
                    scope -> {
                      scope.stop(StopReason.requested("deploy"));
                      assertThat(permits.tryAcquire()).isPresent();
                      Curfew.sleep(LONG);
                    }))
        .isInstanceOf(StoppedException.class);
    assertThat(permits.available()).isEqualTo(1);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> new Permits("odd", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nobody could ever get one of 0 permits 'odd'");
    assertThatThrownBy(() -> permits.tryAcquire(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a wait cannot end in the past: PT-1S");
  }
}
