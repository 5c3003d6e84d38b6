// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import com.softwaremill.jox.structured.JoxScopeExecutionException;
import com.softwaremill.jox.structured.Scopes;
import java.util.concurrent.CountDownLatch;

/// Jox, which is built on the JDK's preview. Only `forkUser` is waited for. A fork that fails stops
/// its siblings.
public final class JoxScope implements Forks, Stops {

  @Override
  public void forkAndJoin(int n, Runnable task) throws InterruptedException {
    Object _ =
        Scopes.supervised(
            scope -> {
              for (int i = 0; i < n; i++) {
                var _ =
                    scope.forkUser(
                        () -> {
                          task.run();
                          return null;
                        });
              }
              return null;
            });
  }

  @Override
  public void stop(Blocked tasks) throws InterruptedException {
    CountDownLatch allBlocked = new CountDownLatch(1);
    Thread starter = Waiting.thread(tasks, allBlocked);
    try {
      Object _ =
          Scopes.supervised(
              scope -> {
                var _ =
                    scope.forkUser(
                        () -> {
                          allBlocked.await();
                          tasks.asked();
                          throw new IllegalStateException("enough");
                        });
                for (int i = 0; i < tasks.count(); i++) {
                  var _ =
                      scope.forkUser(
                          () -> {
                            tasks.block();
                            return null;
                          });
                }
                starter.start();
                return null;
              });
    } catch (JoxScopeExecutionException expected) {
      return;
    }
    throw new IllegalStateException("the scope was not stopped");
  }
}
