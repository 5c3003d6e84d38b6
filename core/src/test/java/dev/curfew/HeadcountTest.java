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
    assertThat(heads.workEnded()).isFalse();
    heads.lower(false);
    assertThat(heads.workEnded()).isTrue();
    assertThat(heads.noneLives()).isFalse();
    heads.lower(true);
    assertThat(heads.noneLives()).isTrue();
  }

  @Test
  void onceClosedItLetsNobodyInAndCountsOn() {
    assertThat(heads.raise(true)).isTrue();
    heads.close();
    heads.close();
    assertThat(heads.isClosed()).isTrue();
    assertThat(heads.raise(false)).isFalse();
    assertThat(heads.raiseByOpener(false)).isFalse();
    assertThat(heads.workEnded()).isTrue();
    assertThat(heads.noneLives()).isFalse();
    heads.lower(true);
    assertThat(heads.noneLives()).isTrue();
  }

  @Test
  void whomTheOpenerBeginsCountsWithThoseOfOthers() {
    assertThat(heads.raiseByOpener(false)).isTrue();
    assertThat(heads.raise(true)).isTrue();
    assertThat(heads.raiseByOpener(true)).isTrue();
    assertThat(heads.workLeft()).isEqualTo(1);
    heads.lower(true);
    heads.lower(true);
    assertThat(heads.workLeft()).isEqualTo(1);
    assertThat(heads.workEnded()).isFalse();
    heads.lower(false);
    assertThat(heads.workEnded()).isTrue();
    assertThat(heads.noneLives()).isTrue();
  }
}
