// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeOutTest {

  @Test
  void readsATimeOrAShareOfTheMedian() {
    assertThat(TimeOut.parse("1m30s")).isEqualTo(new TimeOut.After(Duration.ofSeconds(90)));
    assertThat(TimeOut.parse(" 300% ")).isEqualTo(new TimeOut.OfMedian(300));
  }

  @ParameterizedTest
  @ValueSource(strings = {"100%", "0%", "-5%", "%", "1.5%", "x%", "9999999%"})
  void refusesSharesThatMakeNoSense(String text) {
    assertThatThrownBy(() -> TimeOut.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + text + "' is no share of the median run time: write a whole");
  }

  @Test
  void aShareIsNeverLessThanASecond() {
    TimeOut.OfMedian share = new TimeOut.OfMedian(150);
    assertThat(share.limit(Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(15));
    assertThat(share.limit(Duration.ofMillis(1))).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void thereIsNoMedianOfLessThanThree() {
    Runtimes times = new Runtimes();
    times.add(Duration.ofSeconds(1));
    times.add(Duration.ofSeconds(1));
    assertThat(times.median()).isEmpty();
    times.add(Duration.ofSeconds(1));
    assertThat(times.median()).isPresent();
  }

  @Test
  void theMedianIsTheMiddleOneToAThirtieth() {
    for (long unit : new long[] {1, 1_000, 1_000_000, 12_345_678_901L}) {
      Runtimes times = new Runtimes();
      for (int i = 1; i <= 1001; i++) {
        times.add(Duration.ofNanos(i * unit));
      }
      assertThat(times.median().orElseThrow().toNanos())
          .isCloseTo(501 * unit, Percentage.withPercentage(3.3));
    }
  }

  @Test
  void anyTimeIsCounted() {
    Runtimes times = new Runtimes();
    times.add(Duration.ZERO);
    times.add(Duration.ofNanos(Long.MAX_VALUE));
    times.add(Duration.ofNanos(Long.MAX_VALUE));
    assertThat(times.median().orElseThrow().toNanos())
        .isCloseTo(Long.MAX_VALUE, Percentage.withPercentage(3.3));
    times.add(Duration.ZERO);
    times.add(Duration.ofNanos(-1));
    assertThat(times.median()).contains(Duration.ZERO);
  }
}
