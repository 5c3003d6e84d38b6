// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Outcome;
import java.util.concurrent.atomic.LongAdder;

/// Counts tasks by how they ended.
///
/// Locks: none.
final class Tally {

  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder stopped = new LongAdder();
  private final LongAdder deadlineExceeded = new LongAdder();
  private final LongAdder abandoned = new LongAdder();

  void add(Outcome<?> outcome) {
    of(outcome).increment();
  }

  void takeBack(Outcome<?> outcome) {
    of(outcome).decrement();
  }

  private LongAdder of(Outcome<?> outcome) {
    return switch (outcome) {
      case Outcome.Succeeded<?> _ -> succeeded;
      case Outcome.Failed<?> _ -> failed;
      case Outcome.Stopped<?> _ -> stopped;
      case Outcome.DeadlineExceeded<?> _ -> deadlineExceeded;
      case Outcome.Abandoned<?> _ -> abandoned;
    };
  }

  TaskCounts counts() {
    return new TaskCounts(
        succeeded.sum(), failed.sum(), stopped.sum(), deadlineExceeded.sum(), abandoned.sum());
  }
}
