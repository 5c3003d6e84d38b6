// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import dev.curfew.Curfew;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import org.jspecify.annotations.Nullable;

/// A scope of ours.
public class CurfewScope implements Forks, Stops {

  @Override
  public void forkAndJoin(int n, Runnable task) {
    Scope.<@Nullable Void, RuntimeException>run(
        "bench",
        scope -> {
          for (int i = 0; i < n; i++) {
            var _ = scope.fork("task", task);
          }
          return null;
        });
  }

  @Override
  public void stop(Blocked tasks) throws InterruptedException {
    try (Scope scope = Scope.open("bench")) {
      for (int i = 0; i < tasks.count(); i++) {
        var _ = scope.fork("task", () -> block(tasks));
      }
      tasks.awaitAllBlocked();
      tasks.asked();
      boolean _ = scope.stop(StopReason.requested("bench"));
      scope.join();
    } catch (StoppedException expected) {
      return;
    }
    throw new IllegalStateException("the scope was not stopped");
  }

  private static @Nullable Void block(Blocked tasks) throws InterruptedException {
    tasks.block(Curfew::sleep);
    return null;
  }
}
