// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;

/// The body of a fork that does something again and again: the machine behind [Scope#every].
///
/// Invariants
///
/// 1. Beats lie whole periods after the start, whatever a run takes; those that pass during a run
///    are left out, never made up for.
/// 2. At most one run at a time.
///
/// Locks: none.
final class Periodic implements Action<Exception> {

  private final TimeSource time;
  private final long period;
  private final Action<?> body;
  private long next;

  Periodic(TimeSource time, Duration period, Action<?> body) {
    if (period.isNegative() || period.isZero()) {
      throw new IllegalArgumentException("a period is longer than nothing: " + period);
    }
    this.time = time;
    this.period = Deadline.from(0, period, time).atNanos();
    this.body = body;
    next = time.nanos() + this.period;
  }

  @Override
  public void run() throws Exception {
    while (true) {
      Wait.sleepUntil(new Deadline(time, next));
      body.run();
      long late = time.nanos() - next;
      next += late <= 0 ? period : (late / period + 1) * period;
    }
  }
}
