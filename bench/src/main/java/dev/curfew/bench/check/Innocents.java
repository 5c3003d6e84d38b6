// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Curfew;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/// Virtual threads that wait in methods with checkpoints, and that nobody stops.
public final class Innocents {

  private final Thread[] threads;
  private final CountDownLatch begun;
  private volatile CountDownLatch woken = new CountDownLatch(0);
  private volatile int round;

  /// Starts them.
  ///
  /// @param count how many
  /// @throws InterruptedException if interrupted
  public Innocents(int count) throws InterruptedException {
    begun = new CountDownLatch(count);
    threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      threads[i] = Thread.startVirtualThread(this::live);
    }
    begun.await();
  }

  private void live() {
    begun.countDown();
    int seen = 0;
    while (seen >= 0) {
      seen = rest(seen);
      woken.countDown();
    }
  }

  /// Entered anew in each round, so that compiled code waits in it, which a swing drops.
  private int rest(int seen) {
    Curfew.checkpoint();
    while (round == seen) {
      LockSupport.park(this);
    }
    Curfew.checkpoint();
    return round;
  }

  /// Wakes each of them once.
  ///
  /// @return how long it took until the last has run, nanoseconds
  /// @throws InterruptedException if interrupted
  public long wake() throws InterruptedException {
    woken = new CountDownLatch(threads.length);
    long began = System.nanoTime();
    int next = round + 1; // nobody else counts
    round = next;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    woken.await();
    return System.nanoTime() - began;
  }
}
