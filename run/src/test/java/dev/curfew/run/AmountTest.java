// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountTest {

  @ParameterizedTest
  @CsvSource({
    "250ms, PT0.25S",
    "10s, PT10S",
    "5m, PT5M",
    "1h30m, PT1H30M",
    "2d, PT48H",
    "90, PT1M30S",
    "0, PT0S",
    "0.5, PT0.5S",
    "1.5h, PT1H30M",
    "1d2h3m4s5ms, PT26H3M4.005S",
    "1m1ms, PT1M0.001S",
    "0.000000001ms, PT0S",
    "0.5d0.25h, PT12H15M",
    "1.999999999d, PT47H59M59.9999136S",
    "99999.999999999d, PT2399999H59M59.9999136S",
    "100000d, PT2400000H"
  })
  void readsWhatPeopleWrite(String text, Duration meant) {
    assertThat(Amount.parse(text)).isEqualTo(meant);
  }

  @Test
  void surroundingSpaceIsNoMatter() {
    assertThat(Amount.parse(" 10s ")).isEqualTo(Duration.ofSeconds(10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "s", "ten", "10 s", "10sec", "1m1h", "1s1s", "1e3", "+5s", ".5s", "5.", "1,5s"
      })
  void refusesWhatIsNoDurationAndTellsTheForms(String text) {
    assertThatThrownBy(() -> Amount.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' is not a duration: write it like 250ms, 10s, 5m, 1h30m, 2d, or 90 for 90 seconds",
            text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "-5s", "-1h30m"})
  void refusesNegativeOnes(String text) {
    assertThatThrownBy(() -> Amount.parse(text))
        .hasMessageStartingWith("'" + text + "' is negative");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"100000d1ms", "999999999999999999d", "8640000001", "100000d0.001ms", "106751d24h"})
  void refusesWhatNoClockCanCount(String text) {
    assertThatThrownBy(() -> Amount.parse(text))
        .hasMessageStartingWith("'" + text + "' is too long (at most 100000d)");
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.0000001S, 1ms",
    "PT0.25S, 250ms",
    "PT0.9999S, 1s",
    "PT1.5S, 1.5s",
    "PT10S, 10s",
    "PT59.999S, 59.999s",
    "PT59.9999S, 1m",
    "PT90S, 1m30s",
    "PT1H30M, 1h30m",
    "PT48H0M5.4S, 2d5s",
    "PT-10S, -10s"
  })
  void printsThemShortly(Duration duration, String text) {
    assertThat(Amount.text(duration)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"250ms", "1.25s", "10s", "5m", "1h30m", "2d", "1d2h3m4s"})
  void whatIsPrintedIsReadBack(String text) {
    assertThat(Amount.text(Amount.parse(text))).isEqualTo(text);
  }
}
