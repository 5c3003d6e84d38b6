// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ShieldTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  /// Runs a body in a scope that is stopped before the body begins.
  private static ThrowingCallable inStopped(Action<Exception> body) {
    return () ->
        Scope.run(
            "app",
            scope -> {
              scope.stop(StopReason.requested("deploy"));
              body.run();
              return null;
            });
  }

  @Test
  void cleanUpDoesNotSeeTheStop() throws Throwable {
    List<String> done = new ArrayList<>();
    inStopped(
            () ->
                Curfew.shield(
                    LONG,
                    () -> {
                      Curfew.checkpoint();
                      Curfew.token().check();
                      Curfew.sleep(Duration.ofMillis(1));
                      assertThat(Thread.currentThread().isInterrupted()).isFalse();
                      assertThat(new CountDownLatch(1).await(1, TimeUnit.MILLISECONDS)).isFalse();
                      done.add("rolled back");
                    }))
        .call();
    assertThat(done).containsExactly("rolled back");
  }

  @Test
  void afterTheShieldTheStopIsSeenAgain() {
    assertThatThrownBy(
            inStopped(
                () -> {
                  Curfew.shield(LONG, Curfew::checkpoint);
                  Curfew.sleep(LONG);
                }))
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("requested 'deploy'");
  }

  @Test
  void afterTheShieldABlockingCallIsInterruptedAgain() {
    assertThatThrownBy(
            inStopped(
                () -> {
                  Curfew.shield(LONG, Curfew::checkpoint);
                  boolean _ = new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                }))
        .isInstanceOf(StoppedException.class)
        .hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void aHandleOnTheOuterTokenTellsTheTruth() throws Throwable {
    inStopped(
            () -> {
              StopToken outer = Curfew.token();
              Curfew.shield(
                  LONG,
                  () -> {
                    assertThat(outer.isStopped()).isTrue();
                    assertThat(Curfew.token().isStopped()).isFalse();
                  });
            })
        .call();
  }

  @Test
  void aForeignInterruptIsHiddenAndSetAgain() {
    Thread.currentThread().interrupt();
    boolean inside =
        Curfew.<Boolean, RuntimeException>shield(
            LONG, () -> Thread.currentThread().isInterrupted());
    assertThat(inside).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theShieldOpensWhenItsBudgetIsOver() throws InterruptedException {
    ManualTime time = new ManualTime();
    AtomicReference<StopReason> reason = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    Scope.run(
                        "app",
                        s -> s.withTime(time),
                        scope -> {
                          try {
                            Curfew.shield(Duration.ofSeconds(2), () -> Curfew.sleep(LONG));
                          } catch (StoppedException e) {
                            reason.set(e.reason());
                          }
                          return null;
                        }));
    time.awaitAlarms(2); // the budget and the sleep
    time.advance(Duration.ofSeconds(2));
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(reason.get().why()).isEqualTo("limit reached: the shield's budget of PT2S is over");
    assertThat(reason.get().origin().scope()).isEqualTo("app/shield");
  }

  @Test
  void aShieldInsideAnotherEndsWithIt() {
    Curfew.shield(
        Duration.ofSeconds(1),
        () ->
            Curfew.shield(
                Duration.ofHours(1),
                () ->
                    assertThat(Curfew.remaining().orElseThrow())
                        .isLessThanOrEqualTo(Duration.ofSeconds(1))));
  }

  @Test
  void inAStoppedScopeItEndsWithThePlan() throws Throwable {
    ManualTime time = new ManualTime();
    Scope.run(
        "app",
        s -> s.withTime(time).withPlan(StopPlan.within(Duration.ofSeconds(5))),
        scope -> {
          scope.stop(StopReason.requested("deploy"));
          Curfew.shield(
              Duration.ofHours(1),
              () -> assertThat(Curfew.remaining()).contains(Duration.ofSeconds(5)));
          return null;
        });
  }

  @Test
  void aScopeInsideCanStillBeStopped() throws Throwable {
    inStopped(
            () ->
                Curfew.shield(
                    LONG,
                    () ->
                        assertThatThrownBy(
                                () ->
                                    Scope.run(
                                        "inner",
                                        inner -> {
                                          inner.stop(StopReason.requested("inner"));
                                          Curfew.sleep(LONG);
                                          return null;
                                        }))
                            .isInstanceOf(StoppedException.class)
                            .hasMessageStartingWith("requested 'inner'")))
        .call();
  }

  @Test
  void whatTheBodyThrowsPasses() {
    assertThatThrownBy(
            () ->
                Curfew.shield(
                    LONG,
                    () -> {
                      throw new IOException("broken");
                    }))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Curfew.shield(Duration.ofSeconds(-1), Curfew::checkpoint))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// A clock whose timer can get no thread.
  private static final class Threadless implements TimeSource {
    @Override
    public long nanos() {
      return TimeSource.system().nanos();
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      throw new OutOfMemoryError("unable to create native thread");
    }

    @Override
    public void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
      TimeSource.system().parkUntil(blocker, atNanos, over);
    }
  }

  @Test
  void withoutATimerItDoesNotBeginAndLeavesEverythingAsItWas() {
    try (Scope scope = Scope.open("work", s -> s.withTime(new Threadless()))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> Curfew.shield(Duration.ofSeconds(1), () -> {}))
          .isInstanceOf(OutOfMemoryError.class);
      assertThat(Thread.interrupted()).as("the interrupt is still there").isTrue();
      boolean _ = scope.stop(StopReason.requested("deploy"));
      assertThat(Curfew.token().isStopped()).as("no shield is around").isTrue();
    }
  }

  /// A clock that cannot take an alarm back.
  private static final class Stubborn implements TimeSource {
    @Override
    public long nanos() {
      return TimeSource.system().nanos();
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      return () -> {
        throw new IllegalStateException("no way back");
      };
    }

    @Override
    public void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
      TimeSource.system().parkUntil(blocker, atNanos, over);
    }
  }

  @Test
  void anAlarmThatCannotBeTakenBackLeavesNoShieldBehind() {
    try (Scope scope = Scope.open("work", s -> s.withTime(new Stubborn()))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> Curfew.shield(Duration.ofSeconds(1), () -> {}))
          .hasMessage("no way back");
      assertThat(Thread.interrupted()).as("the interrupt is still there").isTrue();
      boolean _ = scope.stop(StopReason.requested("deploy"));
      assertThat(Curfew.token().isStopped()).as("no shield is around").isTrue();
    }
  }
}
