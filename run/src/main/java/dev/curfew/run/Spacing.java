// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;

/// Keeps a time between the starts of jobs.
///
/// **Threads.** One at a time.
final class Spacing {

  private final long between;
  private boolean begun;
  private long last;

  Spacing(Duration between) {
    this.between = between.toNanos();
  }

  /// {@return how many nanoseconds the next start has to wait, 0 for not at all}
  long left(long now) {
    return begun ? Math.max(0, last + between - now) : 0;
  }

  void started(long now) {
    begun = true;
    last = now;
  }
}
