// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {

  private final Pace pace = new Pace(5_000_000, 8);

  private void take(int jobs, long nanos) {
    for (int i = 0; i < jobs; i++) {
      pace.took(nanos);
    }
  }

  @Test
  void nothingIsPutDownAheadUntilJobsHaveBeenShort() {
    assertThat(pace.ahead()).isEqualTo(1);
    take(1, 1_000_000);
    assertThat(pace.ahead()).isEqualTo(1);
  }

  @Test
  void shortJobsArePutDownAheadUpToTheLimit() {
    take(100, 1_000_000);
    assertThat(pace.ahead()).isBetween(4, 5);
    take(100, 1_000);
    assertThat(pace.ahead()).isEqualTo(8);
  }

  @Test
  void oneLongJobEndsThat() {
    take(100, 1_000);
    take(1, 1_000_000_000);
    assertThat(pace.ahead()).isEqualTo(1);
  }
}
