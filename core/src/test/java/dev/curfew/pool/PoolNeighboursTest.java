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
import dev.curfew.StopToken;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What a stop means for those who have to do with a pool: tasks that wait for each other, and
/// scopes whose callbacks hang.
class PoolNeighboursTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));

  private final CountDownLatch begun = new CountDownLatch(1);

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

  @Test
  void callbacksThatHangDoNotKeepItsStopFromComing() {
    CountDownLatch hang = new CountDownLatch(1);
    try (Scope app = Scope.open("app")) {
      var pool = StoppablePool.open("images");
      var _ = pool.submit("runs", this::sleepLong);
      awaitBegun();
      hangOnStop(app.token(), hang);
      app.stop(deploy());
      Await.until("the pool ends", pool::isTerminated);
      hang.countDown();
      assertThat(pool.report().orElseThrow().stop().reason().chain())
          .startsWith("parent app stopped <- requested 'deploy' by");
    }
    Await.until("the callbacks end", () -> Ledger.entries().isEmpty());
  }

  @Test
  void callbacksThatHangDoNotKeepASubmitterWaiting() {
    CountDownLatch hang = new CountDownLatch(1);
    CountDownLatch registered = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1).withQueue(1));
        Scope feeder = Scope.open("feeder")) {
      PoolTask<?> runs = pool.submit("runs", this::sleepLong);
      awaitBegun();
      var _ = pool.submit("waits", () -> 1);
      var _ =
          feeder.fork(
              "older", // its callbacks come before those of the submitter
              () -> {
                hangOnStop(Curfew.token(), hang);
                registered.countDown();
                Curfew.sleep(LONG);
              });
      Await.until("they are registered", () -> registered.getCount() == 0);
      Thread submitter =
          Thread.ofVirtual()
              .uncaughtExceptionHandler((thread, what) -> thrown.set(what))
              .start(feeder.bind("third", () -> pool.execute(() -> {})));
      Await.until("it waits", () -> submitter.getState() == Thread.State.WAITING);
      feeder.stop(deploy());
      Await.until("it was told", () -> thrown.get() != null);
      assertThat(thrown.get()).isInstanceOf(StoppedException.class);
      hang.countDown();
      runs.cancel(true);
    }
    Await.until("the callbacks end", () -> Ledger.entries().isEmpty());
  }

  /// Each is left behind after a second: too many for the bound of the test.
  private static void hangOnStop(StopToken token, CountDownLatch hang) {
    for (int i = 0; i < 60; i++) {
      var _ = token.onStop("hangs", () -> awaitQuietly(hang));
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      boolean _ = latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aTaskThatWaitsForOneThatIsHandedBackIsStoppedAndHasNotFailed() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1).withDrain(LONG));
    AtomicReference<PoolTask<?>> other = new AtomicReference<>();
    PoolTask<?> plain =
        pool.submit(
            "waits",
            () -> {
              begun.countDown();
              Await.until("it knows the other", () -> other.get() != null);
              return other.get().get();
            });
    awaitBegun();
    other.set(pool.submit("never", () -> 1));
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    assertThat(report.ended()).isEqualTo(new TaskCounts(0, 0, 1, 0, 0));
    assertThat(plain.outcome().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            end ->
                assertThat(end.reason().chain())
                    .startsWith("parent images stopped <- requested 'deploy' by"));
    assertThat(plain.isCancelled()).isTrue();
  }

  @Test
  void aTaskThatWrapsWhatItWaitedForIsStoppedToo() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1).withDrain(LONG));
    AtomicReference<PoolTask<?>> other = new AtomicReference<>();
    PoolTask<?> wraps =
        pool.submit(
            "waits",
            () -> {
              begun.countDown();
              Await.until("it knows the other", () -> other.get() != null);
              try {
                return other.get().get();
              } catch (CancellationException e) {
                throw new IOException("no preview", e);
              }
            });
    awaitBegun();
    other.set(pool.submit("never", () -> 1));
    var _ = pool.stopAndAwait(deploy(), PLAN);
    assertThat(wraps.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
  }

  @Test
  void inAnOpenPoolATaskFailsIfWhatItWaitsForIsCancelled() throws InterruptedException {
    try (var pool = StoppablePool.open("images", s -> s.withWorkers(1))) {
      PoolTask<?> waits =
          pool.submit(
              () -> {
                var other = pool.submit("other", () -> 1);
                other.cancel(true);
                return other.get();
              });
      assertThatThrownBy(waits::get).hasCauseInstanceOf(CancellationException.class);
      assertThat(waits.outcome().orElseThrow()).isInstanceOf(Outcome.Failed.class);
    }
  }

  /// As `StoppablePool` says; the work was not lost.
  @Test
  void aCompletableFutureWhoseStepWasHandedBackIsCompletedByRunningThat() {
    var pool = StoppablePool.open("images", s -> s.withWorkers(1));
    var _ = pool.submit("runs", this::sleepLong);
    awaitBegun();
    var step = CompletableFuture.supplyAsync(() -> 7, pool);
    PoolReport report = pool.stopAndAwait(deploy(), PLAN);
    assertThat(step).isNotDone();
    report.handedBack().forEach(HandedBack::run);
    assertThat(step).isCompletedWithValue(7);
  }
}
