// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.pool.PoolReport;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A pool whose three running tasks wait in three ways, and one of which cleans up.
final class E2 implements Example {

  private final CountDownLatch begun = new CountDownLatch(3);
  private volatile boolean rolledBack;

  @Override
  public String title() {
    return "running tasks are told, woken, and watched until they end";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    PoolReport report;
    try (var pool = StoppablePool.open("orders", settings -> settings.withWorkers(3))) {
      var _ = pool.submit("sleeps", () -> sleep());
      var _ = pool.submit("blocks", () -> block());
      var _ = pool.submit("computes", () -> compute());
      stage.expect(begun.await(10, TimeUnit.SECONDS), "all tasks run");
      stage.say("stop!");
      report =
          pool.stopAndAwait(
              StopReason.requested("deploy"), StopPlan.within(Duration.ofSeconds(10)));
    }
    stage.say(report);
    stage.expect(report.ended().stopped() == 3, "all three were stopped");
    stage.expect(rolledBack, "the one with a transaction rolled back");
    for (StopReport.Part part : report.stop().parts()) {
      stage.expect(part.seen().isPresent(), part.path() + " saw it");
      stage.expect(part.ended().isPresent(), part.path() + " ended");
    }
    return "a sleeping, a blocked and a computing task ended in "
        + Stage.span(report.stop().took());
  }

  private Object sleep() {
    begun.countDown();
    try {
      Curfew.sleep(Duration.ofHours(1)); // woken by unpark
      return "slept";
    } finally {
      Curfew.shield(Duration.ofSeconds(1), () -> rolledBack = true);
    }
  }

  private Object block() throws InterruptedException {
    begun.countDown();
    return new CountDownLatch(1).await(1, TimeUnit.HOURS); // woken by an interrupt
  }

  private Object compute() {
    begun.countDown();
    long sum = 0;
    while (true) {
      Curfew.checkpoint(); // free until somebody stops
      sum += System.identityHashCode(sum);
    }
  }
}
