// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LastMomentTest {

  private static final long BEGAN = Long.MAX_VALUE - 1_000; // the clock may wrap

  private final LastMoment moment = new LastMoment(Duration.ofSeconds(60), Duration.ofSeconds(5));

  private boolean hasPassed(int seconds, boolean hurries) {
    return moment.hasPassed(BEGAN + Duration.ofSeconds(seconds).toNanos(), hurries);
  }

  @Test
  void whatRunsHasItsGraceAndTwoMargins() {
    assertThat(hasPassed(0, false)).isFalse();
    assertThat(hasPassed(70, false)).isFalse();
    assertThat(hasPassed(71, false)).isTrue();
  }

  @Test
  void onceNothingIsLeftToBeAskedThereIsAMargin() {
    assertThat(hasPassed(0, false)).isFalse();
    assertThat(hasPassed(20, true)).isFalse();
    assertThat(hasPassed(25, true)).isFalse();
    assertThat(hasPassed(26, true)).isTrue();
  }

  @Test
  void aJobThatBeginsLateHasItsGrace() {
    assertThat(hasPassed(0, true)).isFalse();
    assertThat(hasPassed(1, false)).isFalse();
    assertThat(hasPassed(40, false)).isFalse();
    assertThat(hasPassed(41, true)).isFalse();
    assertThat(hasPassed(47, true)).isTrue();
  }

  @Test
  void theMarginDoesNotGoBeyondTheWhole() {
    assertThat(hasPassed(0, false)).isFalse();
    assertThat(hasPassed(69, true)).isFalse();
    assertThat(hasPassed(71, true)).isTrue();
  }
}
