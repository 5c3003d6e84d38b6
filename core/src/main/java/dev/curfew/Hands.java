// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Platform threads that are there when they are needed, as many as it takes.
///
/// A cached thread pool would do, but for its lock; see [Alarms].
///
/// Invariants
///
/// 1. Daemons, so that they keep no JVM alive, and no virtual ones, so that busy carriers cannot
///    delay a stop.
/// 2. A thread that is hung up in foreign code blocks no other work: there is always one more.
/// 3. An idle thread is on the list until it is given work or takes itself off it, under the mutex.
///    It ends after [#IDLE_SECONDS]; nothing runs before the first work.
///
/// Locks: the own mutex, a leaf.
final class Hands {

  private static final int IDLE_SECONDS = 2;
  private static final long IDLE = TimeUnit.SECONDS.toNanos(IDLE_SECONDS);

  private final String name;
  private final AtomicInteger number = new AtomicInteger();
  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final ArrayDeque<Hand> idle = new ArrayDeque<>();

  /// @param name what the names of the threads begin with
  Hands(String name) {
    this.name = name;
  }

  /// Runs this on a thread of ours, at once.
  void run(Runnable work) {
    Hand free;
    try (Mutex _ = mutex.enter()) {
      free = idle.pollLast();
      if (free != null) {
        free.work = work;
      }
    }
    if (free != null) {
      LockSupport.unpark(free.thread);
    } else {
      Waker.daemon(new Hand(work), name + number.incrementAndGet()).start();
    }
  }

  /// What one thread does.
  private final class Hand implements Runnable {

    // written by the thread before it is on the list
    private @Nullable Thread thread;

    // written under the mutex, read by the thread; null while it is idle
    private volatile @Nullable Runnable work;

    Hand(Runnable first) {
      work = first;
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      for (Runnable next = work; next != null; next = rest()) {
        Waker.runIsolated(next);
      }
    }

    /// {@return the next work, null to end}
    private @Nullable Runnable rest() {
      try (Mutex _ = mutex.enter()) {
        work = null;
        idle.addLast(this);
      }
      long end = System.nanoTime() + IDLE;
      for (long left = IDLE; work == null && left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(Hands.this, left);
        boolean _ = Thread.interrupted();
      }
      try (Mutex _ = mutex.enter()) {
        if (work == null) {
          boolean _ = idle.remove(this);
        }
        return work;
      }
    }
  }
}
