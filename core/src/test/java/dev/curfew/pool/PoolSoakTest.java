// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Curfew;
import dev.curfew.Outcome;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Stops at random moments: every task is accounted for exactly once.
class PoolSoakTest {

  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(20));
  private static final List<WhenFull> FULL = List.of(WhenFull.values());

  @Test
  void fiveHundredRandomStopsLoseNothing()
      throws InterruptedException, ExecutionException, TimeoutException {
    stopAtRandom(500);
  }

  @Test
  @Tag("soak")
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void aHundredThousandRandomStopsLoseNothing()
      throws InterruptedException, ExecutionException, TimeoutException {
    stopAtRandom(Integer.getInteger("curfew.soak.stops", 100_000));
  }

  private static void stopAtRandom(int stops)
      throws InterruptedException, ExecutionException, TimeoutException {
    Random random = new Random(20_260_101);
    StoppablePool pool = StoppablePool.open("soak");
    pool.close();
    for (int i = 0; i < stops; i++) {
      pool = pool.reopen(settings -> atRandom(random));
      new Round(pool, random).play();
    }
  }

  private static PoolSettings atRandom(Random random) {
    PoolSettings some =
        PoolSettings.defaults()
            .withWorkers(1 + random.nextInt(4))
            .withWhenFull(FULL.get(random.nextInt(3)))
            .withDrain(Duration.ofNanos(random.nextInt(3) * 50_000L));
    PoolSettings sized = random.nextBoolean() ? some.withQueue(1 + random.nextInt(4)) : some;
    return random.nextBoolean() ? sized.withVirtualThreads() : sized;
  }

  /// One pool's life.
  private static final class Round {
    private final StoppablePool pool;
    private final long seed;
    private final int pause;
    private final AtomicBoolean go = new AtomicBoolean();
    private final AtomicInteger bodies = new AtomicInteger();
    private final List<PoolTask<?>> accepted = new ArrayList<>();
    private int refused;

    Round(StoppablePool pool, Random random) {
      this.pool = pool;
      seed = random.nextLong();
      pause = random.nextInt(300);
    }

    void play() throws InterruptedException, ExecutionException, TimeoutException {
      Thread submitter = Thread.ofVirtual().start(this::submitAll);
      LockSupport.parkNanos(pause * 1_000L);
      PoolReport report = pool.stopAndAwait(StopReason.requested("soak"), PLAN);
      go.set(true);
      assertThat(submitter.join(Duration.ofSeconds(10))).isTrue();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      PoolReport last = pool.report().orElseThrow();
      assertThat(report.ended().abandoned()).isZero();
      assertThat(last.ended().total() + last.handedBack().size())
          .as("%s accepted, %s refused: %s", accepted.size(), refused, last)
          .isEqualTo(accepted.size());
      long ran = accepted.stream().filter(this::ran).count();
      assertThat(ran).isLessThanOrEqualTo(bodies.get());
      assertThat(accepted).allMatch(Future::isDone);
      assertThat(accepted).allMatch(task -> task.outcome().isPresent());
    }

    private boolean ran(PoolTask<?> task) {
      return task.outcome().orElseThrow() instanceof Outcome.Succeeded<?>
          || task.outcome().orElseThrow() instanceof Outcome.Failed<?>;
    }

    private void submitAll() {
      Random random = new Random(seed);
      for (int i = 0; i < 12; i++) {
        int kind = random.nextInt(5);
        try {
          PoolTask<Integer> task = pool.submit("t" + i, () -> body(kind));
          accepted.add(task);
          if (random.nextInt(6) == 0) {
            boolean _ = task.cancel(random.nextBoolean());
          }
        } catch (RejectedExecutionException e) {
          refused++;
        }
      }
    }

    private int body(int kind) {
      bodies.incrementAndGet();
      switch (kind) {
        case 0 -> throw new IllegalStateException("throws");
        case 1 -> Curfew.sleep(Duration.ofMillis(20));
        case 2 -> Curfew.checkpoint();
        case 3 -> LockSupport.parkNanos(30_000);
        default -> {
          while (!Curfew.token().isStopped() && !go.get()) {
            Thread.onSpinWait();
          }
        }
      }
      return kind;
    }
  }
}
