// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {

  @ParameterizedTest
  @CsvSource({"2, 1s, 500ms", "3, 2s, 1s", "4, 4s, 2s", "5, 5s, 2.5s", "1000000, 5s, 2.5s"})
  void eachWaitIsTwiceAsLongUpToTheMostAndAtLeastHalf(int tries, String most, String least) {
    Backoff backoff = Backoff.parse("1s,5s");

    assertThat(backoff.before(tries, 1)).isEqualTo(Amount.parse(most));
    assertThat(backoff.before(tries, 0)).isEqualTo(Amount.parse(least));
  }

  @Test
  void withoutAMostItIsTenMinutesOrTheFirst() {
    assertThat(Backoff.parse("2s").most()).isEqualTo(Duration.ofMinutes(10));
    assertThat(Backoff.parse("1h").most()).isEqualTo(Duration.ofHours(1));
    assertThat(Backoff.parse("100000d").before(99, 1)).isEqualTo(Duration.ofDays(100_000));
  }

  @Test
  void noneIsNoWait() {
    assertThat(Backoff.NONE.before(2, 1)).isZero();
    assertThat(Backoff.NONE.before(50, 1)).isZero();
  }

  @Test
  void refusesWhatIsNoWait() {
    assertThatThrownBy(() -> Backoff.parse("0,5s")).hasMessage("must be longer than 0");
    assertThatThrownBy(() -> Backoff.parse("5s,1s"))
        .hasMessage("the longest wait, 1s, is less than the first");
    assertThatThrownBy(() -> Backoff.parse("1s,")).hasMessageStartingWith("'' is not a duration");
  }
}
