// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Ledger;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Stopping, accounting, and opening again.
class PoolStopTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));
  private static final StopPlan SHORT = StopPlan.within(Duration.ofMillis(30));

  private final CountDownLatch begun = new CountDownLatch(1);
  private final AtomicBoolean go = new AtomicBoolean();

  private static StopReason deploy() {
    return StopReason.requested("deploy");
  }

  private void awaitBegun() {
    Await.until("the task has begun", () -> begun.getCount() == 0);
  }

  private void sleepLong() {
    begun.countDown();
    Curfew.sleep(LONG);
  }

  /// Ignores every stop until it is let go.
  private int deaf() {
    begun.countDown();
    while (!go.get()) {
      Thread.onSpinWait();
    }
    return 7;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStopTellsTheRunningAndHandsBackTheRest(boolean virtual)
      throws InterruptedException, ExecutionException {
    var pool =
        StoppablePool.open("images", s -> (virtual ? s.withVirtualThreads() : s).withWorkers(1));
    assertThat(pool.submit("done", () -> 1).get()).isEqualTo(1);
    PoolTask<?> running = pool.submit("runs", this::sleepLong);
    awaitBegun();
    PoolTask<Integer> waiting = pool.submit("waits", () -> 2);
    PoolTask<Integer> last = pool.submit(() -> 3);
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    assertThat(pool.isTerminated()).isTrue();
    assertThat(report.handedBack()).extracting(HandedBack::name).containsExactly("waits", "task-4");
    assertThat(report.ended()).isEqualTo(new TaskCounts(1, 0, 1, 0, 0));
    assertThat(running.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
    assertThat(running.isCancelled()).isTrue();
    assertThat(waiting.isCancelled()).isTrue();
    assertThatThrownBy(last::get)
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining(
            "images/task-4: stopped, parent images stopped <- requested 'deploy' by");
    StopReport.Part part = report.stop().parts().getFirst();
    assertThat(report.stop().parts()).hasSize(1);
    assertThat(part.path()).isEqualTo("images/worker-1/runs");
    assertThat(part.seen()).isPresent();
    assertThat(part.ended()).isPresent();
    assertThat(part.outcome()).isEqualTo("stopped");
    assertThat(report.text())
        .contains("pool images: 1 succeeded, 0 failed, 1 stopped")
        .contains("2 never started: waits, task-4")
        .contains("stop of images: requested 'deploy'");
    assertThat(pool.report()).isPresent();
  }

  @Test
  void whatWasHandedBackRunsInTheNextPool() throws InterruptedException, ExecutionException {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    var _ = pool.submit("runs", this::sleepLong);
    awaitBegun();
    var _ = pool.submit("waits", () -> 2);
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    try (var next = pool.reopen(s -> s.withWorkers(2))) {
      PoolTask<?> again = report.handedBack().getFirst().submitTo(next);
      assertThat(again.name()).isEqualTo("waits");
      assertThat(again.get()).isEqualTo(2);
    }
  }

  @Test
  void lateSubmissionsAreRefusedWithTheReason() {
    var pool = StoppablePool.open("images");
    PoolReport _ = pool.stopAndAwait(deploy(), PLAN);
    assertThatThrownBy(() -> pool.submit("late", () -> 1))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining(
            "images takes no more tasks, 'late' was refused: requested 'deploy' by");
    assertThatThrownBy(() -> pool.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void aDeafTaskIsAbandonedWithItsStackAndTerminatesWhenItEnds() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    PoolTask<Integer> task = pool.submit("deaf", this::deaf);
    awaitBegun();
    PoolReport report = pool.stopAndAwait(deploy(), SHORT);
    assertThat(report.ended()).isEqualTo(new TaskCounts(0, 0, 0, 0, 1));
    assertThat(task.outcome().orElseThrow()).isInstanceOf(Outcome.Abandoned.class);
    assertThat(task.isCancelled()).isTrue();
    assertThat(report.stop().stragglers()).hasSize(1);
    assertThat(report.stop().stragglers().getFirst().straggler().orElseThrow().stack())
        .anyMatch(frame -> frame.getMethodName().equals("deaf"));
    assertThat(pool.isTerminated()).isFalse();
    assertThat(Ledger.entries()).hasSize(1);
    go.set(true);
    Await.until("the task has ended", pool::isTerminated);
    assertThat(task.outcome()).contains(new Outcome.Succeeded<>(7, true));
    assertThat(pool.report().orElseThrow().ended()).isEqualTo(new TaskCounts(1, 0, 0, 0, 0));
  }

  @Test
  void stopReturnsAtOnceAndTheKeeperGoesOn() throws InterruptedException, ExecutionException {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1).withPlan(SHORT));
    PoolTask<Integer> task = pool.submit("deaf", this::deaf);
    awaitBegun();
    pool.stop(deploy());
    Await.until("it is abandoned", () -> task.outcome().isPresent());
    go.set(true);
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aSecondStopCanOnlyShortenTheFirst() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    PoolTask<Integer> task = pool.submit("deaf", this::deaf);
    awaitBegun();
    pool.stop(deploy());
    PoolReport report = pool.stopAndAwait(StopReason.requested("hurry"), SHORT);
    assertThat(report.ended().abandoned()).isOne();
    assertThat(report.stop().reason().why()).isEqualTo("requested 'deploy'");
    go.set(true);
    Await.until("the task has ended", pool::isTerminated);
    assertThat(task.outcome()).contains(new Outcome.Succeeded<>(7, true));
  }

  @Test
  void runningTasksMayEndOnTheirOwnWithinTheDrain() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1).withDrain(Duration.ofSeconds(5)));
    PoolTask<Integer> task = pool.submit("drains", this::deaf);
    awaitBegun();
    PoolTask<Integer> waits = pool.submit("waits", () -> 1);
    pool.stop(deploy());
    assertThat(waits.isCancelled()).isTrue();
    go.set(true);
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    assertThat(task.outcome()).contains(new Outcome.Succeeded<>(7, false));
    assertThat(report.stop().parts()).isEmpty();
    assertThat(report.ended().succeeded()).isOne();
  }

  @Test
  void afterTheDrainTheyAreTold() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1).withDrain(Duration.ofMillis(1)));
    PoolTask<?> task = pool.submit("sleeps", this::sleepLong);
    awaitBegun();
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    assertThat(task.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
    assertThat(report.stop().parts()).hasSize(1);
  }

  @Test
  void shutdownNowReturnsWhatWasExecutedAndNeverStarted()
      throws InterruptedException, ExecutionException {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    var _ = pool.submit("runs", this::sleepLong);
    awaitBegun();
    Runnable executed = () -> {};
    pool.execute(executed);
    var _ = pool.submit("named", () -> 1);
    List<Runnable> queued = pool.shutdownNow();
    assertThat(queued).hasSize(2);
    assertThat(queued.getFirst()).isSameAs(executed);
    assertThat(queued.getLast()).hasToString("named");
    queued.getLast().run();
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aTaskCannotAwaitOrCloseItsOwnPool() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("images")) {
      PoolTask<?> asks = pool.submit("asks", () -> pool.stopAndAwait(deploy(), PLAN));
      assertThatThrownBy(asks::get)
          .hasMessageContaining("images cannot be awaited by a task of its own: call stop(reason)");
      assertThatThrownBy(() -> pool.submit("closes", pool::close).get())
          .hasMessageContaining("images cannot be closed by a task of its own");
      assertThat(pool.isShutdown()).isFalse();
    }
  }

  @Test
  void aStopFreesSubmittersThatWaitForAPlace() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1).withQueue(1));
    var _ = pool.submit("runs", this::sleepLong);
    awaitBegun();
    var _ = pool.submit("waits", () -> 1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread submitter =
        Thread.ofVirtual()
            .uncaughtExceptionHandler((thread, what) -> thrown.set(what))
            .start(() -> pool.execute(() -> {}));
    Await.until("it waits", () -> submitter.getState() == Thread.State.WAITING);
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    Await.until("it was told", () -> thrown.get() != null);
    assertThat(thrown.get())
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("'task-3' was refused: requested 'deploy'");
    assertThat(report.handedBack()).hasSize(1);
  }

  @Test
  void aSubmitterIsStoppedWithItsOwnScope() {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1).withQueue(1))) {
      PoolTask<?> runs = pool.submit("runs", this::sleepLong);
      awaitBegun();
      var _ = pool.submit("waits", () -> 1);
      assertThatThrownBy(
              () ->
                  Scope.run(
                      "feeder",
                      s -> s.withDeadline(Duration.ofMillis(5)),
                      scope -> pool.submit("third", () -> 3)))
          .hasMessageContaining("deadline of feeder passed");
      runs.cancel(true);
    }
  }

  @Test
  void aTaskThatItsSubmitterRunsIsToldToo() {
    var pool =
        StoppablePool.open(
            "images", s -> s.withWorkers(1).withQueue(1).withWhenFull(WhenFull.RUN_HERE));
    var _ = pool.submit("runs", this::sleepLong);
    awaitBegun();
    var _ = pool.submit("waits", () -> 1);
    CountDownLatch hereBegun = new CountDownLatch(1);
    AtomicReference<PoolTask<?>> here = new AtomicReference<>();
    Thread submitter =
        Thread.ofVirtual()
            .start(
                () ->
                    here.set(
                        pool.submit(
                            "here",
                            () -> {
                              hereBegun.countDown();
                              Curfew.sleep(LONG);
                            })));
    Await.until("it runs here", () -> hereBegun.getCount() == 0);
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    Await.until("the submitter is free", () -> !submitter.isAlive());
    assertThat(here.get().outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
    assertThat(report.ended().stopped()).isEqualTo(2);
    assertThat(report.stop().parts()).hasSize(2);
  }

  @Test
  void aPoolIsStoppedWithTheScopeItWasOpenedIn() {
    AtomicReference<StoppablePool> opened = new AtomicReference<>();
    AtomicReference<PoolTask<?>> task = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      var pool = StoppablePool.open("images");
                      opened.set(pool);
                      task.set(pool.submit("runs", this::sleepLong));
                      awaitBegun();
                      scope.stop(deploy());
                      Curfew.sleep(LONG);
                      return null;
                    }))
        .isInstanceOf(StoppedException.class);
    Await.until("the pool ends", opened.get()::isTerminated);
    assertThat(opened.get().path()).isEqualTo("app/images");
    assertThat(task.get().outcome().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            end -> assertThat(end.reason().root().why()).isEqualTo("requested 'deploy'"));
  }

  @Test
  void closeDrainsAndGivesUpWhenItsCallerIsInterrupted() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    PoolTask<?> task = pool.submit("runs", this::sleepLong);
    awaitBegun();
    Thread.currentThread().interrupt();
    pool.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(pool.isTerminated()).isTrue();
    assertThat(task.outcome().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            end -> assertThat(end.reason().root()).isInstanceOf(StopReason.ForeignInterrupt.class));
    pool.close();
  }

  @Test
  void aPoolThatIsNotStoppedCannotBeReopened() {
    try (var pool = StoppablePool.open("images")) {
      assertThatThrownBy(() -> pool.reopen(s -> s))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("images is open: call stopAndAwait before reopen");
    }
  }

  @Test
  void itCanBeReopenedFiftyTimesAndLeavesNothing() throws InterruptedException, ExecutionException {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    for (int i = 0; i < 50; i++) {
      int round = i;
      CountDownLatch inside = new CountDownLatch(1);
      assertThat(pool.submit("done", () -> round).get()).isEqualTo(round);
      var _ =
          pool.submit(
              "runs",
              () -> {
                inside.countDown();
                Curfew.sleep(LONG);
              });
      Await.until("it runs", () -> inside.getCount() == 0);
      PoolReport report = pool.stopAndAwait(deploy(), PLAN);
      assertThat(report.ended()).isEqualTo(new TaskCounts(1, 0, 1, 0, 0));
      pool = pool.reopen(s -> s.withWorkers(1 + round % 3));
    }
    pool.close();
    assertThat(Curfew.openScopes()).noneMatch(path -> path.startsWith("images"));
  }

  @Test
  void manySubmittersFillAllWorkers() {
    List<PoolTask<?>> tasks = new ArrayList<>();
    CountDownLatch all = new CountDownLatch(8);
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(8))) {
      for (int i = 0; i < 8; i++) {
        tasks.add(
            pool.submit(
                () -> {
                  all.countDown();
                  return all.await(10, TimeUnit.SECONDS);
                }));
      }
    }
    assertThat(tasks).allMatch(task -> Boolean.TRUE.equals(task.resultNow()));
  }
}
