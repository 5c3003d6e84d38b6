// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void runReturnsTheValueOfTheBody() {
    String greeting =
        Scope.run(
            "greet",
            scope -> {
              Fork<String> hello = scope.fork("hello", () -> "hello");
              Fork<String> world = scope.fork("world", () -> "world");
              scope.join();
              return hello.get() + " " + world.get();
            });
    assertThat(greeting).isEqualTo("hello world");
  }

  @Test
  void runJoinsWhatTheBodyLeftRunning() {
    AtomicReference<Fork<String>> left = new AtomicReference<>();
    CountDownLatch go = new CountDownLatch(1);
    Scope.run(
        "leaves",
        scope -> {
          left.set(
              scope.fork(
                  "slow",
                  () -> {
                    await(go);
                    return "done";
                  }));
          go.countDown();
          return null;
        });
    assertThat(left.get().get()).isEqualTo("done");
  }

  @Test
  void theFirstFailureStopsTheSiblingsAndIsTheCause() {
    IOException failure = new IOException("no route");
    AtomicReference<Fork<?>> sibling = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "page",
                    scope -> {
                      sibling.set(scope.fork("waits", () -> Curfew.sleep(LONG)));
                      scope.fork(
                          "fails",
                          () -> {
                            throw failure;
                          });
                      scope.join();
                      return null;
                    }))
        .isInstanceOf(ForkFailedException.class)
        .hasMessage("page/fails failed: java.io.IOException: no route")
        .hasCause(failure);
    assertThat(sibling.get().outcome().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            stopped ->
                assertThat(stopped.reason().root()).isInstanceOf(StopReason.SiblingFailed.class));
  }

  @Test
  void everyFailureIsKept() {
    CountDownLatch bothIn = new CountDownLatch(2);
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "both",
                    scope -> {
                      for (String name : List.of("one", "two")) {
                        scope.fork(
                            name,
                            () -> {
                              bothIn.countDown();
                              while (bothIn.getCount() > 0) {
                                Thread.onSpinWait(); // deaf to the stop by the other
                              }
                              throw new IllegalStateException(name);
                            });
                      }
                      scope.join();
                      return null;
                    }));
    assertThat(thrown).isInstanceOf(ForkFailedException.class);
    assertThat(thrown.getSuppressed()).hasSize(1);
    assertThat(List.of(thrown.getCause().getMessage(), thrown.getSuppressed()[0].getMessage()))
        .containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void aFailureOfTheBodyKeepsThoseOfTheForks() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "mixed",
                    scope -> {
                      Fork<Object> fork =
                          scope.fork(
                              "fails",
                              () -> {
                                throw new IllegalStateException("fork");
                              });
                      while (!fork.hasEnded()) {
                        Thread.onSpinWait();
                      }
                      throw new IllegalArgumentException("body");
                    }));
    assertThat(thrown).isInstanceOf(IllegalArgumentException.class).hasMessage("body");
    assertThat(thrown.getSuppressed()).extracting(Throwable::getMessage).containsExactly("fork");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStopWakesForksThatSleep(boolean platform) {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> platform ? s.withPlatformThreads() : s,
                    scope -> {
                      CountDownLatch in = new CountDownLatch(2);
                      scope.fork(
                          "ours",
                          () -> {
                            in.countDown();
                            Curfew.sleep(LONG);
                          });
                      scope.fork(
                          "theirs",
                          () -> {
                            in.countDown();
                            return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                          });
                      await(in);
                      scope.stop(StopReason.requested("deploy"));
                      scope.join();
                      return null;
                    }));
    assertThat(thrown)
        .isInstanceOfSatisfying(
            StoppedException.class,
            stopped -> {
              assertThat(stopped.reason()).isInstanceOf(StopReason.Requested.class);
              assertThat(stopped).hasMessageStartingWith("requested 'deploy' by ");
              assertThat(stopped).hasMessageContaining("in app at ScopeTest.java:");
            });
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aStopFromOutsideInterruptsTheBodyAndOnlyTheBody() throws InterruptedException {
    AtomicReference<Scope> opened = new AtomicReference<>();
    CountDownLatch in = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flagAfter = new AtomicReference<>();
    Thread owner =
        Thread.ofPlatform()
            .start(
                () -> {
                  thrown.set(
                      catchThrowable(
                          () ->
                              Scope.run(
                                  "body",
                                  scope -> {
                                    opened.set(scope);
                                    in.countDown();
                                    return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                                  })));
                  flagAfter.set(Thread.currentThread().isInterrupted());
                });
    await(in);
    StopReport report = opened.get().stopAndAwait(StopReason.requested("enough"), StopPlan.DEFAULT);
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).isInstanceOf(StoppedException.class);
    assertThat(thrown.get().getCause()).isInstanceOf(InterruptedException.class);
    assertThat(flagAfter.get()).isFalse();
    assertThat(report.stragglers()).isEmpty();
  }

  @Test
  void aSwallowedStopIsThrownAgainAtTheNextCheck() {
    List<String> seen = new CopyOnWriteArrayList<>();
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "stubborn",
                    scope -> {
                      CountDownLatch in = new CountDownLatch(1);
                      scope.fork(
                          "swallows",
                          () -> {
                            in.countDown();
                            for (int swallowed = 0; swallowed < 3; ) {
                              try {
                                Curfew.checkpoint();
                              } catch (StoppedException e) {
                                swallowed++;
                                seen.add("checkpoint");
                              }
                            }
                            try {
                              Curfew.sleep(LONG);
                            } catch (StoppedException e) {
                              seen.add("sleep");
                            }
                            Curfew.token().check();
                          });
                      await(in);
                      scope.stop(StopReason.requested("now"));
                      scope.join();
                      return null;
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(seen).containsExactly("checkpoint", "checkpoint", "checkpoint", "sleep");
  }

  @Test
  void aSwallowedInterruptCostsADelayNotAHang() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "deaf",
                    scope -> {
                      CountDownLatch in = new CountDownLatch(1);
                      Fork<String> fork =
                          scope.fork(
                              "swallows",
                              () -> {
                                in.countDown();
                                for (int i = 0; i < 2; i++) {
                                  try {
                                    boolean _ = new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                                    return "was not woken";
                                  } catch (InterruptedException e) {
                                    // what the test is about
                                  }
                                }
                                return "woken twice";
                              });
                      await(in);
                      scope.stop(StopReason.requested("now"));
                      scope.join();
                      assertThat(fork.outcome().orElseThrow())
                          .isEqualTo(new Outcome.Succeeded<>("woken twice", true));
                      return null;
                    }));
    assertThat(thrown).isNull();
  }

  @Test
  void aThreadMayStopItselfAndSeesItAtItsNextCheckpoint() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "self",
                    scope -> {
                      scope.stop(StopReason.requested("me"));
                      Curfew.checkpoint();
                      throw new AssertionError("went on");
                    }))
        .isInstanceOf(StoppedException.class);
  }

  @Test
  void whatWasNotCutShortReturnsItsValue() {
    String value =
        Scope.run(
            "done anyway",
            scope -> {
              Fork<String> fork = scope.fork("quick", () -> "value");
              while (!fork.hasEnded()) {
                Thread.onSpinWait();
              }
              scope.stop(StopReason.requested("late"));
              scope.join();
              return fork.get();
            });
    assertThat(value).isEqualTo("value");
  }

  @Test
  void stoppingOneForkLeavesItsSiblingsAlone() {
    String value =
        Scope.run(
            "one",
            scope -> {
              Fork<?> one = scope.fork("one", () -> Curfew.sleep(LONG));
              Fork<String> two = scope.fork("two", () -> "two");
              one.stop(StopReason.requested("only you"));
              scope.join();
              assertThat(one.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
              assertThatThrownBy(one::get).isInstanceOf(StoppedException.class);
              return two.get();
            });
    assertThat(value).isEqualTo("two");
  }

  @Test
  void aStopReachesEverythingBelowWithTheReasonChainedToItsCause() {
    AtomicReference<StopReason> below = new AtomicReference<>();
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    app -> {
                      CountDownLatch in = new CountDownLatch(1);
                      app.fork(
                          "worker",
                          () ->
                              Scope.run(
                                  "item",
                                  item -> {
                                    in.countDown();
                                    try {
                                      Curfew.sleep(LONG);
                                    } catch (StoppedException e) {
                                      below.set(e.reason());
                                      throw e;
                                    }
                                    return "";
                                  }));
                      await(in);
                      app.stop(StopReason.shutdown("SIGTERM"));
                      app.join();
                      return null;
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(below.get().chain())
        .startsWith("parent app/worker stopped <- parent app stopped <- shutdown (SIGTERM) by ");
    assertThat(below.get().root()).isInstanceOf(StopReason.Shutdown.class);
  }

  @Test
  void closingBeforeJoinStopsTheForks() {
    AtomicReference<Fork<?>> left = new AtomicReference<>();
    try (Scope scope = Scope.open("left")) {
      left.set(scope.fork("sleeps", () -> Curfew.sleep(LONG)));
    }
    assertThat(left.get().outcome().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            stopped ->
                assertThat(stopped.reason().root()).isInstanceOf(StopReason.ScopeClosed.class));
    assertThat(Curfew.openScopes()).isEmpty();
  }

  @Test
  void aClosedOrStoppedScopeRefusesForksAndSaysWhy() {
    Scope scope = Scope.open("over");
    scope.close();
    assertThatThrownBy(() -> scope.fork("late", () -> "x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("over is closed: 'late' cannot begin in it any more");
    try (Scope stopped = Scope.open("stopped")) {
      stopped.stop(StopReason.requested("full"));
      assertThatThrownBy(() -> stopped.fork("late", () -> "x"))
          .isInstanceOf(StoppedException.class)
          .hasMessageStartingWith("requested 'full'");
    }
  }

  @Test
  void scopesAreClosedInOrderByTheThreadThatOpenedThem() {
    try (Scope outer = Scope.open("outer")) {
      try (Scope inner = Scope.open("inner")) {
        assertThat(inner.path()).isEqualTo("outer/inner");
        assertThatThrownBy(outer::close)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("outer is closed out of order");
      }
    }
  }

  @Test
  void stopAndAwaitRefusesToWaitForItself() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "self",
                    scope -> scope.stopAndAwait(StopReason.requested("me"), StopPlan.DEFAULT)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("self cannot be awaited from inside of it: call stop(reason) here");
  }

  @Test
  void aForeignInterruptIsAReasonAndIsKept() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "foreign",
                    scope -> {
                      Curfew.sleep(LONG);
                      return null;
                    }))
        .isInstanceOfSatisfying(
            StoppedException.class,
            stopped ->
                assertThat(stopped.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aForeignInterruptOfTheOwnerInJoinStopsTheScope() {
    AtomicReference<Fork<?>> fork = new AtomicReference<>();
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "foreign",
                    scope -> {
                      fork.set(scope.fork("sleeps", () -> Curfew.sleep(LONG)));
                      Thread.currentThread().interrupt();
                      scope.join();
                      return null;
                    }));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown)
        .isInstanceOfSatisfying(
            StoppedException.class,
            stopped ->
                assertThat(stopped.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
    assertThat(fork.get().hasEnded()).isTrue();
  }
}
