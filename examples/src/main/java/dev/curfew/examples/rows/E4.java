// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.pool.PoolReport;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A deployment that has half a second, and a pool with a task that ignores everything.
final class E4 implements Example {

  private static final Duration BUDGET = Duration.ofMillis(500);

  private final CountDownLatch begun = new CountDownLatch(4);
  private volatile boolean over;

  @Override
  public String title() {
    return "one deadline for the whole stop, and a report of how it went";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    try (var pool = StoppablePool.open("mail", settings -> settings.withWorkers(4))) {
      for (int i = 1; i <= 3; i++) {
        var _ = pool.submit("send-" + i, this::send);
      }
      var _ = pool.submit("deaf", this::deaf);
      var _ = pool.submit("waits", this::send);
      stage.expect(begun.await(10, TimeUnit.SECONDS), "four tasks run, one waits");
      stage.say("stop! within " + Stage.span(BUDGET));
      long asked = System.nanoTime();
      PoolReport report =
          pool.stopAndAwait(StopReason.requested("deploy"), StopPlan.within(BUDGET));
      String took = stage.within(Duration.ofSeconds(10), asked, "the whole stop");
      stage.say(report);
      stage.expect(report.ended().stopped() == 3, "three were stopped");
      stage.expect(report.ended().abandoned() == 1, "one was abandoned");
      stage.expect(report.handedBack().size() == 1, "one had not begun");
      stage.expect(report.stop().stragglers().size() == 1, "its stack is in the report");
      over = true;
      return "3 stopped, 1 handed back, 1 abandoned with its stack, after " + took + " of 500 ms";
    } finally {
      over = true;
    }
  }

  private Object send() {
    begun.countDown();
    Curfew.sleep(Duration.ofHours(1));
    return "sent";
  }

  private Object deaf() {
    begun.countDown();
    while (!over) {
      LockSupport.parkNanos(1_000_000);
      boolean _ = Thread.interrupted();
    }
    return "at last";
  }
}
