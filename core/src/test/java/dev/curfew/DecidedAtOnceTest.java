// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.pool.Batch;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/// Two that end at the same moment decide both: it is still the policy that decided, and what it
/// cut short is no stop for those who join.
class DecidedAtOnceTest {

  private static final int ROUNDS = 1_000;
  private static final Duration LONG = Duration.ofHours(1);

  private final CyclicBarrier both = new CyclicBarrier(2);

  /// The first two ends stop the rest.
  private Policy<String, List<Ended<String>>> twoAtOnce() {
    return new Policy<>(
        () ->
            end -> {
              if (end.outcome() instanceof Outcome.Succeeded<String>) {
                meet();
                return true;
              }
              return false;
            },
        List::copyOf);
  }

  private void meet() {
    try {
      boolean _ = both.await(10, TimeUnit.SECONDS) >= 0;
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sleep() {
    Curfew.sleep(LONG);
    return "late";
  }

  @Test
  void forks() {
    for (int i = 0; i < ROUNDS; i++) {
      List<Ended<String>> ended =
          Forks.run(
              "forks",
              twoAtOnce(),
              forks -> {
                Fork<String> _ = forks.fork("sleeps", DecidedAtOnceTest::sleep);
                Fork<String> _ = forks.fork("one", () -> "one");
                Fork<String> _ = forks.fork("other", () -> "other");
              });
      assertThat(ended).hasSize(3);
    }
  }

  @Test
  void tasksOfABatch() {
    try (StoppablePool pool = StoppablePool.open("pool", settings -> settings.withWorkers(4))) {
      for (int i = 0; i < ROUNDS; i++) {
        try (Batch<String, List<Ended<String>>> batch = pool.batch("batch", twoAtOnce())) {
          boolean _ = batch.submit("sleeps", DecidedAtOnceTest::sleep).isDone();
          boolean _ = batch.submit("one", () -> "one").isDone();
          boolean _ = batch.submit("other", () -> "other").isDone();
          assertThat(batch.join()).hasSize(3);
        }
      }
    }
  }
}
