// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Unblocking;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Calls that wait for other threads.
final class WaitRows {

  private WaitRows() {}

  static Blocked sleep() {
    return Blocked.in(() -> Thread.sleep(Duration.ofSeconds(30)));
  }

  static Blocked threadJoin() {
    CountDownLatch over = new CountDownLatch(1);
    Thread other = Thread.ofPlatform().start(() -> LockRows.waitDeafly(over));
    return Blocked.in(other::join)
        .cleaned(
            () -> {
              over.countDown();
              assertThat(other.join(Duration.ofSeconds(10))).isTrue();
            });
  }

  @SuppressWarnings("WaitNotInLoop") // nobody notifies
  static Blocked objectWait() {
    Object monitor = new Object();
    return Blocked.in(
        () -> {
          synchronized (monitor) {
            monitor.wait(30_000);
          }
        });
  }

  static Blocked park() {
    return Blocked.in(() -> LockSupport.parkNanos(Duration.ofSeconds(30).toNanos()))
        .insteadUse("a wait of Curfew");
  }

  static Blocked take() {
    BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    return Blocked.in(queue::take);
  }

  static Blocked put() {
    SynchronousQueue<String> queue = new SynchronousQueue<>();
    return Blocked.in(() -> queue.put("x"));
  }

  @SuppressWarnings("WaitNotInLoop") // nobody signals
  static Blocked condition() {
    ReentrantLock lock = new ReentrantLock();
    Condition changed = lock.newCondition();
    return Blocked.in(
        () -> {
          lock.lock();
          try {
            boolean _ = changed.await(30, TimeUnit.SECONDS);
          } finally {
            lock.unlock();
          }
        });
  }

  static Blocked latch() {
    CountDownLatch latch = new CountDownLatch(1);
    return Blocked.in(latch::await);
  }

  static Blocked barrier() {
    CyclicBarrier barrier = new CyclicBarrier(2);
    return Blocked.in(barrier::await).whole("broken", () -> !barrier.isBroken());
  }

  static Blocked semaphore() {
    Semaphore permits = new Semaphore(0);
    return Blocked.in(permits::acquire);
  }

  static Blocked uninterruptibly() {
    Semaphore permits = new Semaphore(0);
    return Blocked.in(permits::acquireUninterruptibly)
        .freedByNothing()
        .insteadUse("`acquire()`")
        .released(permits::release);
  }

  static Blocked phaser() {
    Phaser phaser = new Phaser(1);
    return Blocked.in(() -> phaser.awaitAdvanceInterruptibly(0));
  }

  static Blocked deafPhaser() {
    Phaser phaser = new Phaser(1);
    return Blocked.in(() -> phaser.awaitAdvance(0))
        .freedBy("by(phaser::forceTermination)", Unblocking.by(phaser::forceTermination))
        .insteadUse("`awaitAdvanceInterruptibly`")
        .released(phaser::arrive)
        .whole("terminated", () -> !phaser.isTerminated());
  }

  static Blocked future() {
    FutureTask<String> future = new FutureTask<>(() -> "x");
    return Blocked.in(future::get).whole("cancelled", () -> !future.isCancelled());
  }

  static Blocked completable() {
    CompletableFuture<String> future = new CompletableFuture<>();
    return Blocked.in(future::get).whole("cancelled", () -> !future.isCancelled());
  }

  static Blocked completableJoin() {
    CompletableFuture<String> future = new CompletableFuture<>();
    return Blocked.in(future::join)
        .freedBy("by(() -> future.cancel(false))", Unblocking.by(() -> future.cancel(false)))
        .insteadUse("`get()`")
        .released(() -> future.complete("x"))
        .whole("cancelled", () -> !future.isCancelled());
  }

  static Blocked forkJoin() {
    ForkJoinTask<String> task = ForkJoinTask.adapt(() -> "x");
    return Blocked.in(task::join)
        .freedBy("by(() -> task.cancel(false))", Unblocking.by(() -> task.cancel(false)))
        .insteadUse("`get()`")
        .released(() -> task.complete("x"))
        .whole("cancelled", () -> !task.isCancelled());
  }
}
