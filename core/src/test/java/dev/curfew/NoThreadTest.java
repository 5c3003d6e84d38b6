// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.process.OtherJvm;
import dev.curfew.sync.Latch;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What has to happen also where no thread can be had.
class NoThreadTest {
  @TempDir Path folder;

  /// Takes all threads that can be had.
  static final class Hoard implements AutoCloseable {

    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> taken = new ArrayList<>();

    Hoard() {
      Await.until("those of this library have ended", Hoard::noneOfOurs);
      try {
        while (true) {
          Thread one = Thread.ofPlatform().daemon().unstarted(this::stay);
          one.start();
          taken.add(one);
        }
      } catch (OutOfMemoryError noMore) {
        System.out.println("no thread left");
      }
    }

    private static boolean noneOfOurs() {
      return Thread.getAllStackTraces().keySet().stream()
          .noneMatch(thread -> thread.getName().startsWith("curfew-"));
    }

    private void stay() {
      while (over.getCount() > 0) {
        LockSupport.parkNanos(this, Duration.ofSeconds(1).toNanos());
      }
    }

    @Override
    public void close() {
      over.countDown();
      taken.forEach(LockSupport::unpark);
      Await.until("they have ended", () -> taken.stream().noneMatch(Thread::isAlive));
    }
  }

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
}
