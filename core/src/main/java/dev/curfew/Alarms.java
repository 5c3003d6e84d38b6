// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The alarms of this machine that have not come yet, and the one thread that rings them.
///
/// A `ScheduledThreadPoolExecutor` would do, but for its lock: a virtual thread that has been woken
/// for it and finds no carrier keeps the thread behind it from ringing, and what that would have
/// rung may be the end of those who have the carriers.
///
/// Invariants
///
/// 1. The thread runs only actions of this library that set flags, unpark threads or hand work
///    over, so that no foreign code and no busy carrier can delay a stop.
/// 2. Who takes an alarm out of `waiting` decides on it: the thread rings it, its owner does not.
/// 3. Who puts in an alarm that is earlier than the others unparks the thread after that; the
///    thread looks which one is the first before it parks.
/// 4. Who puts in an alarm and finds no thread alive starts one, and does not rely on others who
///    are about to. Of several that start, the first keeps the alarms and the others end at once.
///    It ends when none has waited for [#IDLE_SECONDS], and says so under the mutex.
///
/// Locks: the own mutex, a leaf.
final class Alarms {

  private static final int IDLE_SECONDS = 2;
  private static final long IDLE = TimeUnit.SECONDS.toNanos(IDLE_SECONDS);

  /// Times are compared by subtraction, which has a limit.
  private static final long FARTHEST = Long.MAX_VALUE / 4;

  private static final Comparator<Entry> BY_TIME =
      (one, other) ->
          one.atNanos == other.atNanos
              ? Long.compare(one.number, other.number)
              : Long.signum(one.atNanos - other.atNanos);

  private final Function<Runnable, Thread> threads;
  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final TreeSet<Entry> waiting = new TreeSet<>(BY_TIME);
  private long number;
  private @Nullable Thread keeper;

  Alarms() {
    this(body -> Waker.daemon(body, "curfew-timer"));
  }

  /// @param threads makes the thread, which is not started
  Alarms(Function<Runnable, Thread> threads) {
    this.threads = threads;
  }

  /// Has something done at this time.
  TimeSource.Alarm set(long atNanos, Runnable action) {
    long now = System.nanoTime();
    Entry entry = new Entry(now + Math.clamp(atNanos - now, 0, FARTHEST), action);
    boolean isFirst;
    Thread known;
    try (Mutex _ = mutex.enter()) {
      entry.number = ++number;
      waiting.add(entry);
      isFirst = waiting.getFirst().equals(entry);
      known = keeper;
    }
    if (known == null || !known.isAlive()) {
      start(entry);
    } else if (isFirst) {
      LockSupport.unpark(known);
    }
    return entry;
  }

  private void start(Entry first) {
    boolean started = false;
    try {
      threads.apply(this::run).start();
      started = true;
    } finally {
      if (!started) { // no memory for a thread
        first.cancel();
      }
    }
  }

  /// Takes it out; to be called inside, and without memory too, which `pollFirst` is not.
  private Entry takeFirst() {
    Entry first = waiting.getFirst();
    boolean _ = waiting.remove(first);
    return first;
  }

  /// {@return whether the calling thread is the one that keeps them from now on}
  private boolean takesOver() {
    Thread self = Thread.currentThread();
    try (Mutex _ = mutex.enter()) {
      Thread known = keeper;
      boolean mine = known == null || !known.isAlive();
      keeper = mine ? self : known;
      return mine;
    }
  }

  private void run() {
    boolean over = !takesOver();
    long idleEnd = System.nanoTime() + IDLE;
    while (!over) {
      long now = System.nanoTime();
      long until = idleEnd;
      Entry due = null;
      try (Mutex _ = mutex.enter()) {
        if (!waiting.isEmpty()) {
          idleEnd = now + IDLE;
          until = waiting.getFirst().atNanos;
          due = until - now <= 0 ? takeFirst() : null;
        } else if (idleEnd - now <= 0) {
          keeper = null;
          over = true;
        }
      }
      if (due != null) {
        Waker.runIsolated(due.action);
      } else if (!over) {
        pause(Math.min(until - now, IDLE)); // what it waits for may be taken back
      }
    }
  }

  /// Whoever interrupts the thread does not keep it from sleeping.
  private void pause(long nanos) {
    LockSupport.parkNanos(this, nanos);
    boolean _ = Thread.interrupted();
  }

  private final class Entry implements TimeSource.Alarm {

    private final long atNanos;
    private final Runnable action;

    // guarded by the mutex
    private long number;

    Entry(long atNanos, Runnable action) {
      this.atNanos = atNanos;
      this.action = action;
    }

    @Override
    public void cancel() {
      try (Mutex _ = mutex.enter()) {
        boolean _ = waiting.remove(this);
      }
    }
  }
}
