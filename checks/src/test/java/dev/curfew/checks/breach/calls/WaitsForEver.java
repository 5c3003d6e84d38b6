// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.calls;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/// Planted: every unbounded wait that a rule looks for. Never called.
final class WaitsForEver {

  private WaitsForEver() {}

  static void threads(Thread thread, CountDownLatch latch, Semaphore permits)
      throws InterruptedException {
    thread.join();
    latch.await();
    permits.acquire();
  }

  static synchronized void monitor() throws InterruptedException {
    while (Thread.currentThread().isAlive()) {
      WaitsForEver.class.wait();
    }
  }

  static void results(
      FutureTask<String> task, CompletableFuture<String> future, LinkedBlockingQueue<String> queue)
      throws InterruptedException, ExecutionException {
    String _ = task.get() + future.join() + queue.take();
  }

  static void others(Process process, ExecutorService executor) throws InterruptedException {
    process.waitFor();
    executor.close();
  }
}
