// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HaltTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "never",
        "now,fail=1",
        "soon,fail=3",
        "soon,fail=10%",
        "now,success=1",
        "now,done=100%"
      })
  void printsWhatItRead(String text) {
    assertThat(Halt.parse(text)).hasToString(text);
  }

  @Test
  void neverNeverHalts() {
    assertThat(Halt.parse("never").judge(100, 100, 0, 100)).isEmpty();
  }

  @Test
  void aNumberIsReachedByTheJobsThatAreCounted() {
    assertThat(Halt.parse("now,fail=2").judge(9, 1, 8, -1)).isEmpty();
    assertThat(Halt.parse("now,fail=2").judge(9, 2, 7, -1)).contains(Halt.How.NOW);
    assertThat(Halt.parse("soon,success=1").judge(1, 1, 0, -1)).isEmpty();
    assertThat(Halt.parse("soon,success=1").judge(2, 1, 1, -1)).contains(Halt.How.SOON);
    assertThat(Halt.parse("soon,done=3").judge(3, 1, 1, -1)).contains(Halt.How.SOON);
  }

  @Test
  void aPercentageIsOfAllJobs() {
    Halt halt = Halt.parse("soon,fail=10%");
    assertThat(halt.judge(9, 9, 0, 100)).isEmpty();
    assertThat(halt.judge(10, 10, 0, 100)).contains(Halt.How.SOON);
  }

  @Test
  void aPercentageNeedsThreeJobsThatAreDone() {
    Halt halt = Halt.parse("now,fail=10%");
    assertThat(halt.judge(2, 2, 0, 10)).isEmpty();
    assertThat(halt.judge(3, 2, 1, 10)).contains(Halt.How.NOW);
  }

  @Test
  void aPercentageWaitsUntilTheNumberOfJobsIsKnown() {
    assertThat(Halt.parse("now,fail=1%").judge(50, 50, 0, -1)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|write never",
        "1|write soon,fail=1",
        "2|write now,fail=1",
        "-1|write soon,success=1",
        "-2|write now,success=1",
        "10%|write soon,fail=10%",
        "now|write now,fail=1",
        "success|write now,success=1 or soon,success=1",
        "now,fail=0|the number must be at least 1",
        "now,fail=101%|at most 100%",
        "later,fail=1|forms: never, now,fail=1, soon,fail=10%",
        "now,fail|forms: never",
        "now,fail=-1|forms: never",
        "''|forms: never"
      })
  void refusesTheRestAndTellsTheForm(String text, String advice) {
    assertThatThrownBy(() -> Halt.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + text + "' does not say when to halt")
        .hasMessageContaining(advice);
  }
}
