// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Outcome;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.pool.PoolReport;
import dev.curfew.pool.PoolTask;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Five tasks that end in five ways.
final class E6 implements Example {

  private final CountDownLatch begun = new CountDownLatch(3);
  private volatile boolean over;

  @Override
  public String title() {
    return "done, failed, stopped, out of time and abandoned are different outcomes";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    Duration soon = Duration.ofMillis(20);
    try (var quick = StoppablePool.open("quick", settings -> settings.withDeadline(soon));
        var pool = StoppablePool.open("reports", settings -> settings.withWorkers(5))) {
      List<PoolTask<String>> tasks =
          List.of(
              pool.submit("done", () -> "42 pages"),
              pool.submit("failed", this::fail),
              quick.submit("late", this::sleep),
              pool.submit("stopped", this::sleep),
              pool.submit("deaf", this::deaf));
      stage.expect(begun.await(10, TimeUnit.SECONDS), "the long ones run");
      for (PoolTask<String> task : tasks.subList(0, 3)) {
        awaitEnd(stage, task);
      }
      PoolReport report =
          pool.stopAndAwait(
              StopReason.requested("deploy"), StopPlan.within(Duration.ofMillis(300)));
      tasks.forEach(task -> stage.say(task));
      stage.expect(kinds(tasks).equals(EXPECTED), "five outcomes, not " + kinds(tasks));
      over = true;
      return "five tasks, five outcomes; of the pool that was stopped: " + report.ended();
    } finally {
      over = true;
    }
  }

  private static final List<String> EXPECTED =
      List.of("Succeeded", "Failed", "DeadlineExceeded", "Stopped", "Abandoned");

  private static List<String> kinds(List<PoolTask<String>> tasks) {
    return tasks.stream()
        .map(task -> task.outcome().map(how -> how.getClass().getSimpleName()).orElse("none"))
        .toList();
  }

  private static void awaitEnd(Stage stage, PoolTask<String> task) {
    long began = System.nanoTime();
    Optional<Outcome<String>> how = task.outcome();
    while (how.isEmpty() && System.nanoTime() - began < 10_000_000_000L) {
      Thread.onSpinWait();
      how = task.outcome();
    }
    stage.expect(how.isPresent(), task.name() + " has ended");
  }

  private String fail() {
    throw new IllegalStateException("no paper");
  }

  private String sleep() {
    begun.countDown();
    Curfew.sleep(Duration.ofHours(1));
    return "never";
  }

  private String deaf() {
    begun.countDown();
    while (!over) {
      LockSupport.parkNanos(1_000_000);
      boolean _ = Thread.interrupted();
    }
    return "at last";
  }
}
