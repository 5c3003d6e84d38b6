// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

/// Virtual threads without anything around them: started, interrupted, joined one by one.
public final class VirtualThreads implements Forks, Stops {

  @Override
  public void forkAndJoin(int n, Runnable task) throws InterruptedException {
    join(start(n, task));
  }

  @Override
  public void stop(Blocked tasks) throws InterruptedException {
    Thread[] threads = start(tasks.count(), () -> block(tasks));
    tasks.awaitAllBlocked();
    tasks.asked();
    for (Thread thread : threads) {
      thread.interrupt();
    }
    join(threads);
  }

  private static Thread[] start(int n, Runnable task) {
    Thread[] threads = new Thread[n];
    for (int i = 0; i < n; i++) {
      threads[i] = Thread.startVirtualThread(task);
    }
    return threads;
  }

  private static void join(Thread[] threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @SuppressWarnings("InterruptedExceptionSwallowed") // it is the end of the thread
  private static void block(Blocked tasks) {
    try {
      tasks.block();
    } catch (InterruptedException stopped) {
      return;
    }
  }
}
