// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Fork;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LatchTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  @Test
  void opensAtTheLastCountAndStaysOpen() {
    Latch latch = new Latch("loaded", 2);
    assertThat(latch.await(Duration.ZERO)).isFalse();
    latch.countDown();
    assertThat(latch.count()).isEqualTo(1);
    assertThat(latch).hasToString("latch 'loaded': 1 left");
    assertThat(latch.await(Duration.ZERO)).isFalse();
    latch.countDown();
    latch.countDown();
    assertThat(latch.count()).isZero();
    assertThat(latch).hasToString("latch 'loaded': open");
    assertThat(latch.await(LONG)).isTrue();
    latch.await();
  }

  @ParameterizedTest
  @EnumSource
  void letsAllGoAtOnce(Kind kind) throws Exception {
    Latch begun = new Latch("begun", 4);
    Latch latch = new Latch("loaded", 1);
    kind.play(
        scope -> {
          List<Fork<String>> all = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            all.add(
                scope.fork(
                    "waits",
                    () -> {
                      begun.countDown();
                      latch.await();
                      return "gone";
                    }));
          }
          begun.await();
          assertThat(all).noneMatch(Fork::hasEnded);
          latch.countDown();
          scope.join();
          assertThat(all).allMatch(fork -> fork.get().equals("gone"));
        });
  }

  @Test
  void aTimedWaitEndsWithTheTimeOfTheScope() throws Exception {
    ManualTime time = new ManualTime();
    Latch latch = new Latch("never", 1);
    Kind.VIRTUAL.play(
        s -> s.withTime(time),
        scope -> {
          Fork<Boolean> waits = scope.fork("waits", () -> latch.await(LONG));
          time.awaitAlarms(1);
          time.advance(LONG);
          scope.join();
          assertThat(waits.get()).isFalse();
        });
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> new Latch("odd", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("latch 'odd' cannot wait for -1");
    assertThatThrownBy(() -> new Latch("one", 1).await(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a wait cannot end in the past: PT-1S");
  }
}
