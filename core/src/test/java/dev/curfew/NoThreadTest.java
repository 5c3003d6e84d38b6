// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.pool.PoolTask;
import dev.curfew.pool.StoppablePool;
import dev.curfew.process.OtherJvm;
import dev.curfew.sync.Latch;
import dev.curfew.testkit.Await;
import dev.curfew.worker.QueueWorker;
import dev.curfew.worker.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What has to happen also where no thread can be had.
class NoThreadTest {
  @TempDir Path folder;

  private static void say(String what) {
    System.out.println(what);
  }

  /// Two scopes, one of them stopped.
  static final class Owner {
    private Owner() {}

    public static void main(String[] none) {
      try (Hoard _ = new Hoard()) {
        Scope.run(
            "ends",
            scope -> {
              scope.own("one", () -> 1, it -> say("released " + it));
              scope.own("two", () -> 2, it -> say("released " + it));
              return null;
            });
        Scope.run(
            "is stopped",
            scope -> {
              scope.own("three", () -> 3, Owner::release);
              boolean _ = scope.stop(StopReason.requested("no more"));
              return null;
            });
      }
    }

    private static void release(int it) {
      Curfew.checkpoint();
      say("released " + it + ", stopped: " + Curfew.token().isStopped());
    }
  }

  @Test
  void whatAScopeOwnsIsReleasedByTheThreadThatEndsIt() throws IOException, InterruptedException {
    assertThat(OtherJvm.withFewThreads(folder, Owner.class))
        .isEqualTo(
            """
            no thread left
            released 2
            released 1
            released 3, stopped: false
            """);
  }

  /// What is shared, and used until there is no thread left.
  static final class LastUser {
    private LastUser() {}

    public static void main(String[] none) {
      var shared = Shared.of("shared", () -> "it", it -> say("released " + it));
      try (Hoard _ = new Hoard()) {
        Shared.Use<String> use = shared.use();
        boolean _ = shared.retire(StopReason.requested("no more"));
        use.close();
        say("released: " + shared.isReleased());
        shared.close();
      }
    }
  }

  @Test
  void whatIsSharedIsReleasedByItsLastUser() throws IOException, InterruptedException {
    assertThat(OtherJvm.withFewThreads(folder, LastUser.class))
        .isEqualTo("no thread left\nreleased it\nreleased: true\n");
  }

  /// Forks that wait, more than a stop wakes by itself.
  static final class Stopper {
    private static final int FORKS = 3000;

    private Stopper() {}

    public static void main(String[] none) {
      var latch = new Latch("never", 1);
      var threads = new ConcurrentLinkedQueue<Thread>();
      var woken = new AtomicInteger();
      var called = new CountDownLatch(1);
      try (Scope scope = Scope.open("s")) {
        for (int i = 0; i < FORKS; i++) {
          var _ = scope.fork("waits", () -> awaitStop(threads, latch, woken));
        }
        Await.until("all wait", () -> waiting(threads) == FORKS);
        var _ = scope.token().onStop("tells", called::countDown);
        try (Hoard _ = new Hoard()) {
          boolean _ = scope.stop(StopReason.requested("no more"));
          Await.until("all are woken", () -> woken.get() == FORKS);
          say("all woken");
        }
        Await.until("the callback ran", () -> called.getCount() == 0);
        say("called back");
      }
    }

    private static long waiting(Queue<Thread> threads) {
      return threads.stream().filter(each -> each.getState() == Thread.State.WAITING).count();
    }

    private static void awaitStop(Queue<Thread> threads, Latch latch, AtomicInteger woken) {
      threads.add(Thread.currentThread());
      try {
        latch.await();
      } catch (StoppedException e) {
        woken.incrementAndGet();
        throw e;
      }
    }
  }

  @Test
  void aStopWakesAllWhoWait() throws IOException, InterruptedException {
    assertThat(OtherJvm.withFewThreads(folder, Stopper.class))
        .isEqualTo("no thread left\nall woken\ncalled back\n");
  }

  /// A fork in a call that only an action frees.
  static final class Freed {
    private Freed() {}

    public static void main(String[] none) {
      var begun = new CountDownLatch(1);
      var freed = new CountDownLatch(1);
      try (Scope scope = Scope.open("s")) {
        Fork<?> fork =
            scope.fork(
                "waits",
                () ->
                    Curfew.blocking(
                        Unblocking.by(freed::countDown).then(Duration.ofSeconds(60), () -> {}),
                        () -> awaitDeafly(begun, freed)));
        Await.until("it has begun", () -> begun.getCount() == 0);
        try (Hoard _ = new Hoard()) {
          boolean _ = scope.stop(StopReason.requested("no more"));
          Await.until("it has ended", fork::hasEnded);
          say("freed");
        }
      }
    }

    private static int awaitDeafly(CountDownLatch begun, CountDownLatch freed) {
      begun.countDown();
      while (freed.getCount() > 0) {
        LockSupport.parkNanos(1_000_000);
      }
      Curfew.checkpoint();
      return 1;
    }
  }

  @Test
  void anActionFreesItsCallThoughNoAlarmForTheNextCanBeSet()
      throws IOException, InterruptedException {
    assertThat(OtherJvm.withFewThreads(folder, Freed.class)).isEqualTo("no thread left\nfreed\n");
  }

  /// A pool that can have one of its two workers.
  static final class Pooled {
    private static final int ROUNDS = 200;

    private Pooled() {}

    public static void main(String[] none) throws InterruptedException, ExecutionException {
      var begun = new CountDownLatch(1);
      var go = new CountDownLatch(1);
      try (var pool = StoppablePool.open("pool", s -> s.withWorkers(2))) {
        PoolTask<Boolean> first =
            pool.submit("first", () -> begin(begun) && go.await(20, TimeUnit.SECONDS));
        Await.until("it has begun", () -> begun.getCount() == 0);
        try (Hoard _ = new Hoard()) {
          say("second: " + refused(pool, "second"));
          go.countDown();
          say("first: " + first.get());
          int refused = 0;
          for (int round = 0; round < ROUNDS; round++) {
            refused += refused(pool, "a") == 1 ? 1 : 0;
            refused += refused(pool, "b") == 1 ? 1 : 0;
          }
          say("open: " + !pool.isShutdown() + ", some ran: " + (refused < 2 * ROUNDS));
        }
        say("afterwards: " + refused(pool, "last"));
      }
    }

    private static boolean begin(CountDownLatch begun) {
      begun.countDown();
      return true;
    }

    private static int refused(StoppablePool pool, String task) {
      try {
        var _ = pool.submit(task, () -> 1);
        return 0;
      } catch (OutOfMemoryError noThread) {
        return 1;
      }
    }
  }

  @Test
  void aPoolGoesOnWithTheWorkersItHas() throws IOException, InterruptedException {
    assertThat(OtherJvm.withFewThreads(folder, Pooled.class))
        .isEqualTo(
            """
            no thread left
            second: 1
            first: true
            open: true, some ran: true
            afterwards: 0
            """);
  }

  /// A worker that can have its keeper, and nobody who claims.
  static final class Unclaimed {
    private Unclaimed() {}

    public static void main(String[] none) {
      var queue = new LinkedBlockingQueue<>(List.of("item"));
      try (Hoard hoard = new Hoard()) {
        hoard.giveOne();
        var _ = QueueWorker.open("worker", Source.of(queue), _ -> say("handled"));
      } catch (IllegalStateException e) {
        say(e.getMessage() + ": " + e.getCause().getClass().getSimpleName());
      }
      say(queue + ", " + Ledger.entries());
    }
  }

  @Test
  void whoOpensAWorkerIsToldThatNobodyCanClaim() throws IOException, InterruptedException {
    assertThat(OtherJvm.withFewThreads(folder, Unclaimed.class))
        .isEqualTo(
            """
            no thread left
            worker could not be opened: it could not begin: OutOfMemoryError
            [item], []
            """);
  }
}
