// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Outcome;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BatchTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final StopPlan SHORT = StopPlan.within(Duration.ofMillis(30));

  private final CountDownLatch begun = new CountDownLatch(1);
  private final AtomicBoolean go = new AtomicBoolean();

  private int sleepLong() {
    begun.countDown();
    Curfew.sleep(LONG);
    return 0;
  }

  private int deaf() {
    begun.countDown();
    while (!go.get()) {
      Thread.onSpinWait();
    }
    return 7;
  }

  private void awaitBegun() {
    Await.until("the task has begun", () -> begun.getCount() == 0);
  }

  private static StoppablePool two() {
    return StoppablePool.open("images", s -> s.withWorkers(2));
  }

  @Test
  void tasksComeInTheOrderOfTheirEnds() throws InterruptedException {
    CountDownLatch second = new CountDownLatch(1);
    List<String> names = new ArrayList<>();
    try (var pool = two();
        Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
      var _ =
          batch.submit(
              "slow",
              () -> {
                assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
                return 1;
              });
      var _ = batch.submit("quick", () -> 2);
      for (PoolTask<Integer> task : batch.completed()) {
        names.add(task.name());
        second.countDown();
      }
      assertThat(batch.join().ended()).isEqualTo(new TaskCounts(2, 0, 0, 0, 0));
    }
    assertThat(names).containsExactly("monday/quick", "monday/slow");
  }

  @Test
  void theFirstFailureStopsABatchThatFailsFast() {
    IllegalStateException failure = new IllegalStateException("broken");
    try (var pool = two();
        Batch<Integer> batch = pool.batch("monday", Policy.failFast())) {
      PoolTask<Integer> sibling = batch.submit("sleeps", this::sleepLong);
      awaitBegun();
      var _ =
          batch.submit(
              "fails",
              () -> {
                throw failure;
              });
      BatchReport report = batch.join();
      assertThat(report.ended()).isEqualTo(new TaskCounts(0, 1, 1, 0, 0));
      assertThat(report.text())
          .startsWith("batch images/monday: 0 succeeded, 1 failed, 1 stopped")
          .contains("stopped, sibling images/monday/fails failed with " + failure);
      assertThat(sibling.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
      assertThatThrownBy(() -> batch.submit("late", () -> 1))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("images/monday takes no more tasks, 'late' was refused: sibling");
    }
  }

  @Test
  void theFirstSuccessStopsTheOthers() {
    try (var pool = two();
        Batch<Integer> batch = pool.batch("replicas", Policy.firstSuccess())) {
      var _ = batch.submit("slow", this::sleepLong);
      awaitBegun();
      var _ = batch.submit("quick", () -> 2);
      BatchReport report = batch.join();
      assertThat(report.ended()).isEqualTo(new TaskCounts(1, 0, 1, 0, 0));
      assertThat(report.stopped().orElseThrow()).isInstanceOf(StopReason.SiblingSucceeded.class);
    }
  }

  @Test
  void collectingGoesOnAfterAFailure() {
    try (var pool = two();
        Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
      var _ =
          batch.submit(
              "fails",
              () -> {
                throw new IllegalStateException("broken");
              });
      var _ = batch.submit("works", () -> 2);
      assertThat(batch.join().ended()).isEqualTo(new TaskCounts(1, 1, 0, 0, 0));
    }
  }

  @Test
  void aStoppedBatchLeavesTheRestOfThePoolAlone() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1))) {
      try (Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
        var _ = batch.submit("runs", this::sleepLong);
        awaitBegun();
        var _ = batch.submit("waits", () -> 1);
        PoolTask<Integer> other = pool.submit("other", () -> 2);
        batch.stop(StopReason.requested("enough"));
        assertThat(batch.join().ended()).isEqualTo(new TaskCounts(0, 0, 2, 0, 0));
        assertThat(other.get()).isEqualTo(2);
      }
    }
  }

  @Test
  void closingStopsWhatStillRuns() {
    try (var pool = two()) {
      PoolTask<Integer> task;
      try (Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
        task = batch.submit("runs", this::sleepLong);
        awaitBegun();
      }
      assertThat(task.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Stopped.class,
              end ->
                  assertThat(end.reason().chain())
                      .contains("images/monday closed: left before its tasks had ended"));
    }
  }

  @Test
  void aDeafTaskIsGivenUpAtTheEndOfThePlan() {
    try (var pool = two();
        Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
      PoolTask<Integer> task = batch.submit("deaf", this::deaf);
      awaitBegun();
      batch.stop(StopReason.requested("enough"), SHORT);
      BatchReport report = batch.join();
      assertThat(report.abandoned()).containsExactly("monday/deaf");
      assertThat(report.text()).contains("still running: monday/deaf");
      assertThat(batch.completed()).containsExactly(task);
      go.set(true);
      Await.until(
          "it has ended", () -> task.outcome().orElseThrow() instanceof Outcome.Succeeded<?>);
    }
  }

  @Test
  void theIterationEndsWithThePool() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    try (Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
      var _ = batch.submit("runs", this::sleepLong);
      awaitBegun();
      var _ = batch.submit("waits", () -> 1);
      PoolReport report = pool.stopAndAwait(StopReason.requested("deploy"), StopPlan.within(LONG));
      assertThat(batch.completed()).hasSize(2);
      assertThat(report.handedBack()).extracting(HandedBack::name).containsExactly("monday/waits");
    }
  }

  @Test
  void anInterruptEndsTheWaitOfTheCaller() {
    try (var pool = two();
        Batch<Integer> batch = pool.batch("monday", Policy.collectAll())) {
      var _ = batch.submit("runs", this::sleepLong);
      Thread.currentThread().interrupt();
      assertThatThrownBy(batch::join)
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining("interrupted from outside");
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
