// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Virtual threads that wait for a time that is far off: parked without a time limit, and woken
/// some seconds before, to wait for the rest as others do.
///
/// The JDK has one thread that keeps the time of all virtual threads, and each that leaves a timed
/// wait early, as all do in a stop, wakes it to take its alarm back: a quarter of what it costs to
/// stop them. Here many share an alarm, and leaving is to take oneself out of a set.
///
/// Invariants
///
/// 1. A thread that is parked is in the set of a slot that is not over, and the slot has an alarm
///    that comes before the thread's time. It puts itself in first and looks whether the slot is
///    over then; whoever ends a slot says so first and wakes those in the set then.
/// 2. What the thread waits for is asked for once more between that and the parking: to set or take
///    back an alarm takes a lock, and a thread that waits for a lock uses up an unpark that was
///    meant for what it waits for.
/// 3. A slot is over when its alarm comes or the last thread leaves it: none is kept for nobody.
///    One that has just come may be woken by that, for no reason.
///
/// Locks: none.
final class FarOff {

  private static final long SLOT = 1_000_000_000L;

  /// Slots between the alarm and the times of those whom it wakes: time enough to wake a million.
  private static final long BEFORE = 3;

  /// From here on it is worth it.
  private static final long FAR = (BEFORE + 2) * SLOT;

  private final TimeSource time;
  private final ConcurrentHashMap<Long, Slot> slots = new ConcurrentHashMap<>();

  FarOff(TimeSource time) {
    this.time = time;
  }

  /// Whether to wait for this time here.
  static boolean is(long left, Thread waiting) {
    return left > FAR && waiting.isVirtual();
  }

  /// Parks the calling thread until it is unparked or interrupted, its time is near, or no reason.
  void park(Object blocker, long atNanos, BooleanSupplier over) {
    long number = Math.floorDiv(atNanos, SLOT) - BEFORE;
    Thread waiting = Thread.currentThread();
    Slot slot = slots.computeIfAbsent(number, Slot::new);
    slot.waiting.add(waiting);
    try {
      if (!over.getAsBoolean() && !slot.over) { // in this order: the question may take a lock
        LockSupport.park(blocker);
      }
    } finally {
      slot.leave(waiting);
    }
  }

  /// Whether no slot is kept.
  boolean isEmpty() {
    return slots.isEmpty();
  }

  /// Those whose times are within the same second.
  private final class Slot {

    final long number;
    final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
    volatile boolean over;
    private final TimeSource.Alarm alarm;

    Slot(long number) {
      this.number = number;
      alarm = time.alarm(number * SLOT, this::ring);
    }

    private void ring() {
      Waker.runAnyhow(this::end);
    }

    void leave(Thread thread) {
      waiting.remove(thread);
      if (!over && waiting.isEmpty()) {
        end();
        alarm.cancel();
      }
    }

    void end() {
      slots.remove(number, this);
      over = true;
      waiting.forEach(LockSupport::unpark);
    }
  }
}
