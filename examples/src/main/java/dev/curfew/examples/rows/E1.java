// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.pool.HandedBack;
import dev.curfew.pool.PoolReport;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A pool that is stopped while most of its work waits in the queue.
final class E1 implements Example {

  private static final int TASKS = 20;

  private final AtomicInteger converted = new AtomicInteger();

  @Override
  public String title() {
    return "queued tasks are cancelled and returned, by name, and can be submitted again";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    CountDownLatch three = new CountDownLatch(3);
    CountDownLatch go = new CountDownLatch(1);
    StoppablePool next;
    PoolReport report;
    try (var pool = StoppablePool.open("images", settings -> settings.withWorkers(2))) {
      for (int i = 1; i <= TASKS; i++) {
        boolean waits = i > 3; // so that the stop comes in the middle
        var _ = pool.submit("image-" + i, () -> convert(three, go, waits));
      }
      stage.expect(three.await(10, TimeUnit.SECONDS), "three images are converted");
      stage.say("stop! after " + converted + " images");
      report =
          pool.stopAndAwait(StopReason.requested("deploy"), StopPlan.within(Duration.ofSeconds(5)));
      stage.say(report);
      next = pool.reopen(settings -> settings.withWorkers(4));
    }
    go.countDown();
    int back = report.handedBack().size();
    long ended = report.ended().total();
    stage.expect(back + ended == TASKS, "every task is accounted for: " + back + " + " + ended);
    stage.expect(back > 0, "some had not started");
    int before = converted.get();
    try (next) {
      for (HandedBack task : report.handedBack()) {
        stage.expect(task.name().startsWith("image-"), "they have their names");
        var _ = task.submitTo(next);
      }
    }
    stage.say("submitted again: " + (converted.get() - before) + " more images");
    stage.expect(converted.get() - before == back, "each was run once");
    return back + " of " + TASKS + " came back by name and were run by the next pool, once each";
  }

  private String convert(CountDownLatch three, CountDownLatch go, boolean waits)
      throws InterruptedException {
    if (waits && !go.await(1, TimeUnit.HOURS)) {
      throw new AssertionError("nobody opened the latch");
    }
    converted.incrementAndGet();
    three.countDown();
    return "converted";
  }
}
