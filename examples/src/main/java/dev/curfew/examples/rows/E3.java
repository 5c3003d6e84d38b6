// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Ended;
import dev.curfew.ForkFailedException;
import dev.curfew.Policy;
import dev.curfew.pool.PoolTask;
import dev.curfew.pool.StoppablePool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The same three tasks under three policies.
final class E3 implements Example {

  @Override
  public String title() {
    return "results as they come; the first failure, or the first success, stops the rest";
  }

  @Override
  public String run(Stage stage) {
    try (var pool = StoppablePool.open("pages", settings -> settings.withWorkers(3))) {
      asTheyCome(stage, pool);
      long began = System.nanoTime();
      failFast(stage, pool);
      firstSuccess(stage, pool);
      collectAll(stage, pool);
      String took = stage.within(Duration.ofSeconds(10), began, "three policies");
      return "completion order kept; a task of one hour was stopped twice, all in " + took;
    }
  }

  private static void asTheyCome(Stage stage, StoppablePool pool) {
    CountDownLatch quickIsStored = new CountDownLatch(1);
    List<String> order = new ArrayList<>();
    try (var batch = pool.batch("in-order", Policy.<Boolean>collectAll())) {
      var _ = batch.submit("slow", () -> quickIsStored.await(10, TimeUnit.SECONDS));
      var _ = batch.submit("quick", () -> true);
      for (PoolTask<Boolean> task : batch.completed()) {
        order.add(task.name());
        quickIsStored.countDown();
      }
    }
    stage.say("as they come: " + order);
    stage.expect(order.equals(List.of("in-order/quick", "in-order/slow")), "in completion order");
  }

  private static void failFast(Stage stage, StoppablePool pool) {
    try (var batch = pool.batch("fail-fast", Policy.<String>failFast())) {
      var _ = batch.submit("sleeps", E3::sleepAnHour);
      var _ = batch.submit("fails", E3::fail);
      List<String> never = batch.join();
      throw new AssertionError("a failed batch has no result: " + never);
    } catch (ForkFailedException failed) {
      stage.say("fail fast: " + failed.getMessage());
    }
  }

  private static void firstSuccess(Stage stage, StoppablePool pool) {
    try (var batch = pool.batch("first-success", Policy.<String>firstSuccess())) {
      var _ = batch.submit("sleeps", E3::sleepAnHour);
      var _ = batch.submit("fails", E3::fail);
      var _ = batch.submit("works", () -> "the page");
      String first = batch.join();
      stage.say("first success: " + first);
      stage.expect(first.equals("the page"), "the success is the result");
    }
  }

  private static void collectAll(Stage stage, StoppablePool pool) {
    try (var batch = pool.batch("collect-all", Policy.<String>collectAll())) {
      var _ = batch.submit("fails", E3::fail);
      var _ = batch.submit("works", () -> "the page");
      List<Ended<String>> all = batch.join();
      all.forEach(task -> stage.say("collect all: " + task));
      stage.expect(all.get(0).hasFailed() && all.get(1).hasSucceeded(), "both are told of");
    }
  }

  private static String sleepAnHour() {
    Curfew.sleep(Duration.ofHours(1));
    return "never";
  }

  private static String fail() throws IOException {
    throw new IOException("no route to host");
  }
}
