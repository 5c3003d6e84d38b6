// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.FailedException;
import java.util.concurrent.StructuredTaskScope.Joiner;

/// The JDK's structured concurrency, a preview. It has no stop from outside: a subtask that fails
/// stops its siblings.
public final class TaskScope implements Forks, Stops {

  /// Asks for the stop, by failing.
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super(null, null, false, false);
    }
  }

  @Override
  public void forkAndJoin(int n, Runnable task) throws InterruptedException {
    try (var scope = StructuredTaskScope.open()) {
      for (int i = 0; i < n; i++) {
        var _ = scope.fork(task);
      }
      var _ = scope.join();
    }
  }

  @Override
  public void stop(Blocked tasks) throws InterruptedException {
    CountDownLatch allBlocked = new CountDownLatch(1);
    Thread starter = Waiting.thread(tasks, allBlocked);
    try (var scope = StructuredTaskScope.open(Joiner.awaitAllSuccessfulOrThrow())) {
      var _ =
          scope.fork(
              () -> {
                allBlocked.await();
                tasks.asked();
                throw new Enough();
              });
      for (int i = 0; i < tasks.count(); i++) {
        var _ =
            scope.fork(
                () -> {
                  tasks.block();
                  return null;
                });
      }
      starter.start();
      var _ = scope.join();
    } catch (FailedException expected) {
      return;
    }
    throw new IllegalStateException("the scope was not stopped");
  }
}
