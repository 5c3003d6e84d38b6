// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The JDK's pools.
public abstract class ExecutorPools implements Pools {

  private final ExecutorService executor;

  private ExecutorPools(ExecutorService executor) {
    this.executor = executor;
  }

  /// Two workers that steal from each other.
  public static final class ForkJoin extends ExecutorPools {

    /// Opens it.
    public ForkJoin() {
      super(new ForkJoinPool(2));
    }
  }

  /// Two workers with one queue: what `newFixedThreadPool` makes.
  public static final class Fixed extends ExecutorPools {

    /// Opens it.
    public Fixed() {
      super(new ThreadPoolExecutor(2, 2, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()));
    }
  }

  /// A virtual thread per task: no pool, but what many use as one.
  public static final class Virtual extends ExecutorPools {

    /// Opens it.
    public Virtual() {
      super(Executors.newVirtualThreadPerTaskExecutor());
    }
  }

  @Override
  public final void execute(Runnable task) {
    executor.execute(task);
  }

  @Override
  public final void submit(Runnable task) {
    var _ = executor.submit(task);
  }

  @Override
  public final void close() {
    executor.close();
  }
}
