// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.Registration;
import dev.curfew.StopToken;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The threads outside that wait for something of a pool.
///
/// Invariants
///
/// 1. A thread is on the list before it looks; what it looks for is there before the list is woken.
///
/// Locks: none.
final class Watchers {

  /// How a wait ended.
  enum Ending {
    DONE,
    TIME,
    STOPPED
  }

  private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

  /// Waits until something holds, or the caller is stopped or interrupted. The flag stays set.
  ///
  /// @param end when to give up, asked again after each wake-up; null for not yet
  Ending until(BooleanSupplier done, Supplier<@Nullable Deadline> end) {
    Thread self = Thread.currentThread();
    StopToken token = Curfew.token();
    waiting.add(self);
    try (Registration _ = token.onStop("wake a waiting thread", () -> LockSupport.unpark(self))) {
      while (!done.getAsBoolean()) {
        Deadline now = end.get();
        if (now != null && now.hasPassed()) {
          return Ending.TIME;
        }
        if (token.isStopped() || self.isInterrupted()) {
          return Ending.STOPPED;
        }
        park(now);
      }
      return Ending.DONE;
    } finally {
      boolean _ = waiting.remove(self);
    }
  }

  /// Waits whatever happens to the caller, with the interrupt hidden; always bounded.
  ///
  /// @return whether it holds
  boolean throughStop(BooleanSupplier done, Supplier<Deadline> end) {
    Thread self = Thread.currentThread();
    boolean interrupted = Thread.interrupted();
    waiting.add(self);
    try {
      while (!done.getAsBoolean()) {
        Deadline now = end.get();
        if (now.hasPassed()) {
          return false;
        }
        park(now);
        interrupted |= Thread.interrupted();
      }
      return true;
    } finally {
      boolean _ = waiting.remove(self);
      if (interrupted) {
        self.interrupt();
      }
    }
  }

  private void park(@Nullable Deadline end) {
    if (end == null) {
      LockSupport.park(this);
    } else {
      end.time().parkUntil(this, end.atNanos());
    }
  }

  void wake() {
    waiting.forEach(LockSupport::unpark);
  }
}
