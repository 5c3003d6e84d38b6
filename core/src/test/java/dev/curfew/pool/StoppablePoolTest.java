// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.DeadlineExceededException;
import dev.curfew.Outcome;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The contract of `ExecutorService`, and what a single task promises.
class StoppablePoolTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final CountDownLatch go = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);

  private Void waitForGo() throws InterruptedException {
    begun.countDown();
    assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
    return null;
  }

  private void awaitBegun() {
    Await.until("the task has begun", () -> begun.getCount() == 0);
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what callers must not pass
  private static <T> T none() {
    return null;
  }

  private static void awaitOutcome(PoolTask<?> task) {
    Await.until("the body has ended", () -> task.outcome().isPresent());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void runsWhatIsSubmitted(boolean virtual) throws InterruptedException, ExecutionException {
    try (var pool =
        StoppablePool.open("p", s -> virtual ? s.withVirtualThreads() : s.withPlatformThreads())) {
      PoolTask<Integer> named = pool.submit("six", () -> 6);
      PoolTask<Integer> plain = pool.submit(() -> 7);
      AtomicInteger ran = new AtomicInteger();
      Future<String> valued = pool.submit(ran::incrementAndGet, "done");
      assertThat(pool.submit(ran::incrementAndGet).get()).isNotNull();
      assertThat(pool.submit("void", (Runnable) ran::incrementAndGet).get()).isNull();
      pool.execute(ran::incrementAndGet);
      assertThat(named.get()).isEqualTo(6);
      assertThat(plain.get()).isEqualTo(7);
      assertThat(valued.get()).isEqualTo("done");
      assertThat(named.outcome()).contains(new Outcome.Succeeded<>(6, false));
      assertThat(named.name()).isEqualTo("six");
      assertThat(plain.name()).isEqualTo("task-2");
      Await.until("all ran", () -> ran.get() == 4);
      boolean isVirtual = pool.submit(() -> Thread.currentThread().isVirtual()).get();
      assertThat(isVirtual).isEqualTo(virtual);
    }
  }

  @Test
  void refusesNull() {
    try (var pool = StoppablePool.open("p")) {
      assertThatThrownBy(() -> pool.submit(StoppablePoolTest.<Callable<Integer>>none()))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> pool.submit(StoppablePoolTest.<Runnable>none()))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> pool.submit(none(), 1)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> pool.execute(none())).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> pool.submit("x", StoppablePoolTest.<Callable<Integer>>none()))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> pool.invokeAll(none())).isInstanceOf(NullPointerException.class);
    }
  }

  @Test
  void aThrowingTaskFailsAndItsWorkerGoesOn() throws InterruptedException, ExecutionException {
    IOException failure = new IOException("no route");
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      PoolTask<?> task =
          pool.submit(
              "fails",
              () -> {
                throw failure;
              });
      assertThatThrownBy(task::get).isInstanceOf(ExecutionException.class).hasCause(failure);
      assertThat(task.outcome().orElseThrow().word()).isEqualTo("failed: " + failure);
      assertThat(task.state()).isEqualTo(Future.State.FAILED);
      assertThat(pool.submit(() -> 1).get()).isEqualTo(1);
    }
  }

  @Test
  void anExecutedTaskThatThrowsIsToldToTheHandlerOfItsThread() {
    AtomicReference<Throwable> told = new AtomicReference<>();
    IllegalStateException failure = new IllegalStateException("broken");
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      pool.execute(
          () -> {
            Thread.currentThread()
                .setUncaughtExceptionHandler((thread, thrown) -> told.set(thrown));
            throw failure;
          });
    }
    assertThat(told.get()).isSameAs(failure);
  }

  @Test
  void invokeAllReturnsWhenAllAreDone() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(2))) {
      List<Future<Integer>> all = pool.invokeAll(List.of(() -> 1, () -> 2, () -> 3));
      assertThat(all).extracting(Future::resultNow).containsExactly(1, 2, 3);
    }
  }

  @Test
  void invokeAnyReturnsOneResultAndStopsTheRest() throws InterruptedException, ExecutionException {
    AtomicBoolean stopped = new AtomicBoolean();
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(2))) {
      Callable<String> slow =
          () -> {
            begun.countDown();
            try {
              Curfew.sleep(LONG);
            } finally {
              stopped.set(Curfew.token().isStopped());
            }
            return "slow";
          };
      Callable<String> quick =
          () -> {
            awaitBegun();
            return "quick";
          };
      assertThat(pool.invokeAny(List.of(slow, quick))).isEqualTo("quick");
    }
    assertThat(stopped).isTrue();
  }

  @Test
  void invokeAllStopsWhatIsNotDoneInTime() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      List<Callable<Void>> slow = List.of(this::waitForGo, this::waitForGo);
      List<Future<Void>> all = pool.invokeAll(slow, 1, TimeUnit.MILLISECONDS);
      assertThat(all).allMatch(Future::isCancelled);
    }
  }

  @Test
  void cancelStopsTheRunningTaskAndOnlyThat() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      PoolTask<?> task = pool.submit("waits", this::waitForGo);
      awaitBegun();
      assertThat(task.cancel(true)).isTrue();
      assertThat(task.isDone()).isTrue();
      assertThat(task.state()).isEqualTo(Future.State.CANCELLED);
      assertThat(task.cancel(true)).isFalse();
      awaitOutcome(task);
      assertThat(task.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Stopped.class,
              stopped ->
                  assertThat(stopped.reason()).isInstanceOf(StopReason.FutureCancelled.class));
      assertThatThrownBy(task::get)
          .isInstanceOf(CancellationException.class)
          .hasMessageContaining("p/waits: stopped, future cancelled by");
      boolean flag = pool.submit(() -> Thread.currentThread().isInterrupted()).get();
      assertThat(flag).isFalse();
    }
  }

  @Test
  void cancelWithoutInterruptLetsTheRunningTaskEnd() {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      PoolTask<?> task = pool.submit("waits", this::waitForGo);
      awaitBegun();
      assertThat(task.cancel(false)).isTrue();
      assertThat(task.isCancelled()).isTrue();
      assertThat(task.outcome()).isEmpty();
      go.countDown();
      awaitOutcome(task);
      assertThat(task.outcome().orElseThrow().word()).isEqualTo("succeeded");
    }
  }

  @Test
  void aTaskThatIsCancelledInTheQueueNeverStarts() {
    AtomicBoolean ran = new AtomicBoolean();
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      var _ = pool.submit("first", this::waitForGo);
      awaitBegun();
      PoolTask<?> second = pool.submit("second", () -> ran.set(true));
      assertThat(second.cancel(false)).isTrue();
      assertThat(second.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
      go.countDown();
    }
    assertThat(ran).isFalse();
  }

  @Test
  void anInterruptThatATaskLeavesBehindDoesNotReachTheNext()
      throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      var _ = pool.submit(() -> Thread.currentThread().interrupt()).get();
      boolean flag = pool.submit(() -> Thread.currentThread().isInterrupted()).get();
      assertThat(flag).isFalse();
    }
  }

  @Test
  void anInterruptFromOutsideIsAStopAndNoFailure() {
    AtomicReference<Thread> thread = new AtomicReference<>();
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      PoolTask<?> task =
          pool.submit(
              "waits",
              () -> {
                thread.set(Thread.currentThread());
                return waitForGo();
              });
      awaitBegun();
      thread.get().interrupt();
      awaitOutcome(task);
      assertThat(task.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Stopped.class,
              end -> assertThat(end.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
      Await.until("the future follows", task::isCancelled);
    }
  }

  @Test
  void eachTaskHasAScopeOfItsOwn() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1))) {
      String place = pool.submit("convert", () -> Curfew.token().toString()).get();
      assertThat(place).isEqualTo("images/worker-1/convert: not stopped");
    }
  }

  @Test
  void aTaskThatRunsOutOfTimeHasFailedForThatReason() {
    try (var pool = StoppablePool.open("p", s -> s.withDeadline(Duration.ofMillis(1)))) {
      PoolTask<?> task = pool.submit("slow", () -> Curfew.sleep(LONG));
      assertThatThrownBy(task::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(DeadlineExceededException.class);
      assertThat(task.outcome().orElseThrow()).isInstanceOf(Outcome.DeadlineExceeded.class);
    }
  }

  /// Often, as the time may be up between any two steps of the worker.
  @Test
  void soHasOneWhoseTimeWasUpBeforeItBegan() {
    try (var pool = StoppablePool.open("p", s -> s.withDeadline(Duration.ofNanos(1)))) {
      for (int i = 0; i < 2_000; i++) {
        PoolTask<?> task = pool.submit("slow", () -> Curfew.sleep(LONG));
        assertThatThrownBy(task::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(DeadlineExceededException.class);
      }
    }
  }

  @Test
  void shutdownRunsWhatWasAcceptedAndRefusesTheRest()
      throws InterruptedException, ExecutionException {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    List<PoolTask<Integer>> accepted = new ArrayList<>();
    var _ = pool.submit(this::waitForGo);
    for (int i = 0; i < 100; i++) {
      int value = i;
      accepted.add(pool.submit(() -> value));
    }
    pool.shutdown();
    pool.shutdown();
    assertThat(pool.isShutdown()).isTrue();
    assertThat(pool.isTerminated()).isFalse();
    assertThatThrownBy(() -> pool.submit("late", () -> 1))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("images takes no more tasks, 'late' was refused: shutdown was called");
    assertThat(pool.awaitTermination(1, TimeUnit.NANOSECONDS)).isFalse();
    go.countDown();
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(pool.isTerminated()).isTrue();
    assertThat(accepted).allMatch(task -> task.state() == Future.State.SUCCESS);
    assertThat(pool.report()).isEmpty();
  }

  @Test
  void anIdlePoolThatNeverRanATerminates() throws InterruptedException, ExecutionException {
    var pool = StoppablePool.open("p");
    pool.shutdown();
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void awaitTerminationEndsByInterrupt() {
    try (var pool = StoppablePool.open("p")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> pool.awaitTermination(30, TimeUnit.SECONDS))
          .isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void getIsBounded() {
    try (var pool = StoppablePool.open("p")) {
      PoolTask<?> task = pool.submit(this::waitForGo);
      assertThatThrownBy(() -> task.get(1, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      go.countDown();
    }
  }

  @Test
  void aFullPoolThatRefusesSaysSo() {
    try (var pool =
        StoppablePool.open(
            "images", s -> s.withWorkers(1).withQueue(1).withWhenFull(WhenFull.REFUSE))) {
      var _ = pool.submit(this::waitForGo);
      awaitBegun();
      var _ = pool.submit("waits", () -> 1);
      assertThatThrownBy(() -> pool.submit("third", () -> 1))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage(
              "images is full (1 tasks wait): 'third' was refused; submit it later, or open the"
                  + " pool with a longer queue or another WhenFull");
      go.countDown();
    }
  }

  @Test
  void aFullPoolCanHaveTheSubmitterRunTheTask() {
    try (var pool =
        StoppablePool.open(
            "images", s -> s.withWorkers(1).withQueue(1).withWhenFull(WhenFull.RUN_HERE))) {
      var _ = pool.submit(this::waitForGo);
      awaitBegun();
      var _ = pool.submit("waits", () -> 1);
      PoolTask<Thread> here = pool.submit("here", Thread::currentThread);
      assertThat(here.resultNow()).isSameAs(Thread.currentThread());
      go.countDown();
    }
  }

  @Test
  void aSubmitterWaitsForAPlace() {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1).withQueue(1))) {
      var _ = pool.submit(this::waitForGo);
      awaitBegun();
      var _ = pool.submit("waits", () -> 1);
      AtomicReference<PoolTask<Integer>> third = new AtomicReference<>();
      Thread submitter = Thread.ofVirtual().start(() -> third.set(pool.submit("third", () -> 3)));
      Await.until("it waits", () -> submitter.getState() == Thread.State.WAITING);
      go.countDown();
      Await.until("it got its place", () -> third.get() != null);
    }
  }

  @Test
  void anInterruptedSubmitterIsRefusedAndKeepsItsFlag() {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1).withQueue(1))) {
      var _ = pool.submit(this::waitForGo);
      awaitBegun();
      var _ = pool.submit("waits", () -> 1);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> pool.submit("third", () -> 1))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("images is full (1 tasks wait), and the thread was interrupted");
      assertThat(Thread.interrupted()).isTrue();
      go.countDown();
    }
  }

  @Test
  void settingsAreChecked() {
    PoolSettings fine = PoolSettings.defaults();
    assertThatThrownBy(() -> fine.withWorkers(0)).hasMessage("workers must be at least 1, was 0");
    assertThatThrownBy(() -> fine.withQueue(0)).hasMessage("queue must be at least 1, was 0");
    assertThatThrownBy(() -> fine.withDrain(Duration.ofSeconds(-1)))
        .hasMessage("drain must not be negative, was PT-1S");
    assertThatThrownBy(() -> fine.withDeadline(Duration.ofSeconds(-1)))
        .hasMessage("deadline must not be negative, was PT-1S");
  }
}
