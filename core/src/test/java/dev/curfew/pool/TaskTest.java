// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.curfew.Curfew;
import dev.curfew.Errands;
import dev.curfew.Outcome;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Tasks whose worker uses one errand for many of them.
class TaskTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final int PAIRS = 20_000;

  private final CountDownLatch full = new CountDownLatch(1);
  private final AtomicReference<@Nullable PoolTask<?>> asked = new AtomicReference<>();

  /// The stops come as their task ends, and all the time the next one begins.
  @Test
  void aLateStopReachesNoOtherTask() throws InterruptedException {
    List<PoolTask<?>> stopped = new ArrayList<>();
    List<PoolTask<?>> others = new ArrayList<>();
    CountDownLatch over = new CountDownLatch(1);
    Thread stopper = Thread.ofPlatform().start(() -> stopWhatIsAsked(over));
    try (var pool = StoppablePool.open("pool", s -> s.withWorkers(1))) {
      var _ = pool.submit(() -> full.await(20, TimeUnit.SECONDS));
      for (int i = 0; i < PAIRS; i++) {
        int at = i;
        stopped.add(pool.submit(() -> asked.set(stopped.get(at))));
        others.add(pool.submit(Thread::onSpinWait));
      }
      full.countDown();
    }
    over.countDown();
    assertThat(stopper.join(Duration.ofSeconds(20))).isTrue();
    for (PoolTask<?> other : others) {
      assertThat(other.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Succeeded.class, done -> assertThat(done.late()).isFalse());
    }
  }

  /// Its place may be known to who stops it, and a guest that runs one task has no next.
  @Test
  void aTaskThatSomebodyElseClaimedFirstLeavesNoPlaceBehind() {
    Crew crew = new Crew("pool", PoolSettings.defaults());
    var task = new Task<Integer>(crew, "taken", () -> 1);
    assertThat(task.claim()).isTrue();
    Errands row = Errands.of(crew.taskSettings());

    assertThat(task.claim(row)).isFalse();

    assertThat(Curfew.openScopes()).isEmpty();
  }

  private void stopWhatIsAsked(CountDownLatch over) {
    while (over.getCount() > 0) {
      PoolTask<?> task = asked.getAndSet(null);
      if (task != null) {
        boolean _ = task.stop(WHY);
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void afterItsEndATaskIsNotShownInTheTree() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("pool", s -> s.withWorkers(1))) {
      for (int i = 0; i < 100; i++) {
        boolean shown =
            pool.submit("it", () -> Curfew.openScopes().contains("pool/worker-1/it")).get();
        assertThat(shown).isTrue();
        assertThat(Curfew.openScopes()).containsExactly("pool");
      }
    }
  }

  /// Half of those who wait come before the end, the others at the same time or after it.
  @Test
  void allWhoWaitForATaskAreLetGo()
      throws InterruptedException, ExecutionException, TimeoutException {
    try (var pool = StoppablePool.open("pool", s -> s.withWorkers(1))) {
      for (int i = 0; i < 500; i++) {
        CountDownLatch go = new CountDownLatch(1);
        PoolTask<Integer> task =
            pool.submit(
                () -> {
                  boolean _ = go.await(20, TimeUnit.SECONDS);
                  return 7;
                });
        FutureTask<Integer> early = new FutureTask<>(task::get);
        FutureTask<Integer> late = new FutureTask<>(() -> task.get(20, TimeUnit.SECONDS));
        Thread _ = Thread.startVirtualThread(early);
        go.countDown();
        Thread _ = Thread.startVirtualThread(late);
        assertThat(early.get(20, TimeUnit.SECONDS)).isEqualTo(7);
        assertThat(late.get(20, TimeUnit.SECONDS)).isEqualTo(7);
        assertThat(task.resultNow()).isEqualTo(7);
      }
    }
  }

  @Test
  void theFutureOfWhatIsCancelledWhileItRunsIsOverAtOnceAndItsOutcomeComesLater()
      throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (var pool = StoppablePool.open("pool", s -> s.withWorkers(1))) {
      PoolTask<Integer> task =
          pool.submit(
              () -> {
                begun.countDown();
                boolean _ = go.await(20, TimeUnit.SECONDS);
                return 7;
              });
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(task.state()).isEqualTo(Future.State.RUNNING);
      assertThat(task.cancel(false)).isTrue();
      assertThat(task.cancel(true)).isFalse();
      assertThat(task.state()).isEqualTo(Future.State.CANCELLED);
      assertThat(task.outcome()).isEmpty();
      assertThat(task.toString()).isEqualTo("pool/task-1: cancelled, its body still runs");
      go.countDown();
      Await.until("it has ended", () -> task.outcome().isPresent());
      assertThat(task.outcome().orElseThrow()).isEqualTo(new Outcome.Succeeded<>(7, false));
      assertThat(task.isCancelled()).isTrue();
      assertThatExceptionOfType(CancellationException.class).isThrownBy(task::get);
    }
  }

  @Test
  void theCountsOfAllWorkersAreAdded() {
    var pool = StoppablePool.open("pool", s -> s.withWorkers(3));
    for (int i = 0; i < 300; i++) {
      var _ = pool.submit(Thread::onSpinWait);
      pool.execute(Thread::onSpinWait);
    }
    pool.close();
    assertThat(pool.toString()).contains(new TaskCounts(600, 0, 0, 0, 0).toString());
  }

  @Test
  void anObserverRunsOutsideOfItsTask() {
    Task<String> task = new Task<>(new Crew("pool", PoolSettings.defaults()), "it", () -> "");
    List<String> places = new ArrayList<>();
    task.onEnd(() -> places.add(StopReason.Origin.here().scope()));
    task.run();
    assertThat(places).containsExactly("");
    assertThat(task.isDone()).isTrue();
  }
}
