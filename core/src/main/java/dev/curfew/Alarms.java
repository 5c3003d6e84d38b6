// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
/// 4. The thread starts with the first alarm, and ends when none has waited for [#IDLE_SECONDS]. It
///    says so under the mutex, and who puts in an alarm after that starts another one.
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

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final TreeSet<Entry> waiting = new TreeSet<>(BY_TIME);
  private long number;
  private boolean runs;

  // written by the thread before it looks; read after an alarm was put in
  private volatile @Nullable Thread thread;

  /// Has something done at this time.
  TimeSource.Alarm set(long atNanos, Runnable action) {
    long now = System.nanoTime();
    Entry entry = new Entry(now + Math.clamp(atNanos - now, 0, FARTHEST), action);
    boolean isFirst;
    boolean starts;
    try (Mutex _ = mutex.enter()) {
      entry.number = ++number;
      waiting.add(entry);
      isFirst = waiting.getFirst().equals(entry);
      starts = !runs;
      runs = true;
    }
    if (starts) {
      start(entry);
    } else if (isFirst) {
      LockSupport.unpark(thread); // null looks anyway, before it parks
    }
    return entry;
  }

  private void start(Entry first) {
    boolean started = false;
    try {
      Waker.daemon(this::run, "curfew-timer").start();
      started = true;
    } finally {
      if (!started) { // no memory for a thread
        try (Mutex _ = mutex.enter()) {
          runs = false;
        }
        first.cancel();
      }
    }
  }

  private void run() {
    thread = Thread.currentThread();
    long idleEnd = System.nanoTime() + IDLE;
    boolean over = false;
    while (!over) {
      long now = System.nanoTime();
      long until = idleEnd;
      Entry due = null;
      try (Mutex _ = mutex.enter()) {
        if (!waiting.isEmpty()) {
          idleEnd = now + IDLE;
          until = waiting.getFirst().atNanos;
          due = until - now <= 0 ? waiting.pollFirst() : null;
        } else if (idleEnd - now <= 0) {
          runs = false;
          over = true;
        }
      }
      if (due != null) {
        ring(due);
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

  /// What one alarm throws, such as that there is no thread for its work, is not to cost the others
  /// theirs.
  private static void ring(Entry entry) {
    try {
      entry.action.run();
    } catch (RuntimeException | Error thrown) {
      Waker.tellHandler(thrown);
    }
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
