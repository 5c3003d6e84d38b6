// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.StopReason;
import dev.curfew.StopToken;
import java.time.Duration;

/// How long one attempt may take.
sealed interface TimeOut {

  /// A time.
  record After(Duration time) implements TimeOut {}

  /// A share of the median of the jobs that are done.
  ///
  /// @param percent more than 100
  record OfMedian(int percent) implements TimeOut {

    /// A job that is slow by a moment is not late.
    private static final Duration LEAST = Duration.ofSeconds(1);

    /// {@return how long a job may take}
    Duration limit(Duration median) {
      Duration limit = median.multipliedBy(percent).dividedBy(100);
      return limit.compareTo(LEAST) < 0 ? LEAST : limit;
    }
  }

  /// {@return the time-out that the text asks for}
  ///
  /// @param text a time as [Amount] has it, or percent of the median
  static TimeOut parse(String text) {
    String trimmed = text.strip();
    if (!trimmed.endsWith("%")) {
      Duration time = Amount.parse(text);
      if (time.isZero()) {
        throw new IllegalArgumentException("must be longer than 0");
      }
      return new After(time);
    }
    String number = trimmed.substring(0, trimmed.length() - 1);
    if (!number.matches("[0-9]{1,6}") || Integer.parseInt(number) <= 100) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no share of the median run time: write a whole number over 100, like 300%"
              + " (half of all jobs take longer than 100%)");
    }
    return new OfMedian(Integer.parseInt(number));
  }

  /// {@return whether what was stopped was stopped because its own time was over}
  static boolean hasStopped(StopToken token) {
    return token
        .reason()
        .filter(
            why ->
                why instanceof StopReason.DeadlinePassed || why instanceof StopReason.LimitReached)
        .isPresent();
  }
}
