// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.locks.LockSupport;

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
  /// @param blocker what the thread waits for, shown in thread dumps
  /// @param atNanos when to return at the latest, on the scale of [#nanos]
  default void parkUntil(Object blocker, long atNanos) {
    Thread waiting = Thread.currentThread();
    Alarm alarm = alarm(atNanos, () -> LockSupport.unpark(waiting));
    try {
      if (atNanos - nanos() > 0) {
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
