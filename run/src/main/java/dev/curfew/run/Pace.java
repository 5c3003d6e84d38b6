// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.concurrent.atomic.AtomicLong;

/// How long jobs take of late, and so how many may be put down as started before they are.
///
/// One commit of the journal then serves several short jobs. The price: after a kill of the runner
/// so many more may be named as in flight, although they had not begun.
final class Pace {

  private final long aheadNanos;
  private final int most;
  private final AtomicLong averageNanos;

  /// A pace that begins with one job at a time.
  ///
  /// @param aheadNanos how much work may be put down ahead, in nanoseconds
  /// @param most how many jobs at most
  Pace(long aheadNanos, int most) {
    this.aheadNanos = aheadNanos;
    this.most = most;
    averageNanos = new AtomicLong(aheadNanos);
  }

  void took(long nanos) {
    averageNanos.set((7 * averageNanos.get() + nanos) / 8); // a lost update does no harm
  }

  /// {@return how many jobs may be put down as started before they are}
  int ahead() {
    return Math.clamp(aheadNanos / Math.max(1, averageNanos.get()), 1, most);
  }
}
