// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The JDK's executor with a virtual thread per task.
public final class VirtualExecutor implements Forks, Stops {

  @Override
  public void forkAndJoin(int n, Runnable task) {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < n; i++) {
        var _ = executor.submit(task);
      }
    }
  }

  @Override
  public void stop(Blocked tasks) throws InterruptedException {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < tasks.count(); i++) {
        var _ =
            executor.submit(
                () -> {
                  tasks.block();
                  return null;
                });
      }
      tasks.awaitAllBlocked();
      tasks.asked();
      var _ = executor.shutdownNow();
      if (!executor.awaitTermination(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the executor did not end");
      }
    }
  }
}
