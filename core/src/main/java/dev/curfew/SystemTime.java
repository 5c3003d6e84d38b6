// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// The time of this machine.
final class SystemTime implements TimeSource {

  static final SystemTime INSTANCE = new SystemTime();

  private final Alarms alarms = new Alarms();
  private final FarOff farOff = new FarOff(this);

  private SystemTime() {}

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm alarm(long atNanos, Runnable action) {
    return alarms.set(atNanos, action);
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
