// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import java.util.concurrent.locks.LockSupport;

/// What waking and ending virtual threads costs at least: they park, look at one flag, and return.
public final class BareParking implements Stops {

  private volatile boolean stopped;

  @Override
  public void stop(Blocked tasks) throws InterruptedException {
    stopped = false;
    Thread[] threads = new Thread[tasks.count()];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.startVirtualThread(() -> park(tasks));
    }
    tasks.awaitAllBlocked();
    tasks.asked();
    stopped = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void park(Blocked tasks) {
    tasks.begin();
    while (!stopped) {
      LockSupport.park(this);
    }
    tasks.end();
  }
}
