// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.AbandonedException;
import dev.curfew.Ledger;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for three workers, one of which does not answer.
final class C1 implements Example {

  private volatile boolean over;

  @Override
  public String title() {
    return "every wait for an end is bounded, and what did not end is named";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(3);
    long asked = 0;
    AbandonedException account = null;
    try (Scope scope =
        Scope.open(
            "import",
            settings ->
                settings.withPlatformThreads().withPlan(StopPlan.within(Duration.ofMillis(200))))) {
      scope.fork("read", () -> poll(begun));
      scope.fork("store", () -> poll(begun));
      scope.fork("index", () -> deaf(begun));
      stage.expect(begun.await(10, TimeUnit.SECONDS), "all workers have begun");
      stage.say("stop! everybody has 200 ms");
      asked = System.nanoTime();
      boolean _ = scope.stop(StopReason.requested("deploy"));
      scope.join();
    } catch (StoppedException stopped) {
      account = account(stopped);
    }
    String took = stage.within(Duration.ofSeconds(10), asked, "the wait is over");
    stage.expect(account != null, "what did not end is attached to what is thrown");
    stage.say(account == null ? "" : account.report());
    stage.expect(
        Ledger.entries().stream().anyMatch(e -> e.path().equals("import/index")),
        "import/index is in the ledger");
    over = true;
    return "the wait ended after " + took + " and named import/index, with its stack";
  }

  private static AbandonedException account(StoppedException stopped) {
    return (AbandonedException)
        Arrays.stream(stopped.getSuppressed())
            .filter(also -> also instanceof AbandonedException)
            .findFirst()
            .orElse(null);
  }

  private static boolean poll(CountDownLatch begun) throws InterruptedException {
    begun.countDown();
    return new CountDownLatch(1).await(1, TimeUnit.HOURS); // any interruptible call of the JDK
  }

  /// Takes no notice of anything, as too much code does.
  private void deaf(CountDownLatch begun) {
    begun.countDown();
    while (!over) {
      LockSupport.parkNanos(1_000_000);
      boolean _ = Thread.interrupted();
    }
  }
}
