// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/// Somebody who comes too late.
final class E5 implements Example {

  @Override
  public String title() {
    return "late submissions are refused, with the reason";
  }

  @Override
  public String run(Stage stage) {
    try (var pool = StoppablePool.open("orders")) {
      var _ =
          pool.stopAndAwait(
              StopReason.requested("disk full"), StopPlan.within(Duration.ofSeconds(5)));
      String stopped = refusal(stage, pool);
      stage.expect(stopped.contains("disk full"), "the reason is told");
      stage.expect(stopped.contains("order-7"), "the task is named");
      try (var other = StoppablePool.open("invoices")) {
        other.shutdown();
        stage.expect(refusal(stage, other).contains("invoices"), "so does a plain shutdown");
      }
      return "refused: " + stopped.lines().findFirst().orElse("");
    }
  }

  private static String refusal(Stage stage, StoppablePool pool) {
    try {
      var _ = pool.submit("order-7", () -> "never");
      throw new AssertionError("a stopped pool took a task");
    } catch (RejectedExecutionException refused) {
      stage.say(refused.getMessage());
      return refused.getMessage();
    }
  }
}
