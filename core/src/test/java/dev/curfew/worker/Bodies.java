// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Curfew;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/// What handlers of tests do: end, fail, wait for a stop, or be deaf to it.
final class Bodies {

  static final Duration LONG = Duration.ofHours(1);

  final Queue<String> begun = new ConcurrentLinkedQueue<>();
  volatile boolean go;

  /// The first word of the item says what happens.
  void handle(String item) {
    begun.add(item);
    switch (item.split(" ", 2)[0]) {
      case "fail" -> throw new IllegalStateException("no " + item);
      case "wait" -> Curfew.sleep(LONG);
      case "deaf" -> beDeaf();
      default -> {}
    }
  }

  /// Goes on until it is let go, whatever anybody asks.
  void beDeaf() {
    while (!go) {
      LockSupport.parkNanos(200_000);
      boolean _ = Thread.interrupted();
    }
  }

  void awaitBegun(String item) {
    Await.until(item + " has begun", () -> begun.contains(item));
  }
}
