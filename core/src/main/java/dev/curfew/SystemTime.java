// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// The time of this machine, and the one thread that waits for it.
///
/// Invariants
///
/// 1. The timer thread runs only actions of this library that set flags, unpark threads or hand
///    work over, so that no foreign code and no busy carrier thread can delay a stop.
/// 2. The thread starts with the first alarm and ends when no alarm has waited for [#IDLE_SECONDS]:
///    nothing happens by loading this class, and nothing is left behind.
///
/// Locks: none of ours; the queue's own is held for a few steps.
final class SystemTime implements TimeSource {

  static final SystemTime INSTANCE = new SystemTime();

  private static final int IDLE_SECONDS = 2;

  private final ScheduledThreadPoolExecutor timer;
  private final FarOff farOff = new FarOff(this);

  private SystemTime() {
    timer = new ScheduledThreadPoolExecutor(1, work -> Waker.daemon(work, "curfew-timer"));
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm alarm(long atNanos, Runnable action) {
    ScheduledFuture<?> scheduled =
        timer.schedule(action, atNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  @Override
  public void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
    long left = atNanos - System.nanoTime();
    if (FarOff.is(left, Thread.currentThread())) {
      farOff.park(blocker, atNanos, over);
    } else {
      LockSupport.parkNanos(blocker, left); // takes no lock, so `over` need not be asked again
    }
  }
}
