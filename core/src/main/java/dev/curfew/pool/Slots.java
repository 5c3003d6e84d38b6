// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Curfew;
import dev.curfew.Registration;
import dev.curfew.StopToken;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// The places of a bounded queue.
///
/// Invariants
///
/// 1. `free` is what is left of the capacity, never negative.
/// 2. A submitter is on the list before it looks again, and a place is free before the list is
///    looked at: no wake-up is lost. One that leaves without a place passes the wake-up on.
///
/// Locks: none.
final class Slots {

  private final boolean bounded;
  private final AtomicInteger free;
  private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();

  Slots(int capacity) {
    bounded = capacity != PoolSettings.UNBOUNDED;
    free = new AtomicInteger(capacity);
  }

  boolean tryTake() {
    if (!bounded) {
      return true;
    }
    for (int now = free.get(); now > 0; now = free.get()) {
      if (free.compareAndSet(now, now - 1)) {
        return true;
      }
    }
    return false;
  }

  /// Waits for a place until the caller is stopped or interrupted, or no place is of use any more.
  ///
  /// @return whether there is one; if not, the pool was closed or the thread interrupted
  /// @throws dev.curfew.StoppedException if the caller is to stop
  boolean take(BooleanSupplier open) {
    Thread self = Thread.currentThread();
    StopToken token = Curfew.token();
    boolean taken = false;
    try (Registration _ = token.onStop("wake a submitter", () -> LockSupport.unpark(self))) {
      waiting.add(self);
      while (open.getAsBoolean()) {
        taken = tryTake();
        if (taken) {
          return true;
        }
        token.check();
        if (self.isInterrupted()) {
          return false;
        }
        LockSupport.park(this);
        waiting.remove(self);
        waiting.add(self);
      }
      return false;
    } finally {
      boolean _ = waiting.remove(self);
      if (!taken || free.get() > 0) {
        wakeOne();
      }
    }
  }

  void release() {
    if (bounded) {
      free.incrementAndGet();
      wakeOne();
    }
  }

  private void wakeOne() {
    Thread next = waiting.poll();
    if (next != null) {
      LockSupport.unpark(next);
    }
  }

  /// Wakes all, when the pool is closed.
  void wakeAll() {
    waiting.forEach(LockSupport::unpark);
  }
}
