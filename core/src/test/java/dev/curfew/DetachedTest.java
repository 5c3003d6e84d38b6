// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Calls that nothing frees, on a thread of their own.
class DetachedTest {

  private static final StopReason WHY = StopReason.requested("deploy");

  private final List<String> disposed = new CopyOnWriteArrayList<>();
  private final CountDownLatch in = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<Fork<Object>> fork = new AtomicReference<>();
  private final AtomicReference<StopReport> report = new AtomicReference<>();

  /// Stops a fork that waits for a detached call which has begun, and keeps the report.
  private void stopWhileItWaitsFor(Callable<String> call) {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      fork.set(
                          scope.fork("call", () -> Curfew.detached("deaf", call, disposed::add)));
                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                      scope.stop(WHY);
                      Await.until("the fork has ended", () -> fork.get().hasEnded());
                      report.set(scope.report().orElseThrow());
                      return null;
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
  }

  private String deafly() {
    in.countDown();
    Latches.waitDeafly(over);
    return "late";
  }

  @Test
  void itIsLeftAndItsLateValueDisposedOf() {
    stopWhileItWaitsFor(this::deafly);
    assertThat(fork.get().outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("app/call/deaf");
    assertThat(disposed).isEmpty();
    over.countDown();
    Await.until("the late value is disposed of", () -> disposed.contains("late"));
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void theReportSaysWhereItIs() {
    stopWhileItWaitsFor(this::deafly);
    assertThat(report.get().stragglers())
        .singleElement()
        .satisfies(
            part -> {
              assertThat(part.path()).isEqualTo("app/call/deaf");
              assertThat(part.straggler().orElseThrow().stack().toString()).contains("waitDeafly");
            });
    over.countDown();
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void aLateFailureGoesToTheHandlerOfItsThread() {
    List<String> uncaught = new CopyOnWriteArrayList<>();
    stopWhileItWaitsFor(
        () -> {
          Thread.currentThread()
              .setUncaughtExceptionHandler((thread, e) -> uncaught.add(e.getMessage()));
          deafly();
          throw new IOException("no route");
        });
    over.countDown();
    Await.until("the failure is heard of", () -> uncaught.contains("no route"));
    assertThat(disposed).isEmpty();
  }

  @Test
  void itsOwnWaitsSeeTheStop() {
    List<String> uncaught = new CopyOnWriteArrayList<>();
    stopWhileItWaitsFor(
        () -> {
          Thread.currentThread()
              .setUncaughtExceptionHandler((thread, e) -> uncaught.add(e.getMessage()));
          in.countDown();
          Curfew.sleep(Duration.ofHours(1));
          return "slept";
        });
    Await.until("the call has ended", () -> Ledger.entries().isEmpty());
    assertThat(disposed).isEmpty();
    assertThat(uncaught).as("a stop is no failure").isEmpty();
  }

  @Test
  void noInterruptReachesIt() {
    AtomicReference<Boolean> flag = new AtomicReference<>();
    stopWhileItWaitsFor(
        () -> {
          in.countDown();
          Await.until("the test lets it go", () -> over.getCount() == 0);
          flag.set(Thread.currentThread().isInterrupted());
          return "late";
        });
    over.countDown();
    Await.until("the late value is disposed of", () -> disposed.contains("late"));
    assertThat(flag.get()).isFalse();
  }

  /// On virtual threads, as many as there are processors would freeze every other one.
  @Test
  void thoseThatNeverBlockDoNotFreezeVirtualThreads() {
    int many = 2 * Runtime.getRuntime().availableProcessors();
    CountDownLatch spinning = new CountDownLatch(many);
    String value =
        Scope.run(
            "app",
            scope -> {
              for (int i = 0; i < many; i++) {
                scope.fork(
                    "spin " + i, () -> Curfew.detached("spins", () -> spin(spinning), v -> {}));
              }
              Latches.await(spinning);
              Fork<String> virtual = scope.fork("virtual", () -> "went on");
              Await.until("the virtual thread had its turn", virtual::hasEnded);
              over.countDown();
              return virtual.get();
            });
    assertThat(value).isEqualTo("went on");
  }

  private String spin(CountDownLatch spinning) {
    spinning.countDown();
    while (over.getCount() > 0) {
      Thread.onSpinWait();
    }
    return "spun";
  }

  @Test
  void anInterruptFromOutsideLeavesItAndIsNamed() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Thread waiting =
        Thread.ofPlatform()
            .start(
                () -> {
                  thrown.set(
                      catchThrowable(() -> Curfew.detached("deaf", this::deafly, disposed::add)));
                  flag.set(Thread.currentThread().isInterrupted());
                });
    Latches.await(in);
    waiting.interrupt();
    assertThat(waiting.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get())
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("interrupted from outside by")
        .hasMessageContaining("at DetachedTest.java:");
    assertThat(flag.get()).isTrue();
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("deaf");
    over.countDown();
    Await.until("the late value is disposed of", () -> disposed.contains("late"));
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void itReturnsItsValueOrItsFailure() throws ExecutionException {
    assertThat(Curfew.detached("quick", () -> "value", disposed::add)).isEqualTo("value");
    assertThat(disposed).isEmpty();
    assertThatThrownBy(
            () ->
                Curfew.<String>detached(
                    "fails",
                    () -> {
                      throw new IOException("no route");
                    },
                    disposed::add))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("no route");
  }

  @Test
  void itIsACheckpoint() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      scope.stop(WHY);
                      return Curfew.detached("late", this::deafly, disposed::add);
                    }))
        .isInstanceOf(StoppedException.class);
    assertThat(in.getCount()).as("it never began").isOne();
  }
}
