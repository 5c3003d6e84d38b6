// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.pool.PoolSettings;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import dev.curfew.worker.WorkerSettings;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Exceptions that lie or break, arguments that are missing or huge.
class OddInputTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final Duration LONG = Duration.ofSeconds(30);

  private static int timeOut() throws InterruptedIOException {
    throw new InterruptedIOException("timeout"); // as HTTP clients say it
  }

  @Test
  void aTimeOutThatLooksLikeAnInterruptIsAFailure() {
    assertThatThrownBy(() -> Scope.run("app", scope -> scope.fork("http", OddInputTest::timeOut)))
        .isInstanceOf(ForkFailedException.class)
        .hasMessageContaining("timeout");
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope ->
                        Shared.<Integer>in(scope, "db", OddInputTest::timeOut, _ -> {})
                            .use()
                            .get()))
        .isInstanceOf(AcquireFailedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void failFastHasAValueForEveryForkOrThrows() {
    assertThatThrownBy(
            () ->
                Forks.run(
                    "pages",
                    Policy.<Integer>failFast(),
                    forks -> {
                      var _ = forks.fork("a", () -> 1);
                      forks.fork("b", () -> sleepLong()).stop(WHY);
                    }))
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("requested 'test'");
  }

  private static int sleepLong() {
    Curfew.sleep(LONG);
    return 0;
  }

  @Test
  void releasesAreNotWaitedForBeyondTheEndOfADeadlineWithAReserve() throws InterruptedException {
    ManualTime time = new ManualTime();
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    List<String> released = new CopyOnWriteArrayList<>();
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "job",
                                    s ->
                                        s.withTime(time)
                                            .withRelease(LONG)
                                            .withDeadline(
                                                Duration.ofSeconds(10), Duration.ofSeconds(2)),
                                    scope -> {
                                      String _ = scope.own("first", () -> "x", released::add);
                                      return scope.own(
                                          "deaf",
                                          () -> "x",
                                          _ -> {
                                            hangs.countDown();
                                            waitDeafly(over);
                                          });
                                    }))));
    Await.until("it hangs", () -> hangs.getCount() == 0);
    time.awaitAlarms(2); // the shield's budget, and who waits for the release
    time.advance(Duration.ofSeconds(10));
    assertThat(owner.join(Await.LIMIT)).isTrue();
    assertThat(thrown.get()).isNotNull();
    Await.until("the rest is released all the same", () -> !released.isEmpty());
    over.countDown();
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("no cause");
    }

    @Override
    public String getMessage() {
      throw new IllegalStateException("no message");
    }
  }

  @Test
  void anExceptionThatCannotDescribeItselfIsAFailureLikeAnyOther() {
    List<String> released = new CopyOnWriteArrayList<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      String _ = scope.own("db", () -> "db", released::add);
                      CountDownLatch begun = new CountDownLatch(1);
                      Callable<Integer> body =
                          () -> {
                            try {
                              begun.countDown();
                              return sleepLong();
                            } catch (StoppedException stopped) {
                              throw new Broken();
                            }
                          };
                      var _ = scope.fork("breaks", body);
                      Await.until("it sleeps", () -> begun.getCount() == 0);
                      return scope.stop(WHY);
                    }))
        .isInstanceOf(ForkFailedException.class)
        .hasMessage("app/breaks failed: " + Broken.class.getName());
    assertThat(released).containsExactly("db");
    Throwable own =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      var _ = scope.fork("sleeps", OddInputTest::sleepLong);
                      throw new Broken();
                    }));
    assertThat(own.getClass()).isEqualTo(Broken.class);
    assertThat(Curfew.openScopes()).isEmpty();
  }

  @Test
  void siblingsOfOneThatCannotDescribeItselfAreStoppedWithAReason() {
    AtomicReference<@Nullable String> told = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      CountDownLatch begun = new CountDownLatch(1);
                      scope.fork("sibling", () -> sleepAndTell(begun, told));
                      Await.until("it sleeps", () -> begun.getCount() == 0);
                      Callable<Integer> breaks =
                          () -> {
                            throw new Broken();
                          };
                      return scope.fork("breaks", breaks);
                    }))
        .isInstanceOf(ForkFailedException.class);
    assertThat(told.get()).contains("sibling app/breaks failed with " + Broken.class.getName());
  }

  private static void sleepAndTell(CountDownLatch begun, AtomicReference<@Nullable String> told) {
    begun.countDown();
    try {
      Curfew.sleep(LONG);
    } catch (StoppedException stopped) {
      told.set(stopped.getMessage());
      throw stopped;
    }
  }

  @Test
  void aFailureInManyScopesIsToldOnce() {
    Throwable thrown =
        catchThrowable(() -> Scope.run("a", a -> a.fork("b", () -> Scope.run("c", c -> fails(c)))));
    assertThat(thrown)
        .hasMessage("a/b failed: a/b/c/d failed: java.io.InterruptedIOException: timeout");
  }

  private static Fork<Integer> fails(Scope scope) {
    return scope.fork("d", OddInputTest::timeOut);
  }

  @Test
  void aPlanMayBeForEver() {
    Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(StopPlan.within(forEver).within()).isEqualTo(Duration.ofDays(36_500));
  }

  @Test
  void aLinkOfAScopeThatHasEndedIsTakenBack() {
    StopSource other = StopSource.named("platform");
    Scope ended = Scope.open("app");
    ended.close();
    ended.linkTo(other.token());
    boolean _ = other.stop(WHY);
    CountDownLatch told = new CountDownLatch(1);
    Registration _ = other.token().onStop("after", told::countDown);
    Await.until("callbacks were called", () -> told.getCount() == 0);
    assertThat(ended.token().isStopped()).isFalse();
  }

  @Test
  @SuppressWarnings("NullAway") // what is missing is the subject
  void whatIsMissingIsSaidAtOnce() {
    assertThatThrownBy(() -> StopSource.named("x").stop(null)).hasMessage("a stop needs a reason");
    assertThatThrownBy(() -> StopSource.named("x").token().onStop("y", null))
        .hasMessage("a callback is missing");
    assertThatThrownBy(() -> Unblocking.by(null)).hasMessage("say what frees the call");
    assertThatThrownBy(() -> ScopeSettings.DEFAULT.withPlan(null))
        .hasMessage("a scope needs a plan");
    assertThatThrownBy(() -> ScopeSettings.DEFAULT.withRelease(Duration.ofSeconds(-1)))
        .hasMessage("a release cannot take less than nothing: PT-1S");
    assertThatThrownBy(() -> PoolSettings.defaults().withPlan(null))
        .hasMessage("a pool needs a plan");
    assertThatThrownBy(() -> WorkerSettings.defaults().withPlan(null))
        .hasMessage("a worker needs a plan");
    try (Scope scope = Scope.open("app")) {
      assertThatThrownBy(() -> scope.own("db", () -> "x", null))
          .hasMessage("say how 'db' is released");
      assertThatThrownBy(() -> scope.fork("x", (Callable<String>) null))
          .hasMessage("a fork needs something to do");
      assertThatThrownBy(() -> Curfew.blocking(null, () -> "x"))
          .hasMessageStartingWith("say how a stop frees the call");
    }
  }
}
