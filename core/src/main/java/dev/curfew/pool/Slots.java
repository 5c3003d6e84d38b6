// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Curfew;
import dev.curfew.Signal;
import dev.curfew.StoppedException;
import dev.curfew.mutex.Mutex;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The places of a bounded queue.
///
/// Invariants
///
/// 1. `free` is what is left of the capacity, never negative.
/// 2. A submitter is on the list before it looks again, and a place is free before the list is
///    looked at: no wake-up is lost. One that leaves without a place passes the wake-up on.
///
/// Locks: the own mutex, for the list; a leaf.
final class Slots {

  private final boolean bounded;
  private final AtomicInteger free;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex; in order, and whoever leaves takes no time to be found
  private final LinkedHashSet<Submitter> waiting = new LinkedHashSet<>();

  // written under the mutex, read by any thread
  private volatile boolean awaited;

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
  /// @throws StoppedException if the caller is to stop
  boolean take(BooleanSupplier open) {
    Submitter own = new Submitter(open);
    try {
      own.signal.await(own);
    } catch (StoppedException cut) {
      if (Curfew.token().isStopped()) {
        throw cut;
      }
    } finally {
      leave(own);
      if (!own.taken || free.get() > 0) {
        wakeOne();
      }
    }
    return own.taken;
  }

  /// One that waits for a place.
  private final class Submitter implements Signal.Awaited {

    private final Signal signal = new Signal();
    private final BooleanSupplier open;
    private boolean taken;

    private Submitter(BooleanSupplier open) {
      this.open = open;
    }

    @Override
    public boolean holds() {
      if (!open.getAsBoolean()) {
        return true;
      }
      enter(this);
      taken = tryTake();
      return taken || !open.getAsBoolean(); // who closes looks at the list after that
    }
  }

  void release() {
    if (bounded) {
      free.incrementAndGet();
      wakeOne();
    }
  }

  private void enter(Submitter submitter) {
    try (Mutex _ = mutex.enter()) {
      boolean _ = waiting.add(submitter);
      awaited = true;
    }
  }

  private void leave(Submitter submitter) {
    try (Mutex _ = mutex.enter()) {
      boolean _ = waiting.remove(submitter);
      awaited = !waiting.isEmpty();
    }
  }

  private void wakeOne() {
    Submitter next = awaited ? first() : null;
    if (next != null) {
      next.signal.wakeAll();
    }
  }

  private @Nullable Submitter first() {
    try (Mutex _ = mutex.enter()) {
      Submitter first = waiting.isEmpty() ? null : waiting.removeFirst();
      awaited = !waiting.isEmpty();
      return first;
    }
  }

  /// Wakes all, when the pool is closed.
  void wakeAll() {
    List<Submitter> all;
    try (Mutex _ = mutex.enter()) {
      all = List.copyOf(waiting);
    }
    all.forEach(submitter -> submitter.signal.wakeAll());
  }
}
