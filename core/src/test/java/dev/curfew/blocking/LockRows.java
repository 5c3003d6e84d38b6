// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// Calls that want what another thread holds, until that is told to let go.
final class LockRows {

  private LockRows() {}

  static Blocked lockInterruptibly() throws InterruptedException {
    ReentrantLock lock = new ReentrantLock();
    Holder holder = holder(lock);
    return Blocked.in(
            () -> {
              lock.lockInterruptibly();
              try {
                boolean _ = lock.isLocked();
              } finally {
                lock.unlock();
              }
            })
        .cleaned(holder::release);
  }

  static Blocked lock() throws InterruptedException {
    ReentrantLock lock = new ReentrantLock();
    Holder holder = holder(lock);
    return Blocked.in(
            () -> {
              lock.lock();
              try {
                boolean _ = lock.isLocked();
              } finally {
                lock.unlock();
              }
            })
        .freedByNothing()
        .insteadUse("`lockInterruptibly()`")
        .released(holder::release);
  }

  private static Holder holder(ReentrantLock lock) throws InterruptedException {
    return new Holder(
        hold -> {
          lock.lock();
          try {
            hold.run();
          } finally {
            lock.unlock();
          }
        });
  }

  static Blocked monitor() throws InterruptedException {
    Object monitor = new Object();
    Holder holder =
        new Holder(
            hold -> {
              synchronized (monitor) {
                hold.run();
              }
            });
    return Blocked.in(
            () -> {
              synchronized (monitor) {
                boolean _ = Thread.holdsLock(monitor);
              }
            })
        .freedByNothing()
        .released(holder::release);
  }

  /// Goes on until the latch is open, whatever anybody asks.
  static void waitDeafly(CountDownLatch over) {
    while (over.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
      boolean _ = Thread.interrupted();
    }
  }

  private static final class Holder {
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;

    Holder(Consumer<Runnable> body) throws InterruptedException {
      thread = Thread.ofPlatform().start(() -> body.accept(this::hold));
      assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private void hold() {
      held.countDown();
      Await.until("the lock may be released", () -> over.getCount() == 0);
    }

    void release() throws InterruptedException {
      over.countDown();
      assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
    }
  }
}
