// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Where a scope reads the time and waits for it; scopes hand theirs down to what they own.
///
/// Programs use [#system]. Tests replace it by a clock that moves when they say so, and then every
/// deadline, sleep and bounded wait below that scope follows it.
///
/// **Threads.** All methods may be called by any thread. Alarm actions run on a thread of the time
/// source and must neither block nor throw: they set a flag, unpark a thread, hand work over.
public interface TimeSource {

  /// {@return the monotonic time in nanoseconds, comparable only by subtraction}
  long nanos();

  /// Runs an action once this time has come.
  ///
  /// @param atNanos when, on the scale of [#nanos]; a time that has passed means now
  /// @param action short, non-blocking
  /// @return a handle that takes the alarm back
  Alarm alarm(long atNanos, Runnable action);

  /// Parks the calling thread until it is unparked or interrupted, this time has come, or no
  /// reason.
  ///
  /// A thread that waits for a lock on the way, such as one that guards the alarms, uses up an
  /// unpark that comes meanwhile, and would then park for good. So whoever takes one asks `over`
  /// after that, and parks only if it does not hold.
  ///
  /// @param blocker what the thread waits for, shown in thread dumps
  /// @param atNanos when to return at the latest, on the scale of [#nanos]
  /// @param over whether what the thread waits for has come; asked by the calling thread, quick
  default void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
    Thread waiting = Thread.currentThread();
    AtomicBoolean rung = new AtomicBoolean();
    Alarm alarm =
        alarm(
            atNanos,
            () -> {
              rung.set(true);
              LockSupport.unpark(waiting);
            });
    try {
      if (!over.getAsBoolean() && !rung.get()) { // in this order: the question may take a lock
        LockSupport.park(blocker);
      }
    } finally {
      alarm.cancel();
    }
  }

  /// {@return the time of this machine, by [System#nanoTime]}
  static TimeSource system() {
    return SystemTime.INSTANCE;
  }

  /// An action that waits for its time.
  interface Alarm {

    /// Takes the alarm back; without effect once its action has begun.
    void cancel();
  }
}
