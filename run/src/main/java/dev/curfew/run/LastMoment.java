// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;

/// How long a stopped run is waited for: the grace and two margins in all; one margin once nothing
/// is left to be asked, because what runs was killed, or because no job runs any more and all that
/// is left is to show what they have printed.
///
/// **Threads.** One.
final class LastMoment {

  private final long whole;
  private final long margin;
  private boolean asked;
  private long end;
  private boolean hurried;
  private long hurriedEnd;

  /// Nobody has asked for a stop yet.
  LastMoment(Duration grace, Duration margin) {
    this.whole = grace.plus(margin).plus(margin).toNanos();
    this.margin = margin.toNanos();
  }

  /// To be asked again and again from the stop on.
  ///
  /// @param nanos now, by [System#nanoTime]
  /// @param hurries whether nothing is left to be asked; this may change, since a job that was just
  ///     about to begin does, and has its grace
  /// @return whether it has passed
  boolean hasPassed(long nanos, boolean hurries) {
    if (!asked) {
      asked = true;
      end = nanos + whole;
    }
    if (hurries && !hurried) {
      hurriedEnd = nanos + margin;
    }
    hurried = hurries;
    return nanos - end > 0 || (hurried && nanos - hurriedEnd > 0);
  }
}
