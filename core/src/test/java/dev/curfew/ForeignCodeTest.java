// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.pool.Batch;
import dev.curfew.pool.PoolTask;
import dev.curfew.pool.StoppablePool;
import dev.curfew.worker.QueueWorker;
import dev.curfew.worker.Source;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Clocks and failures of others that come back to what asks them: none is asked inside a mutex,
/// which is not to be entered twice.
class ForeignCodeTest {

  private static final StopReason WHY = StopReason.requested("deploy");
  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(20));

  /// A clock that does something whenever it is asked.
  private static final class Clock implements TimeSource {
    private final AtomicReference<Runnable> atNanos = new AtomicReference<>(() -> {});
    private final AtomicReference<Runnable> atEquals = new AtomicReference<>(() -> {});

    @Override
    public long nanos() {
      atNanos.get().run();
      return System.nanoTime();
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      return TimeSource.system().alarm(atNanos, action);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      atEquals.get().run();
      return this == other;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  /// A failure that looks at something when it is told.
  private static final class Told extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient AtomicReference<@Nullable Object> looksAt = new AtomicReference<>();

    @Override
    public String getMessage() {
      return "it was " + looksAt.get();
    }
  }

  /// A thread that says that it is every other one of its kind.
  private static final class Twin extends Thread {
    Twin(Runnable body) {
      super(body);
      setDaemon(true);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Twin;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  /// Who spins cannot be interrupted, so a test that does is left behind.
  private static void bounded(Runnable body) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread = Thread.ofPlatform().daemon().start(() -> thrown.set(catchThrowable(body::run)));
    assertThat(thread.join(Duration.ofSeconds(20))).as("it came to its end").isTrue();
    assertThat(thrown.get()).isNull();
  }

  @Test
  void theClockOfOneThatComesAfterTheStop() throws InterruptedException {
    Clock clock = new Clock();
    StopNode above = StopNode.alone("above").addChild("timed", this, clock, null);
    boolean _ = above.stop(WHY);
    StopNode late = above.addFork("late", this, Thread.currentThread(), false);
    clock.atNanos.set(() -> assertThat(late.children()).isEmpty());
    bounded(() -> assertThat(late.lookAbove()).isInstanceOf(StopReason.ParentStopped.class));
  }

  @Test
  void theClockOfAScopeThatIsStoppedTwice() throws InterruptedException {
    Clock clock = new Clock();
    bounded(
        () ->
            assertThatThrownBy(
                    () ->
                        Scope.run(
                            "timed",
                            settings -> settings.withTime(clock),
                            scope -> {
                              boolean _ = scope.stop(WHY, PLAN);
                              clock.atEquals.set(
                                  () -> assertThat(scope.group().endOfStop()).isNotNull());
                              boolean _ = scope.stop(WHY, PLAN);
                              Curfew.checkpoint();
                              return null;
                            }))
                .isInstanceOf(StoppedException.class));
  }

  @Test
  void theClockOfAWorkerThatIsStoppedTwice() throws InterruptedException {
    Clock clock = new Clock();
    bounded(
        () -> {
          QueueWorker<String> worker =
              QueueWorker.open(
                  "timed",
                  Source.of(new LinkedBlockingQueue<String>()),
                  _ -> {},
                  settings -> settings.withTime(clock));
          worker.stop(WHY);
          clock.atEquals.set(() -> assertThat(worker.quiet()).isFalse());
          assertThat(worker.stopAndAwait(WHY, PLAN).items().claimed()).isZero();
        });
  }

  @Test
  void theFailureOfThePolicyOfABatch() throws InterruptedException {
    Told failure = new Told();
    Policy<String, Integer> policy =
        new Policy<>(
            () ->
                _ -> {
                  throw failure;
                },
            List::size);
    bounded(
        () -> {
          try (StoppablePool pool = StoppablePool.open("pool");
              Batch<String, Integer> batch = pool.batch("batch", policy)) {
            PoolTask<String> _ = batch.submit("task", () -> "done");
            failure.looksAt.set(batch);
            assertThatThrownBy(batch::join)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("it was ");
          }
        });
  }

  @Test
  void theFailureThatABatchWasStoppedFor() throws InterruptedException {
    Told failure = new Told();
    bounded(
        () -> {
          try (StoppablePool pool = StoppablePool.open("pool");
              Batch<String, ?> batch = pool.batch("batch", Policy.<String>collectAll())) {
            failure.looksAt.set(batch);
            batch.stop(new StopReason.SiblingFailed("other", failure, StopReason.Origin.here()));
            assertThatThrownBy(() -> batch.submit("late", () -> "never"))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("it was ");
          }
        });
  }

  @Test
  void threadsThatSayTheyAreEqualAreBothWanted() {
    Twin one = new Twin(() -> {});
    Twin other = new Twin(() -> {});
    assertThat(Wanted.of(List.of(one, other))).matches(both -> both.has(one) && both.has(other));
    assertThat(Wanted.of(List.of(one)).hasAll(List.of(other))).isFalse();
    assertThat(Wanted.of(List.of(one)).isSame(Wanted.of(List.of(other)))).isFalse();
  }

  @Test
  void threadsThatSayTheyAreEqualAreBothWoken() throws InterruptedException {
    Waiters waiters = new Waiters();
    AtomicBoolean ended = new AtomicBoolean();
    CountDownLatch waits = new CountDownLatch(1);
    Twin first =
        new Twin(
            () -> {
              try (Waiters.Place _ = waiters.enter()) {
                waits.countDown();
                while (!ended.get()) {
                  LockSupport.park(waiters);
                }
              }
            });
    Twin second = new Twin(() -> waiters.enter().close());
    first.start();
    assertThat(waits.await(20, TimeUnit.SECONDS)).isTrue();
    second.start();
    assertThat(second.join(Duration.ofSeconds(20))).as("the second has left").isTrue();
    ended.set(true);
    waiters.wake();
    assertThat(first.join(Duration.ofSeconds(20))).as("the first was woken").isTrue();
  }
}
