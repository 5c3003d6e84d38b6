// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.pool.StoppablePool;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A resource of which every thread has its own.
class PerThreadTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final StopReason DEPLOY = StopReason.requested("deploy");

  private final List<String> events = new CopyOnWriteArrayList<>();
  private final AtomicInteger opened = new AtomicInteger();
  private final CountDownLatch go = new CountDownLatch(1);

  /// Each is the name of the thread that has opened it.
  private PerThread<String> parsers(Scope scope) {
    return PerThread.in(scope, "parser", this::open, it -> events.add("released " + it));
  }

  private String open() {
    opened.incrementAndGet();
    return Thread.currentThread().getName();
  }

  @Test
  void aForkReleasesItsOwnWhenItsBodyHasLeft() {
    List<Thread> threads = new CopyOnWriteArrayList<>();
    Scope.run(
        "app",
        scope -> {
          PerThread<String> parsers =
              PerThread.in(
                  scope,
                  "parser",
                  this::open,
                  it -> {
                    threads.add(Thread.currentThread());
                    events.add("released " + it + ", " + Curfew.token().isStopped());
                  });
          Fork<Thread> fork =
              scope.fork(
                  "parses",
                  () -> {
                    assertThat(parsers.get()).isSameAs(parsers.get());
                    assertThat(parsers).hasToString("'parser': open in 1 threads");
                    events.add("body left");
                    return Thread.currentThread();
                  });
          assertThat(fork.join(LONG)).isTrue();
          assertThat(events).containsExactly("body left", "released parses, false");
          assertThat(threads).containsExactly(fork.get());
          assertThat(parsers.open()).isZero();
          assertThat(parsers.name()).isEqualTo("parser");
          return null;
        });
    assertThat(opened).hasValue(1);
    assertThat(events).hasSize(2);
  }

  @Test
  void severalAreReleasedLastAcquiredFirst() {
    Scope.run(
        "app",
        scope -> {
          PerThread<String> first =
              PerThread.in(scope, "one", () -> "one", it -> events.add("released " + it));
          PerThread<String> last =
              PerThread.in(scope, "two", () -> "two", it -> events.add("released " + it));
          scope.fork("uses both", () -> events.add(first.get() + last.get()));
          return null;
        });
    assertThat(events).containsExactly("onetwo", "released two", "released one");
  }

  @Test
  void aStoppedForkReleasesItShielded() {
    Scope.run(
        "app",
        scope -> {
          CountDownLatch in = new CountDownLatch(1);
          PerThread<String> parsers =
              PerThread.in(
                  scope,
                  "parser",
                  this::open,
                  it -> {
                    assertThat(new CountDownLatch(1).await(1, TimeUnit.MILLISECONDS)).isFalse();
                    Curfew.sleep(Duration.ofMillis(1));
                    events.add("released " + it);
                  });
          Fork<?> fork =
              scope.fork(
                  "waits",
                  () -> {
                    String mine = parsers.get();
                    in.countDown();
                    Curfew.sleep(LONG);
                    return mine;
                  });
          Latches.await(in);
          fork.stop(DEPLOY);
          assertThat(fork.join(LONG)).isTrue();
          assertThat(fork.outcome()).containsInstanceOf(Outcome.Stopped.class);
          assertThat(events).containsExactly("released waits");
          return null;
        });
  }

  @Test
  void theEndOfTheScopeReleasesWhatThreadsOfOthersHaveOpened() {
    CountDownLatch in = new CountDownLatch(1);
    AtomicReference<@Nullable Thread> other = new AtomicReference<>();
    Scope.run(
        "app",
        scope -> {
          scope.own("below", () -> "below", it -> events.add("released " + it));
          PerThread<String> parsers = parsers(scope);
          other.set(Thread.ofVirtual().name("other").start(() -> openAndWait(parsers, in)));
          Latches.await(in);
          scope.own("above", () -> "above", it -> events.add("released " + it));
          assertThat(parsers.get()).isEqualTo(Thread.currentThread().getName());
          assertThat(parsers.open()).isEqualTo(2);
          return null;
        });
    assertThat(events).hasSize(4).startsWith("released above").endsWith("released below");
    assertThat(events).contains("released other");
    go.countDown();
    Thread thread = other.get();
    Await.until("it has ended", () -> thread != null && !thread.isAlive());
  }

  private void openAndWait(PerThread<String> parsers, CountDownLatch in) {
    assertThat(parsers.get()).isNotEmpty();
    in.countDown();
    waitDeafly(go);
  }

  @Test
  void aScopeInsideOfAForkReleasesWhatThatForkHasOpenedInIt() {
    Scope.run(
        "app",
        outer -> {
          outer.fork(
              "works",
              () -> {
                for (int i = 0; i < 2; i++) {
                  Scope.run("inner", scope -> events.add("uses " + parsers(scope).get()));
                }
                events.add("body left");
              });
          return null;
        });
    assertThat(events)
        .containsExactly(
            "uses works", "released works", "uses works", "released works", "body left");
  }

  @Test
  void aWorkerOfAPoolReleasesItsOwnWhenItEnds() {
    Scope.run(
        "app",
        scope -> {
          PerThread<String> parsers = parsers(scope);
          try (StoppablePool pool = StoppablePool.open("pool", s -> s.withWorkers(1))) {
            for (int i = 0; i < 3; i++) {
              pool.execute(() -> events.add("uses " + parsers.get().contains("worker")));
            }
          }
          assertThat(opened).hasValue(1);
          assertThat(events).hasSize(4).last().asString().contains("released", "worker-1");
          return null;
        });
  }

  @Test
  void whatACallThatWasDetachedHasOpenedIsLeftToTheScope() {
    Scope.run(
        "app",
        scope -> {
          PerThread<String> parsers = parsers(scope);
          scope.fork(
              "asks",
              () -> {
                String name = Curfew.detached("detached", parsers::get, _ -> {});
                events.add("got " + name);
                return null;
              });
          scope.join();
          assertThat(events).containsExactly("got detached");
          return null;
        });
    assertThat(events).containsExactly("got detached", "released detached");
  }

  @Test
  void openingThatFailsIsTriedAgainByTheNextCall() {
    Scope.run(
        "app",
        scope -> {
          PerThread<String> parsers =
              PerThread.in(
                  scope,
                  "parser",
                  () -> {
                    if (opened.incrementAndGet() == 1) {
                      throw new IOException("no file");
                    }
                    return "parser";
                  },
                  it -> events.add("released"));
          assertThatThrownBy(parsers::get)
              .isInstanceOf(AcquireFailedException.class)
              .hasMessage("'parser' could not be acquired: java.io.IOException: no file");
          assertThat(parsers.get()).isEqualTo("parser");
          return null;
        });
    assertThat(events).containsExactly("released");
  }

  @Test
  void aStopInterruptsTheOpening() {
    Scope.run(
        "app",
        scope -> {
          CountDownLatch in = new CountDownLatch(1);
          PerThread<String> parsers =
              PerThread.in(
                  scope,
                  "parser",
                  () -> {
                    in.countDown();
                    assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
                    return "parser";
                  },
                  it -> events.add("released"));
          Fork<String> fork = scope.fork("opens", parsers::get);
          Latches.await(in);
          fork.stop(DEPLOY);
          assertThat(fork.join(LONG)).isTrue();
          assertThat(fork.outcome()).containsInstanceOf(Outcome.Stopped.class);
          return null;
        });
    assertThat(events).isEmpty();
  }

  @Test
  void whatReleasesThrowIsToldByTheScopeAndKeepsNoOtherFromRunning() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      own(scope, "first");
                      PerThread<String> parsers =
                          PerThread.in(
                              scope,
                              "parser",
                              this::open,
                              it -> {
                                throw new IOException("cannot close that of " + it);
                              });
                      Fork<String> fork = scope.fork("parses", parsers::get);
                      scope.join();
                      assertThat(fork.get()).isEqualTo("parses");
                      assertThat(parsers.get()).isNotEmpty();
                      return null;
                    }));
    assertThat(thrown).hasMessage("a resource of app was not released properly");
    List<Throwable> all = new ArrayList<>(List.of(thrown.getSuppressed()));
    all.add(thrown.getCause());
    assertThat(all)
        .extracting(Throwable::getMessage)
        .hasSize(2)
        .contains("cannot close that of parses");
    assertThat(events).containsExactly("released first");
  }

  private void own(Scope scope, String name) {
    assertThat(scope.own(name, () -> name, it -> events.add("released " + it))).isEqualTo(name);
  }

  @Test
  void aReleaseThatHangsInAForkIsWokenWhenItsBudgetIsOver() {
    ManualTime time = new ManualTime();
    CountDownLatch hangs = new CountDownLatch(1);
    Body<String, RuntimeException> app =
        () ->
            Scope.run(
                "app",
                s -> s.withTime(time).withRelease(Duration.ofSeconds(1)),
                scope -> {
                  PerThread<String> parsers =
                      PerThread.in(
                          scope,
                          "parser",
                          this::open,
                          it -> {
                            hangs.countDown();
                            assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
                          });
                  return scope.fork("parses", parsers::get).name();
                });
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    Thread owner = Thread.ofVirtual().start(() -> thrown.set(catchThrowable(app::run)));
    Latches.await(hangs);
    time.awaitAlarms(1);
    time.advance(Duration.ofSeconds(1));
    Await.until("the scope has ended", () -> !owner.isAlive());
    assertThat(thrown.get())
        .hasMessage("a resource of app was not released properly")
        .hasRootCauseInstanceOf(InterruptedException.class)
        .cause()
        .hasMessage("the release of 'parser' in app was cut short: its budget of PT1S was over");
  }

  @Test
  void anAbandonedForkKeepsItsOwnUntilItEnds() {
    CountDownLatch in = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> late = new AtomicReference<>();
    Scope.run(
        "app",
        scope -> {
          PerThread<String> parsers = parsers(scope);
          PerThread<String> others = parsers(scope);
          Scope inner = Scope.open("inner", s -> s.withPlan(StopPlan.within(Duration.ZERO)));
          inner.fork(
              "deaf",
              () -> {
                openAndWait(parsers, in);
                events.add("used");
                late.set(catchThrowable(others::get));
              });
          Latches.await(in);
          inner.stop(DEPLOY);
          assertThatThrownBy(inner::close).isInstanceOf(AbandonedException.class);
          return null;
        });
    assertThat(events).isEmpty();
    go.countDown();
    Await.until("it is released", () -> events.size() == 2);
    assertThat(events).containsExactly("used", "released deaf");
    assertThat(late.get()).hasMessage("app has ended: 'parser' cannot be acquired in it any more");
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void aReleaseThatFailsWhenTheScopeIsGoneIsToldToTheHandler() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    List<Throwable> told = new CopyOnWriteArrayList<>();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> told.add(thrown));
    try {
      CountDownLatch in = new CountDownLatch(1);
      Scope.run("app", scope -> abandonOneWhoseReleaseFails(scope, in));
      assertThat(told).isEmpty();
      go.countDown();
      Await.until("it is told", () -> !told.isEmpty());
      assertThat(told).singleElement().isInstanceOf(IOException.class);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  private String abandonOneWhoseReleaseFails(Scope scope, CountDownLatch in) {
    PerThread<String> parsers =
        PerThread.in(
            scope,
            "parser",
            this::open,
            it -> {
              throw new IOException("cannot close");
            });
    Scope inner = Scope.open("inner", s -> s.withPlan(StopPlan.within(Duration.ZERO)));
    inner.fork("deaf", () -> openAndWait(parsers, in));
    Latches.await(in);
    inner.stop(DEPLOY);
    assertThatThrownBy(inner::close).isInstanceOf(AbandonedException.class);
    return parsers.name();
  }

  @Test
  void anEndedScopeHasNone() {
    Scope over = Scope.open("over");
    PerThread<String> parsers = parsers(over);
    over.close();
    assertThatThrownBy(parsers::get)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("over has ended: 'parser' cannot be acquired in it any more");
    assertThatThrownBy(() -> parsers(over))
        .hasMessage("over has ended: 'parser' cannot be acquired in it any more");
    assertThat(events).isEmpty();
  }

  @Test
  void whatIsOpenedWhileTheScopeEndsIsReleased() {
    CountDownLatch in = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> late = new AtomicReference<>();
    AtomicReference<@Nullable Thread> other = new AtomicReference<>();
    Scope.run(
        "app",
        scope -> {
          PerThread<String> parsers =
              PerThread.in(
                  scope,
                  "parser",
                  () -> {
                    in.countDown();
                    Latches.await(go);
                    return "late";
                  },
                  it -> events.add("released " + it));
          other.set(Thread.ofVirtual().start(() -> late.set(catchThrowable(parsers::get))));
          Latches.await(in);
          return null;
        });
    go.countDown();
    Thread thread = other.get();
    Await.until("it has ended", () -> thread != null && !thread.isAlive());
    assertThat(late.get()).hasMessageStartingWith("app has ended");
    assertThat(events).containsExactly("released late");
  }

  @Test
  void whatThreadsOfOthersLeaveBehindIsReleasedInTheLongRun() throws InterruptedException {
    Set<String> open = ConcurrentHashMap.newKeySet();
    Scope scope = Scope.open("app");
    PerThread<String> parsers =
        PerThread.in(
            scope,
            "parser",
            () -> {
              open.add(Thread.currentThread().getName());
              return Thread.currentThread().getName();
            },
            it -> assertThat(open.remove(it)).isTrue());
    for (int i = 0; i < 200; i++) {
      Thread other = Thread.ofVirtual().name("other-" + i).start(parsers::get);
      assertThat(other.join(Duration.ofSeconds(10))).isTrue();
    }
    assertThat(parsers.open()).isLessThan(70);
    Await.until("the rest is released", () -> open.size() < 70);
    scope.close();
    assertThat(open).isEmpty();
  }
}
