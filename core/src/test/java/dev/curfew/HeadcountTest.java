// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeadcountTest {

  private final Headcount heads = new Headcount();

  @Test
  void itTellsWhoIsJoinedFromWhoIsNot() {
    assertThat(heads.raise(false)).isTrue();
    assertThat(heads.raise(true)).isTrue();
    assertThat(Headcount.workEnded(heads.now())).isFalse();
    long left = heads.lower(false);
    assertThat(Headcount.workEnded(left)).isTrue();
    assertThat(Headcount.noneLives(left)).isFalse();
    assertThat(Headcount.noneLives(heads.lower(true))).isTrue();
  }

  @Test
  void onceClosedItLetsNobodyInAndCountsOn() {
    assertThat(heads.raise(true)).isTrue();
    heads.close();
    heads.close();
    assertThat(heads.raise(false)).isFalse();
    assertThat(Headcount.workEnded(heads.now())).isTrue();
    assertThat(Headcount.noneLives(heads.now())).isFalse();
    assertThat(Headcount.noneLives(heads.lower(true))).isTrue();
  }
}
