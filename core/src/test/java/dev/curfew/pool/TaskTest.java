// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Curfew;
import dev.curfew.Outcome;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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

  @Test
  void anObserverRunsOutsideOfItsTask() {
    Task<String> task = new Task<>(new Crew("pool", PoolSettings.defaults()), "it", () -> "", null);
    List<String> places = new ArrayList<>();
    task.onEnd(() -> places.add(StopReason.Origin.here().scope()));
    task.run();
    assertThat(places).containsExactly("");
    assertThat(task.isDone()).isTrue();
  }
}
