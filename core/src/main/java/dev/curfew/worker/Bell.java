// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

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

/// Rung when something of a worker has changed, for the threads that wait for it.
///
/// Invariants
///
/// 1. A thread is on the list before it looks; what it looks for is there before the bell rings.
///
/// Locks: none.
final class Bell {

  private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

  /// Waits until something holds, or the caller is stopped or interrupted. The flag stays set.
  ///
  /// @return whether it holds
  boolean until(BooleanSupplier done, @Nullable Deadline end) {
    Thread self = Thread.currentThread();
    StopToken token = Curfew.token();
    waiting.add(self);
    try (Registration _ = token.onStop("wake a waiting thread", () -> LockSupport.unpark(self))) {
      while (!done.getAsBoolean()) {
        if ((end != null && end.hasPassed()) || token.isStopped() || self.isInterrupted()) {
          return false;
        }
        park(end);
      }
      return true;
    } finally {
      boolean _ = waiting.remove(self);
    }
  }

  /// Waits whatever happens to the caller, with the interrupt hidden.
  ///
  /// @param end when to give up, asked again after each wake-up; null for not yet
  /// @return whether it holds
  boolean throughStop(BooleanSupplier done, Supplier<@Nullable Deadline> end) {
    Thread self = Thread.currentThread();
    boolean interrupted = Thread.interrupted();
    waiting.add(self);
    try {
      while (!done.getAsBoolean()) {
        Deadline now = end.get();
        if (now != null && now.hasPassed()) {
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

  void ring() {
    waiting.forEach(LockSupport::unpark);
  }
}
