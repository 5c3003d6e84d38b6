// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.mutex.Mutex;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What became of the items of a worker, and what went wrong on the way.
///
/// Invariants
///
/// 1. An item is counted once: a later outcome takes the place of the one before.
/// 2. Only the latest troubles are kept, so that a source that fails for days fills no memory.
///
/// Locks: the own mutex, for the list of troubles, a leaf.
///
/// @param <T> the type of the items
final class Accounts<T> {

  private static final int TROUBLES = 100;

  private final LongAdder claimed = new LongAdder();
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder stopped = new LongAdder();
  private final LongAdder handedBack = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder abandoned = new LongAdder();

  // any thread
  private final Queue<Item<T>> returned = new ConcurrentLinkedQueue<>();

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final ArrayDeque<String> troubles = new ArrayDeque<>(0);

  void claimed() {
    claimed.increment();
  }

  void put(@Nullable ItemOutcome before, ItemOutcome now) {
    of(now).increment();
    if (before != null) {
      of(before).decrement();
    }
  }

  private LongAdder of(ItemOutcome outcome) {
    return switch (outcome) {
      case ItemOutcome.Succeeded _ -> succeeded;
      case ItemOutcome.Failed _ -> failed;
      case ItemOutcome.Stopped _ -> stopped;
      case ItemOutcome.HandedBack _ -> handedBack;
      case ItemOutcome.Lost _ -> lost;
      case ItemOutcome.Abandoned _ -> abandoned;
    };
  }

  /// Keeps an item for the report of the stop.
  void handedBack(Item<T> item) {
    returned.add(item);
  }

  List<WorkItem<T>> handedBack() {
    return List.copyOf(returned);
  }

  void trouble(String line) {
    try (Mutex _ = mutex.enter()) {
      if (troubles.size() == TROUBLES) {
        troubles.removeFirst();
      }
      troubles.addLast(line);
    }
  }

  List<String> troubles() {
    try (Mutex _ = mutex.enter()) {
      return List.copyOf(troubles);
    }
  }

  ItemCounts counts() {
    return new ItemCounts(
        claimed.sum(),
        succeeded.sum(),
        failed.sum(),
        stopped.sum(),
        handedBack.sum(),
        lost.sum(),
        abandoned.sum());
  }
}
