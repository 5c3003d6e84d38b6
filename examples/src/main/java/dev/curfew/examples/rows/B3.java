// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.worker.QueueWorker;
import dev.curfew.worker.Source;
import dev.curfew.worker.WorkerReport;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Two ways in which a worker ends: by a sentinel in its queue, and by a stop in the middle.
final class B3 implements Example {

  private static final int ITEMS = 40;
  private static final String LAST = "no more";

  private final Set<String> shipped = ConcurrentHashMap.newKeySet();

  @Override
  public String title() {
    return "drain finishes what is queued, stop hands back what is not done; all accounted for";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    drain(stage);
    return stop(stage);
  }

  private void drain(Stage stage) {
    BlockingQueue<String> queue = filled();
    queue.add(LAST);
    try (var worker =
        QueueWorker.open(
            "shipping",
            Source.of(queue).endingWith(LAST),
            (String order) -> shipped.add(order),
            settings -> settings.withHandlers(4))) {
      stage.expect(worker.awaitEnd(Duration.ofSeconds(20)), "the sentinel ends the worker");
      stage.say("drained: " + worker.report().items());
    }
    stage.expect(shipped.size() == ITEMS, "each order was shipped");
    shipped.clear();
  }

  private String stop(Stage stage) throws InterruptedException {
    BlockingQueue<String> queue = filled();
    CountDownLatch some = new CountDownLatch(10);
    WorkerReport<String> report;
    try (var worker =
        QueueWorker.open(
            "shipping",
            Source.of(queue),
            (String order) -> ship(order, some),
            settings -> settings.withHandlers(4))) {
      stage.expect(some.await(10, TimeUnit.SECONDS), "ten orders are shipped");
      stage.say("stop!");
      report =
          worker.stopAndAwait(
              StopReason.requested("deploy"), StopPlan.within(Duration.ofSeconds(5)));
    }
    stage.say(report);
    long succeeded = report.items().succeeded();
    stage.expect(succeeded == shipped.size(), "what was shipped is counted as such");
    stage.expect(succeeded + queue.size() == ITEMS, "the rest is back in the queue");
    stage.expect(queue.stream().noneMatch(shipped::contains), "nothing is there twice");
    return ITEMS
        + " orders drained; then "
        + succeeded
        + " shipped, "
        + queue.size()
        + " given back";
  }

  private static BlockingQueue<String> filled() {
    BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    for (int i = 1; i <= ITEMS; i++) {
      queue.add("order-" + i);
    }
    return queue;
  }

  private void ship(String order, CountDownLatch some) {
    if (some.getCount() == 0) {
      Curfew.sleep(Duration.ofHours(1)); // the van is late, and the stop cuts the wait short
    }
    shipped.add(order);
    some.countDown();
  }
}
