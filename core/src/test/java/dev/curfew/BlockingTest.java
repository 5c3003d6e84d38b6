// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Regions: a blocking call chooses how a stop frees it.
class BlockingTest {

  private static final StopReason WHY = StopReason.requested("deploy");

  /// Stops the scope of a fork once it says that it is in, and tells what came out of the fork.
  private static Outcome<Object> stopped(ForkBody body) {
    AtomicReference<Fork<Object>> made = new AtomicReference<>();
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      CountDownLatch in = new CountDownLatch(1);
                      made.set(scope.fork("call", () -> body.run(in)));
                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                      scope.stop(WHY);
                      scope.join();
                      return null;
                    }));
    return made.get().outcome().orElseThrow();
  }

  @FunctionalInterface
  private interface ForkBody {
    Object run(CountDownLatch in) throws Exception;
  }

  @Test
  void anInterruptBecomesAStop() {
    AtomicReference<StoppedException> seen = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Outcome<Object> end =
        stopped(
            in -> {
              try {
                return Curfew.blocking(
                    Unblocking.interrupt(),
                    () -> {
                      in.countDown();
                      return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                    });
              } catch (StoppedException e) {
                seen.set(e);
                flag.set(Thread.currentThread().isInterrupted());
                throw e;
              }
            });
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
    assertThat(seen.get()).hasCauseInstanceOf(InterruptedException.class);
    assertThat(seen.get().reason().root()).isEqualTo(WHY);
    assertThat(flag.get()).as("the flag in the clean-up behind").isFalse();
  }

  @Test
  void aCallThatReturnedItsValueIsFollowedByTheWakeUp() {
    List<String> seen = new CopyOnWriteArrayList<>();
    Outcome<Object> end =
        stopped(
            in -> {
              StopToken token = Curfew.token();
              seen.add(
                  Curfew.blocking(
                      Unblocking.flagOnly(),
                      () -> {
                        in.countDown();
                        Await.until("the stop", token::isStopped);
                        return "taken";
                      }));
              return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
            });
    assertThat(seen).containsExactly("taken");
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
  }

  @Test
  void anActionFreesACallWhoseScopeWasStoppedInAShieldInsideOfIt() {
    CountDownLatch freed = new CountDownLatch(1);
    Outcome<Object> end =
        stopped(
            in ->
                Curfew.blocking(
                    Unblocking.by(freed::countDown),
                    () -> {
                      CountDownLatch over = new CountDownLatch(1);
                      Registration _ = Curfew.token().onStop("over", over::countDown);
                      Curfew.shield(
                          Duration.ofSeconds(20),
                          () -> {
                            in.countDown();
                            Latches.await(over); // called after all have been woken
                          });
                      assertThat(freed.await(20, TimeUnit.SECONDS)).isTrue();
                      throw new IOException("closed");
                    }));
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
  }

  @Test
  void anActionIsNotMissedByACallThatBeginsWhileTheStopComes() {
    for (int round = 0; round < 3000; round++) {
      CountDownLatch freed = new CountDownLatch(1);
      AtomicBoolean runs = new AtomicBoolean();
      AtomicReference<Fork<Boolean>> made = new AtomicReference<>();
      Scope.run(
          "app",
          scope -> {
            Fork<Boolean> fork =
                scope.fork(
                    "call",
                    () -> {
                      runs.set(true);
                      return Curfew.blocking(
                          Unblocking.by(freed::countDown), () -> freed.await(9, TimeUnit.SECONDS));
                    });
            made.set(fork);
            Await.until("it runs", runs::get);
            fork.stop(WHY);
            return null;
          });
      assertThat(made.get().outcome().orElseThrow())
          .isNotEqualTo(new Outcome.Succeeded<>(false, true));
    }
  }

  @Test
  void flagOnlySendsNoInterrupt() {
    CountDownLatch release = new CountDownLatch(1);
    List<String> seen = new CopyOnWriteArrayList<>();
    Outcome<Object> end =
        stopped(
            in -> {
              StopToken token = Curfew.token();
              String value =
                  Curfew.blocking(
                      Unblocking.flagOnly(),
                      () -> {
                        in.countDown();
                        Await.until("the stop", token::isStopped);
                        seen.add("interrupted: " + Thread.currentThread().isInterrupted());
                        release.countDown();
                        return "taken";
                      });
              seen.add(value);
              Curfew.token().check();
              return value;
            });
    assertThat(seen).containsExactly("interrupted: false", "taken");
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
  }

  @Test
  void anActionFreesTheCallAndWhateverItThrowsIsAStop() {
    CountDownLatch closed = new CountDownLatch(1);
    Outcome<Object> end =
        stopped(
            in ->
                Curfew.blocking(
                    Unblocking.by(closed::countDown),
                    () -> {
                      in.countDown();
                      assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
                      throw new IOException("stream closed");
                    }));
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
  }

  @Test
  void anActionThatCameTooEarlyIsRepeated() {
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch freed = new CountDownLatch(1);
    Outcome<Object> end =
        stopped(
            in ->
                Curfew.blocking(
                    Unblocking.by(
                        () -> {
                          if (calls.incrementAndGet() == 2) {
                            freed.countDown();
                          }
                        }),
                    () -> {
                      in.countDown();
                      assertThat(freed.await(20, TimeUnit.SECONDS)).isTrue();
                      throw new IOException("cancelled");
                    }));
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
    assertThat(calls.get()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void anActionNeverHitsTheCallBehind() {
    for (int round = 0; round < 200; round++) {
      AtomicReference<String> statement = new AtomicReference<>("none");
      List<String> hit = new CopyOnWriteArrayList<>();
      Throwable _ =
          catchThrowable(
              () ->
                  Scope.run(
                      "app",
                      scope -> {
                        Fork<?> fork =
                            scope.fork(
                                "queries",
                                () -> {
                                  for (int i = 0; i < 1000; i++) {
                                    statement.set("mine");
                                    try {
                                      boolean _ =
                                          Curfew.blocking(
                                              Unblocking.by(() -> hit.add(statement.get())),
                                              BlockingTest::spin);
                                    } finally {
                                      statement.set("next");
                                    }
                                  }
                                });
                        Thread.onSpinWait();
                        fork.stop(WHY);
                        scope.join();
                        return null;
                      }));
      assertThat(hit).doesNotContain("next");
    }
  }

  private static boolean spin() {
    Thread.onSpinWait();
    return true;
  }

  @Test
  void itIsACheckpoint() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      scope.stop(WHY);
                      return Curfew.<String, RuntimeException>blocking(
                          Unblocking.flagOnly(),
                          () -> {
                            throw new AssertionError("began");
                          });
                    }))
        .isInstanceOf(StoppedException.class);
  }

  @Test
  void itsOwnFailuresPassWhileNobodyStops() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope ->
                        Curfew.<String, IOException>blocking(
                            Unblocking.by(() -> {}),
                            () -> {
                              throw new IOException("no route");
                            })))
        .isInstanceOf(IOException.class)
        .hasMessage("no route");
    assertThat(Curfew.<String, RuntimeException>blocking(Unblocking.interrupt(), () -> "free"))
        .isEqualTo("free");
  }
}
