// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.Curfew;
import dev.curfew.Ended;
import dev.curfew.ForkFailedException;
import dev.curfew.Outcome;
import dev.curfew.Policy;
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
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
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
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
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
      assertThat(batch.await().ended()).isEqualTo(new TaskCounts(2, 0, 0, 0, 0));
    }
    assertThat(names).containsExactly("monday/quick", "monday/slow");
  }

  @Test
  void theFirstFailureStopsABatchThatFailsFast() {
    IllegalStateException failure = new IllegalStateException("broken");
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>failFast())) {
      PoolTask<Integer> sibling = batch.submit("sleeps", this::sleepLong);
      awaitBegun();
      var _ =
          batch.submit(
              "fails",
              () -> {
                throw failure;
              });
      BatchReport report = batch.await();
      assertThat(report.ended()).isEqualTo(new TaskCounts(0, 1, 1, 0, 0));
      assertThat(report.text())
          .startsWith("batch images/monday: 0 succeeded, 1 failed, 1 stopped")
          .contains("stopped, sibling images/monday/fails failed with " + failure);
      assertThat(sibling.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
      PoolTask<Integer> late = batch.submit("late", () -> 1);
      assertThat(late.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
    }
  }

  @Test
  void theFirstSuccessStopsTheOthers() {
    try (var pool = two();
        var batch = pool.batch("replicas", Policy.<Integer>firstSuccess())) {
      var _ = batch.submit("slow", this::sleepLong);
      awaitBegun();
      var _ = batch.submit("quick", () -> 2);
      BatchReport report = batch.await();
      assertThat(report.ended()).isEqualTo(new TaskCounts(1, 0, 1, 0, 0));
      assertThat(report.stopped().orElseThrow()).isInstanceOf(StopReason.SiblingSucceeded.class);
    }
  }

  @Test
  void collectingGoesOnAfterAFailure() {
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ =
          batch.submit(
              "fails",
              () -> {
                throw new IllegalStateException("broken");
              });
      var _ = batch.submit("works", () -> 2);
      assertThat(batch.await().ended()).isEqualTo(new TaskCounts(1, 1, 0, 0, 0));
    }
  }

  @Test
  void aStoppedBatchLeavesTheRestOfThePoolAlone() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1))) {
      try (var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
        var _ = batch.submit("runs", this::sleepLong);
        awaitBegun();
        var _ = batch.submit("waits", () -> 1);
        PoolTask<Integer> other = pool.submit("other", () -> 2);
        batch.stop(StopReason.requested("enough"));
        assertThat(batch.await().ended()).isEqualTo(new TaskCounts(0, 0, 2, 0, 0));
        assertThat(other.get()).isEqualTo(2);
      }
    }
  }

  @Test
  void closingStopsWhatStillRuns() {
    try (var pool = two()) {
      PoolTask<Integer> task;
      try (var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
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
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      PoolTask<Integer> task = batch.submit("deaf", this::deaf);
      awaitBegun();
      batch.stop(StopReason.requested("enough"), SHORT);
      BatchReport report = batch.await();
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
    try (var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ = batch.submit("runs", this::sleepLong);
      awaitBegun();
      var _ = batch.submit("waits", () -> 1);
      PoolReport report = pool.stopAndAwait(StopReason.requested("deploy"), StopPlan.within(LONG));
      assertThat(batch.completed()).hasSize(2);
      assertThat(report.handedBack()).extracting(HandedBack::name).containsExactly("monday/waits");
    }
  }

  @Test
  void whatThePoolHandsBackCutsItShort() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    var _ = pool.submit("busy", this::sleepLong);
    awaitBegun();
    try (var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ = batch.submit("waits", () -> 1);
      var _ = pool.stopAndAwait(StopReason.requested("deploy"), StopPlan.within(LONG));
      assertThatThrownBy(batch::join)
          .isInstanceOf(StoppedException.class)
          .hasMessageStartingWith("parent images stopped <- requested 'deploy'");
    }
  }

  @Test
  void onceItIsClosedItTakesNoMoreTasks() {
    try (var pool = two()) {
      var batch = pool.batch("monday", Policy.<Integer>collectAll());
      var _ = batch.submit("first", () -> 1);
      assertThat(batch.join()).hasSize(1);
      batch.close();
      assertThatThrownBy(() -> batch.submit("late", () -> 2))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("images/monday takes no more tasks, 'late' was refused: it is closed");
      assertThat(batch.report().stopped()).isEmpty();
      assertThat(batch.join()).hasSize(1);
    }
  }

  @Test
  void anInterruptEndsTheWaitOfTheCaller() {
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ = batch.submit("runs", this::sleepLong);
      Thread.currentThread().interrupt();
      assertThatThrownBy(batch::await)
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining("interrupted from outside");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void theResultIsThatOfThePolicy() {
    try (var pool = two();
        var all = pool.batch("all", Policy.<Integer>failFast());
        var first = pool.batch("first", Policy.<Integer>firstSuccess());
        var each = pool.batch("each", Policy.<Integer>collectAll())) {
      var _ = all.submit("one", () -> 1);
      var _ = all.submit("two", () -> 2);
      assertThat(all.join()).containsExactly(1, 2);
      var _ = first.submit("slow", this::sleepLong);
      awaitBegun();
      var _ = first.submit("quick", () -> 7);
      assertThat(first.join()).isEqualTo(7);
      var _ = each.submit("works", () -> 3);
      assertThat(each.join())
          .extracting(Ended::toString)
          .containsExactly("images/each/works: succeeded");
    }
  }

  @Test
  void aFailureIsThrownByTheJoinOfABatchThatFailsFast() {
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>failFast())) {
      var _ =
          batch.submit(
              "fails",
              () -> {
                throw new IllegalStateException("broken");
              });
      assertThatThrownBy(batch::join)
          .isInstanceOf(ForkFailedException.class)
          .hasMessage("images/monday/fails failed: java.lang.IllegalStateException: broken");
    }
  }

  @Test
  void aStopThatThePolicyDidNotDecideOnIsNoResult() {
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ = batch.submit("runs", this::sleepLong);
      awaitBegun();
      batch.stop(StopReason.requested("enough"));
      assertThatThrownBy(() -> batch.submit("late", () -> 1))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("images/monday takes no more tasks, 'late' was refused: requested");
      assertThatThrownBy(batch::join)
          .isInstanceOf(StoppedException.class)
          .hasMessageStartingWith("parent images/monday stopped <- requested 'enough'");
    }
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ = batch.submit("works", () -> 1);
      assertThat(batch.await().ended().succeeded()).isEqualTo(1);
      batch.stop(StopReason.requested("enough")); // too late to cut anything short
      assertThat(batch.join()).hasSize(1);
    }
  }

  @Test
  void aPolicyThatThrowsStopsTheBatchAndIsToldOf() {
    Policy<Integer, Integer> broken =
        new Policy<>(
            () ->
                task -> {
                  throw new IllegalArgumentException("what is " + task.path() + "?");
                },
            all -> 0);
    try (var pool = two();
        var batch = pool.batch("monday", broken)) {
      var _ = batch.submit("one", () -> 1);
      assertThatThrownBy(batch::join)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("the policy of images/monday failed: java.lang.Illegal");
    }
  }

  @Test
  void aTaskCannotWaitForItsOwnBatch() {
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ =
          batch.submit(
              "joins",
              () -> {
                batch.await();
                return 1;
              });
      assertThat(batch.join().getFirst().toString())
          .contains("images/monday cannot be awaited by its own task 'monday/joins'");
    }
  }

  @Test
  void aStopThatComesWhileOneJoinsBoundsTheJoin() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (var pool = two();
        var batch = pool.batch("monday", Policy.<Integer>collectAll())) {
      var _ = batch.submit("deaf", this::deaf);
      awaitBegun();
      Thread joins = Thread.ofPlatform().start(() -> thrown.set(catchThrowable(batch::join)));
      awaitParked(joins);
      batch.stop(StopReason.requested("enough"), SHORT);
      assertThat(joins.join(Await.LIMIT)).isTrue();
      assertThat(thrown.get()).isInstanceOf(StoppedException.class);
      go.set(true);
    }
  }

  @Test
  void aSecondStopBringsTheEndOfACloseForward() throws InterruptedException {
    try (var pool = StoppablePool.open("images", s -> s.withPlan(StopPlan.within(LONG)))) {
      var batch = pool.batch("monday", Policy.<Integer>collectAll());
      var _ = batch.submit("deaf", this::deaf);
      awaitBegun();
      Thread closes = Thread.ofPlatform().start(batch::close);
      awaitParked(closes);
      batch.stop(StopReason.requested("now"), SHORT);
      assertThat(closes.join(Await.LIMIT)).isTrue();
      assertThat(batch.report().abandoned()).containsExactly("monday/deaf");
      go.set(true);
    }
  }

  private static void awaitParked(Thread thread) {
    Await.until(
        "it waits",
        () ->
            thread.getState() == Thread.State.WAITING
                || thread.getState() == Thread.State.TIMED_WAITING);
  }

  /// The stop of the policy ends the others, which the policy is asked about, too.
  @Test
  void anyEndMayDecideAndManyThousandWait()
      throws ExecutionException, InterruptedException, TimeoutException {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1));
        var batch =
            pool.batch("monday", new Policy<Integer, Integer>(() -> _ -> true, List::size))) {
      var _ =
          batch.submit(
              "first",
              () -> {
                Await.until("all are there", go::get);
                return 1;
              });
      for (int i = 1; i < 20_000; i++) {
        var _ = batch.submit("task", () -> 2);
      }
      var other = pool.submit("other", () -> "done");
      go.set(true);

      assertThat(batch.join()).isEqualTo(20_000);
      assertThat(other.get(10, TimeUnit.SECONDS)).isEqualTo("done");
    }
  }

  @Test
  void anInterruptOfThePoolsOwnThreadKeepsItFromNothing() {
    try (var _ = two()) {
      Thread keeper =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("images/keeper"))
              .findFirst()
              .orElseThrow();
      keeper.interrupt();
      Await.until(
          "it is parked again",
          () -> !keeper.isInterrupted() && keeper.getState() == Thread.State.WAITING);
    }
  }
}
