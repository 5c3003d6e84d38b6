// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import java.util.concurrent.CountDownLatch;

/// Tells the fork that stops its siblings when all of them block.
final class Waiting {

  private Waiting() {}

  /// {@return a thread, not started, that opens the latch when all tasks block}
  static Thread thread(Blocked tasks, CountDownLatch allBlocked) {
    return Thread.ofPlatform()
        .unstarted(
            () -> {
              try {
                tasks.awaitAllBlocked();
                allBlocked.countDown();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
  }
}
