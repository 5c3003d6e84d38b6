// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetriesTest {

  private static final Duration LONG = Duration.ofHours(1);

  private final Retries retries = new Retries();
  private final Turn first = new Turn(RecordsTest.item(1, "x", 1), 2);
  private final Turn second = new Turn(RecordsTest.item(2, "x", 1), 2);

  @Test
  void jobsComeByTheirTimeAndNotBefore() {
    long now = Long.MAX_VALUE - 2; // a clock may run over at any moment
    retries.add(first, now + 10);
    retries.add(second, now + 5);

    assertThat(retries.due(now + 4)).isNull();
    assertThat(retries.untilNext(now, LONG)).isEqualTo(Duration.ofNanos(5));
    assertThat(retries.due(now + 5)).isEqualTo(second);
    assertThat(retries.due(now + 5)).isNull();
    assertThat(retries.due(now + 11)).isEqualTo(first);
    assertThat(retries.isEmpty()).isTrue();
  }

  @Test
  void nobodyWaitsLongerThanAskedFor() {
    assertThat(retries.untilNext(0, LONG)).isEqualTo(LONG);
    retries.add(first, Duration.ofDays(1).toNanos());
    assertThat(retries.untilNext(0, LONG)).isEqualTo(LONG);
    assertThat(retries.untilNext(Duration.ofDays(2).toNanos(), LONG)).isZero();
  }

  @Test
  void whatIsDroppedIsNamed() {
    retries.add(first, 5);
    retries.add(second, 1);

    assertThat(retries.drain()).containsExactlyInAnyOrder(first, second);
    assertThat(retries.isEmpty()).isTrue();
    assertThat(retries.due(10)).isNull();
  }

  @Test
  void startsAreKeptApart() {
    Spacing spacing = new Spacing(Duration.ofNanos(100));
    assertThat(spacing.left(5)).isZero();
    spacing.started(5);
    assertThat(spacing.left(5)).isEqualTo(100);
    assertThat(spacing.left(104)).isEqualTo(1);
    assertThat(spacing.left(300)).isZero();

    Spacing none = new Spacing(Duration.ZERO);
    none.started(5);
    assertThat(none.left(5)).isZero();
  }
}
