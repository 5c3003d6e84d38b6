// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.Curfew;
import dev.curfew.DeadlineExceededException;
import dev.curfew.Ledger;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// A thread that opens, uses and closes its resource.
class ManagedWorkerTest {

  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));
  private static final StopPlan SHORT = StopPlan.within(Duration.ofMillis(30));

  private final Bodies bodies = new Bodies();
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

  private static StopReason deploy() {
    return StopReason.requested("deploy");
  }

  private ManagedWorker<String> open() {
    return ManagedWorker.open("db", this::connect, this::disconnect);
  }

  private String connect() {
    threads.add(Thread.currentThread());
    log.add("acquired");
    return "connection";
  }

  private void disconnect(String connection) {
    threads.add(Thread.currentThread());
    log.add("released " + connection);
  }

  private String query(String connection, String what) {
    threads.add(Thread.currentThread());
    log.add(what);
    bodies.handle(what);
    return connection + " " + what;
  }

  private Future<String> submit(ManagedWorker<String> worker, String what) {
    return worker.submit(what, connection -> query(connection, what));
  }

  @Test
  void itOpensUsesAndClosesItsResourceOnOneThreadInOrder()
      throws ExecutionException, InterruptedException {
    List<Future<String>> futures = new ArrayList<>();
    ManagedWorker<String> worker = open();
    try (worker) {
      assertThat(worker.<String>call("first", c -> query(c, "a"))).isEqualTo("connection a");
      for (String what : List.of("b", "c", "d")) {
        futures.add(submit(worker, what));
      }
      assertThat(worker).hasToString("db: open");
    }
    assertThat(futures.getLast().get()).isEqualTo("connection d");
    assertThat(log).containsExactly("acquired", "a", "b", "c", "d", "released connection");
    assertThat(threads).containsOnly(threads.element()).doesNotContain(Thread.currentThread());
    assertThat(threads.element().getName()).isEqualTo("db");
    assertThat(worker.hasEnded()).isTrue();
    assertThat(worker).hasToString("db: ended");
    assertThat(worker.report()).isEmpty();
    assertThatThrownBy(() -> submit(worker, "late"))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("db takes no more tasks, 'late' was refused: it was closed");
  }

  @Test
  void aTaskThatFailsHarmsOnlyItsOwnFuture() throws ExecutionException {
    try (ManagedWorker<String> worker = open()) {
      Future<String> fails = submit(worker, "fail a");
      assertThatThrownBy(fails::get).hasRootCauseMessage("no fail a");
      assertThatThrownBy(() -> worker.call("fail b", c -> query(c, "fail b")))
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseMessage("no fail b");
      assertThat(worker.<String>call("next", c -> query(c, "c"))).isEqualTo("connection c");
    }
    assertThat(log).last().isEqualTo("released connection");
  }

  @Test
  void whatAcquiringThrowsIsThrownAndNothingIsLeft() {
    assertThatThrownBy(
            () ->
                ManagedWorker.<String, IOException>open(
                    "db",
                    () -> {
                      throw new IOException("no route");
                    },
                    this::disconnect))
        .isInstanceOf(IOException.class)
        .hasMessage("no route");
    assertThatThrownBy(
            () ->
                ManagedWorker.<String, RuntimeException>open(
                    "db",
                    () -> {
                      throw new LinkageError("no driver");
                    },
                    this::disconnect))
        .isInstanceOf(LinkageError.class);
    assertThat(log).isEmpty();
  }

  @Test
  void aStopEndsWhatRunsAndWhatWaitsAndReleases() {
    ManagedWorker<String> worker = open();
    Future<String> runs = submit(worker, "wait a");
    bodies.awaitBegun("wait a");
    Future<String> waits = submit(worker, "b");
    ManagedReport report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(log).containsExactly("acquired", "wait a", "released connection");
    assertThat(report.neverBegan()).containsExactly("b");
    assertThat(report.releaseFailure()).isEmpty();
    assertThat(report.stop().stragglers()).isEmpty();
    assertThat(report.text())
        .startsWith("worker db\n  never began: b\nstop of db: requested 'deploy' by")
        .doesNotContain("never saw it");
    assertThat(runs.state()).isEqualTo(Future.State.CANCELLED);
    assertThatThrownBy(waits::get)
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("db/b: stopped, requested 'deploy' by");
    assertThatThrownBy(() -> submit(worker, "late"))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("'late' was refused: requested 'deploy' by");
    assertThat(worker.report()).isPresent();
    worker.close();
  }

  @Test
  void theReportSaysWhenAnIdleThreadSawTheStop() {
    ManagedReport report = open().stopAndAwait(deploy(), PLAN);
    assertThat(report.stop().parts())
        .singleElement()
        .satisfies(
            part -> {
              assertThat(part.path()).isEqualTo("db");
              assertThat(part.seen()).isPresent();
            });
    assertThat(report.text()).doesNotContain("never saw it");
  }

  @Test
  void oneTaskIsStoppedAloneAndTheNextIsNotInterrupted() throws ExecutionException {
    try (ManagedWorker<String> worker = open()) {
      Future<String> runs = submit(worker, "wait a");
      bodies.awaitBegun("wait a");
      Future<String> never = submit(worker, "never");
      assertThat(never.cancel(true)).isTrue();
      assertThat(runs.cancel(true)).isTrue();
      assertThat(runs.cancel(true)).isFalse();
      boolean flag = worker.<Boolean>call("next", c -> Thread.currentThread().isInterrupted());
      assertThat(flag).isFalse();
      assertThat(log).containsExactly("acquired", "wait a");
      assertThatThrownBy(runs::get).hasMessageContaining("db/wait a: stopped, future cancelled by");
    }
  }

  @Test
  void callIsStoppedWithItsCaller() {
    try (ManagedWorker<String> worker = open()) {
      assertThatThrownBy(
              () ->
                  Scope.run(
                      "request",
                      s -> s.withDeadline(Duration.ofMillis(5)),
                      scope -> worker.<String>call("wait a", c -> query(c, "wait a"))))
          .isInstanceOf(DeadlineExceededException.class);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> worker.<String>call("wait b", c -> query(c, "wait b")))
          .isInstanceOf(StoppedException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(log).last().isEqualTo("released connection");
  }

  @Test
  void aTaskThatIgnoresTheStopGoesToTheLedgerAndTheResourceIsReleasedWhenItEnds() {
    ManagedWorker<String> worker = open();
    Future<String> runs = submit(worker, "deaf a");
    bodies.awaitBegun("deaf a");
    Future<String> waits = submit(worker, "b");
    ManagedReport report = worker.stopAndAwait(deploy(), SHORT);
    assertThat(report.stop().stragglers()).isNotEmpty();
    assertThat(report.neverBegan()).containsExactly("b");
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("db");
    assertThat(runs.isCancelled()).isTrue();
    assertThat(waits.isCancelled()).isTrue();
    assertThat(log).containsExactly("acquired", "deaf a");
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
    assertThat(log).last().isEqualTo("released connection");
  }

  @Test
  void aStopThatNobodyAwaitsAbandonsToo() {
    ManagedWorker<String> worker =
        ManagedWorker.open(
            "db", this::connect, this::disconnect, s -> s.withPlan(SHORT).withPlatformThreads());
    Future<String> runs = submit(worker, "deaf a");
    bodies.awaitBegun("deaf a");
    worker.stop(deploy());
    Await.until("it is abandoned", runs::isCancelled);
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("db");
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
  }

  @Test
  void aStopDuringTheAcquisitionEndsItAndOpenThrows() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    s -> s.withDeadline(Duration.ofMillis(5)),
                    scope ->
                        ManagedWorker.open(
                            "db",
                            () -> {
                              Curfew.sleep(Bodies.LONG);
                              return connect();
                            },
                            this::disconnect)))
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(log).isEmpty();
  }

  @Test
  void aResourceThatComesAfterTheStopIsReleased() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope ->
                        ManagedWorker.open(
                            "db",
                            () -> {
                              boolean _ = scope.stop(deploy());
                              while (!Curfew.token().isStopped()) {
                                Thread.onSpinWait();
                              }
                              return connect();
                            },
                            this::disconnect)));
    if (thrown != null) { // unless it was opened first
      assertThat(thrown).isInstanceOf(StoppedException.class);
    }
    Await.until("it was released", () -> log.contains("released connection"));
    assertThat(threads).containsOnly(threads.element());
  }

  @Test
  void aReleaseThatThrowsOrHangsIsTold() {
    ManagedWorker<String> throwing =
        ManagedWorker.open(
            "db",
            this::connect,
            connection -> {
              throw new IOException("broken pipe");
            });
    assertThatThrownBy(throwing::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the resource of db was not released properly")
        .hasRootCauseMessage("broken pipe");
    ManagedWorker<String> hanging =
        ManagedWorker.open(
            "db",
            this::connect,
            connection -> Curfew.sleep(Bodies.LONG),
            s -> s.withRelease(Duration.ofMillis(10)));
    ManagedReport report = hanging.stopAndAwait(deploy(), PLAN);
    assertThat(report.releaseFailure().orElseThrow())
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("the shield's budget of PT0.01S is over");
    assertThat(report.text()).contains("its resource was not released properly: dev.curfew");
  }

  @Test
  void aWorkerIsStoppedWithTheScopeItWasOpenedIn() {
    AtomicReference<ManagedWorker<String>> opened = new AtomicReference<>();
    boolean first =
        Scope.run(
            "app",
            scope -> {
              opened.set(open());
              return scope.stop(deploy());
            });
    assertThat(first).isTrue();
    Await.until("it ends", opened.get()::hasEnded);
    assertThat(opened.get().path()).isEqualTo("app/db");
    assertThat(opened.get().name()).isEqualTo("db");
    assertThat(log).last().isEqualTo("released connection");
    assertThat(opened.get().report().orElseThrow().stop().reason().root().why())
        .isEqualTo("requested 'deploy'");
  }

  /// Each of those who hang is left behind after a second: too many for the bound of the test.
  @Test
  void callbacksThatHangDoNotKeepItsStopFromComing() {
    CountDownLatch hang = new CountDownLatch(1);
    try (Scope app = Scope.open("app")) {
      ManagedWorker<String> worker = open();
      for (int i = 0; i < 60; i++) {
        var _ = app.token().onStop("hangs", () -> awaitQuietly(hang));
      }
      app.stop(deploy());
      Await.until("it ends", worker::hasEnded);
      hang.countDown();
    }
    assertThat(log).last().isEqualTo("released connection");
    Await.until("the callbacks end", () -> Ledger.entries().isEmpty());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      boolean _ = latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aTaskCannotWaitForItsOwnWorker() {
    try (ManagedWorker<String> worker = open()) {
      Runnable closer = worker::close;
      assertThatThrownBy(() -> worker.submit("calls", c -> worker.call("x", d -> d)).get())
          .hasRootCauseMessage(
              "db cannot be called by a task of its own, which has the resource already");
      assertThatThrownBy(
              () -> worker.submit("awaits", c -> worker.stopAndAwait(deploy(), PLAN)).get())
          .hasRootCauseMessage(
              "db cannot be awaited by a task of its own, which has the resource already");
      assertThatThrownBy(
              () ->
                  worker
                      .submit(
                          "closes",
                          c -> {
                            closer.run();
                            return c;
                          })
                      .get())
          .hasRootCauseMessage(
              "db cannot be closed by a task of its own, which has the resource already");
    }
  }

  @Test
  void closeGivesUpWhenItsCallerIsInterrupted() {
    ManagedWorker<String> worker = open();
    Future<String> runs = submit(worker, "wait a");
    bodies.awaitBegun("wait a");
    Thread.currentThread().interrupt();
    worker.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(worker.hasEnded()).isTrue();
    assertThat(runs.isCancelled()).isTrue();
    assertThat(log).last().isEqualTo("released connection");
  }

  @Test
  void closingDoesNotWaitForAReleaseThatHangs() {
    java.util.concurrent.atomic.AtomicBoolean over =
        new java.util.concurrent.atomic.AtomicBoolean();
    var worker =
        ManagedWorker.open(
            "db",
            () -> "open",
            _ -> {
              while (!over.get()) {
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
              }
            },
            s -> s.withRelease(Duration.ofMillis(20)));
    assertThatThrownBy(worker::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the resource of db was not released within PT0.02S; its thread is in the ledger");
    assertThat(dev.curfew.Ledger.entries()).hasSize(1);
    over.set(true);
    dev.curfew.testkit.Await.until(
        "the ledger is empty", () -> dev.curfew.Ledger.entries().isEmpty());
  }

  @Test
  void aDeadlineAbandonsWhatIsDeafAndLetsGoWhoeverWaits() throws Exception {
    ManagedWorker<String> worker =
        ManagedWorker.open(
            "db",
            this::connect,
            this::disconnect,
            s -> s.withDeadline(Duration.ofMillis(50)).withPlan(SHORT));
    Future<?> deaf =
        worker.submit(
            "deaf",
            _ -> {
              bodies.beDeaf();
              return "late";
            });
    Future<?> next = worker.submit("next", _ -> "never");

    Await.until("the one that waits is let go", next::isDone);
    Await.until("the one that runs is given up", deaf::isDone);
    Await.until(
        "it is named", () -> Ledger.entries().stream().anyMatch(e -> e.path().equals("db")));
    assertThat(log).containsExactly("acquired");
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
    assertThat(worker.report().orElseThrow().neverBegan()).containsExactly("next");
    assertThat(Ledger.entries()).isEmpty();
  }

  @Test
  void afterStopAndAwaitItHasEnded() {
    for (int i = 0; i < 200; i++) {
      ManagedWorker<String> worker = open();
      ManagedReport _ = worker.stopAndAwait(deploy(), PLAN);
      assertThat(worker.hasEnded()).as("time " + i).isTrue();
    }
  }

  @Test
  void aReleaseAfterThePlanHasItsWholeBudget() {
    ManagedWorker<String> worker =
        ManagedWorker.open(
            "db",
            this::connect,
            connection -> {
              Curfew.sleep(Duration.ofMillis(20));
              disconnect(connection);
            });
    Future<?> _ =
        worker.submit(
            "deaf",
            _ -> {
              bodies.handle("deaf task");
              return "late";
            });
    bodies.awaitBegun("deaf task");
    ManagedReport _ = worker.stopAndAwait(deploy(), SHORT);
    assertThat(Ledger.entries()).hasSize(1);

    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
    assertThat(log).containsExactly("acquired", "released connection");
    assertThat(worker.report().orElseThrow().releaseFailure()).isEmpty();
    assertThat(Ledger.entries()).isEmpty();
  }
}
