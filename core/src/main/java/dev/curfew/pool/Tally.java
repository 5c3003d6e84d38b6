// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Outcome;
import java.util.concurrent.atomic.AtomicLongArray;

/// Counts tasks by how they ended.
///
/// Invariants
///
/// 1. One with an owner is written by that thread alone: what all workers write at the same time
///    would cost them more than a small task.
///
/// Locks: none.
final class Tally {

  private static final int KINDS = 5;

  private final AtomicLongArray counts = new AtomicLongArray(KINDS);
  private final boolean owned;

  private Tally(boolean owned) {
    this.owned = owned;
  }

  /// {@return one for any thread}
  static Tally shared() {
    return new Tally(false);
  }

  /// {@return one that a single thread writes}
  static Tally owned() {
    return new Tally(true);
  }

  void add(Outcome<?> outcome) {
    add(kind(outcome), 1);
  }

  void takeBack(Outcome<?> outcome) {
    add(kind(outcome), -1);
  }

  private void add(int kind, long many) {
    if (owned) {
      counts.setRelease(kind, counts.getPlain(kind) + many);
    } else {
      counts.addAndGet(kind, many);
    }
  }

  private static int kind(Outcome<?> outcome) {
    return switch (outcome) {
      case Outcome.Succeeded<?> _ -> 0;
      case Outcome.Failed<?> _ -> 1;
      case Outcome.Stopped<?> _ -> 2;
      case Outcome.DeadlineExceeded<?> _ -> 3;
      case Outcome.Abandoned<?> _ -> 4;
    };
  }

  TaskCounts counts() {
    return plus(new TaskCounts(0, 0, 0, 0, 0));
  }

  /// {@return these counts and those of others}
  TaskCounts plus(TaskCounts others) {
    return new TaskCounts(
        others.succeeded() + counts.get(0),
        others.failed() + counts.get(1),
        others.stopped() + counts.get(2),
        others.deadlineExceeded() + counts.get(3),
        others.abandoned() + counts.get(4));
  }
}
