// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What every executor promises, also while it is stopped or its surroundings misbehave.
class PoolContractTest {

  private static final StopReason DEPLOY = StopReason.requested("deploy");
  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));

  private final CountDownLatch begun = new CountDownLatch(1);

  private void sleepLong() {
    begun.countDown();
    Curfew.sleep(Duration.ofSeconds(30));
  }

  /// A pool whose only worker is busy.
  private StoppablePool busy() {
    var pool = StoppablePool.open("p", s -> s.withWorkers(1));
    var _ = pool.submit("runs", this::sleepLong);
    Await.until("the task has begun", () -> begun.getCount() == 0);
    return pool;
  }

  @Test
  void shutdownNowReturnsWhateverDidNotBegin() throws InterruptedException {
    for (int round = 0; round < 400; round++) {
      var pool = StoppablePool.open("p", s -> s.withWorkers(2));
      AtomicInteger ran = new AtomicInteger();
      int all = 200;
      for (int i = 0; i < all; i++) {
        pool.execute(ran::incrementAndGet);
      }
      List<Runnable> queued = pool.shutdownNow();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      assertThat(ran.get() + queued.size()).as("round %s", round).isEqualTo(all);
    }
  }

  @Test
  void shutdownNowReturnsEachTaskOnce() {
    var pool = busy();
    pool.execute(() -> {});
    assertThat(pool.shutdownNow()).hasSize(1);
    assertThat(pool.shutdownNow()).isEmpty();
    assertThat(pool.stopAndAwait(DEPLOY, PLAN).handedBack()).hasSize(1);
  }

  private AtomicReference<Object> invokeAny(StoppablePool pool, Thread[] caller) {
    AtomicReference<Object> got = new AtomicReference<>();
    caller[0] =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    got.set(pool.invokeAny(List.of(() -> 1, () -> 2)));
                  } catch (InterruptedException | ExecutionException | RuntimeException thrown) {
                    got.set(thrown);
                  }
                });
    return got;
  }

  @Test
  void aStopEndsInvokeAny() {
    var pool = busy();
    Thread[] caller = new Thread[1];
    AtomicReference<Object> got = invokeAny(pool, caller);
    Await.until("it waits", () -> caller[0].getState() == Thread.State.TIMED_WAITING);

    PoolReport report = pool.stopAndAwait(DEPLOY, PLAN);

    Await.until("it returns", () -> !caller[0].isAlive());
    assertThat(got.get())
        .isInstanceOfSatisfying(
            ExecutionException.class,
            thrown ->
                assertThat(thrown)
                    .hasCauseInstanceOf(CancellationException.class)
                    .hasMessageContaining("requested 'deploy'"));
    assertThat(report.handedBack()).hasSize(2);
  }

  @Test
  void anInterruptEndsInvokeAny() {
    var pool = busy();
    Thread[] caller = new Thread[1];
    AtomicReference<Object> got = invokeAny(pool, caller);
    Await.until("it waits", () -> caller[0].getState() == Thread.State.TIMED_WAITING);

    caller[0].interrupt();

    Await.until("it returns", () -> !caller[0].isAlive());
    assertThat(got.get()).isInstanceOf(InterruptedException.class);
    assertThat(pool.stopAndAwait(DEPLOY, PLAN).handedBack()).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller without it may
  void invokeAnyIsAsWithOthers() throws InterruptedException, ExecutionException, TimeoutException {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(2))) {
      IllegalStateException broken = new IllegalStateException("broken");
      Callable<Integer> fails =
          () -> {
            throw broken;
          };
      assertThat(pool.invokeAny(List.of(fails, () -> 2))).isEqualTo(2);
      assertThat(pool.invokeAny(List.of(fails, () -> 2), 10, TimeUnit.SECONDS)).isEqualTo(2);
      assertThatThrownBy(() -> pool.invokeAny(List.of(fails, fails)))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isSameAs(broken);
      assertThatThrownBy(() -> pool.invokeAny(Collections.<Callable<Integer>>emptyList()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> pool.invokeAny(null)).isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> pool.invokeAny(Arrays.<Callable<Integer>>asList(null, () -> 1)))
          .isInstanceOf(NullPointerException.class);
      Callable<Integer> slow =
          () -> {
            sleepLong();
            return 1;
          };
      assertThatThrownBy(() -> pool.invokeAny(List.of(slow), 1, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
    }
    var stopped = StoppablePool.open("p");
    stopped.shutdown();
    assertThatThrownBy(() -> stopped.invokeAny(List.of(() -> 1)))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void aHandlerThatFailsItselfStopsNothing() throws InterruptedException, ExecutionException {
    try (var pool = StoppablePool.open("p", s -> s.withWorkers(1))) {
      List<Throwable> told = new ArrayList<>();
      pool.execute(
          () -> {
            Thread.currentThread()
                .setUncaughtExceptionHandler(
                    (_, thrown) -> {
                      told.add(thrown);
                      throw new NoClassDefFoundError("of the logging");
                    });
            throw new IllegalStateException("broken");
          });
      assertThat(pool.submit("next", () -> told.size()).get()).isEqualTo(1);
    }
  }
}
