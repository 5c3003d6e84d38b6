// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;

/// How long a job that has failed waits for its next try: twice as long each time, and less by a
/// random part of up to a half, so that jobs which failed together do not come back together.
///
/// @param first the wait before the second try, zero for none at all
/// @param most what no wait is longer than
record Backoff(Duration first, Duration most) {

  static final Backoff NONE = new Backoff(Duration.ZERO, Duration.ZERO);

  private static final Duration USUAL_MOST = Duration.ofMinutes(10);
  private static final int MOST_DOUBLINGS = 62;

  /// {@return the wait before a try}
  ///
  /// @param number of the try, 2 for the first that is not the first
  /// @param random from 0 to 1
  Duration before(int number, double random) {
    double doubled = Math.scalb((double) first.toNanos(), Math.min(number - 2, MOST_DOUBLINGS));
    double nanos = Math.min(doubled, (double) most.toNanos());
    return Duration.ofNanos((long) (nanos * (1 + random) / 2));
  }

  /// {@return the backoff that the text asks for}
  ///
  /// @param text `TIME` or `TIME,MAX`
  static Backoff parse(String text) {
    int comma = text.indexOf(',');
    Duration first = Amount.parse(comma < 0 ? text : text.substring(0, comma));
    if (first.isZero()) {
      throw new IllegalArgumentException("must be longer than 0");
    }
    if (comma < 0) {
      return new Backoff(first, first.compareTo(USUAL_MOST) > 0 ? first : USUAL_MOST);
    }
    Duration most = Amount.parse(text.substring(comma + 1));
    if (most.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "the longest wait, " + Amount.text(most) + ", is less than the first");
    }
    return new Backoff(first, most);
  }
}
