// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Ledger;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of items when a worker is stopped: done, failed, handed back, abandoned.
class WorkerStopTest {

  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));
  private static final StopPlan SHORT = StopPlan.within(Duration.ofMillis(50));

  private final Bodies bodies = new Bodies();

  private static StopReason deploy() {
    return StopReason.requested("deploy");
  }

  private QueueWorker<String> open(Source<String> source, int handlers) {
    return QueueWorker.open(
        "orders",
        source,
        bodies::handle,
        s -> s.withHandlers(handlers).withPatience(Bodies.LONG).withNames(item -> item));
  }

  /// Each of those who hang is left behind after a second: too many for the bound of the test.
  @Test
  void callbacksThatHangDoNotKeepItsStopFromComing() {
    CountDownLatch hang = new CountDownLatch(1);
    try (Scope app = Scope.open("app")) {
      QueueWorker<String> worker = open(new Shelf("wait a"), 1);
      bodies.awaitBegun("wait a");
      for (int i = 0; i < 60; i++) {
        var _ = app.token().onStop("hangs", () -> Await.until("it may end", () -> released(hang)));
      }
      app.stop(deploy());
      Await.until("the worker ends", worker::hasEnded);
      hang.countDown();
    }
    Await.until("the callbacks end", () -> Ledger.entries().isEmpty());
  }

  private static boolean released(CountDownLatch latch) {
    return latch.getCount() == 0;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aHandlerThatTheStopCutsHandsItsItemBack(boolean virtual) {
    Shelf shelf = new Shelf("a", "wait b");
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            bodies::handle,
            s -> (virtual ? s : s.withPlatformThreads()).withNames(item -> item));
    bodies.awaitBegun("wait b");
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(worker.hasEnded()).isTrue();
    assertThat(shelf.told).containsExactly("done a", "back wait b");
    assertThat(report.items()).isEqualTo(new ItemCounts(2, 1, 0, 0, 1, 0, 0));
    WorkItem<String> back = report.handedBack().getFirst();
    assertThat(back.outcome().orElseThrow())
        .isInstanceOfSatisfying(
            ItemOutcome.HandedBack.class, how -> assertThat(how.begun()).isTrue());
    assertThat(back.trouble()).isEmpty();
    StopReport stop = report.stop().orElseThrow();
    assertThat(stop.parts()).hasSize(1);
    StopReport.Part part = stop.parts().getFirst();
    assertThat(part.path()).isEqualTo("orders/items/wait b");
    assertThat(part.seen()).isPresent();
    assertThat(part.ended()).isPresent();
    assertThat(part.outcome()).isEqualTo("handed back");
    assertThat(stop.budget()).isEqualTo(Duration.ofSeconds(10));
    assertThat(report.text())
        .contains("2 claimed: 1 succeeded, 0 failed, 0 stopped, 1 handed back")
        .contains("handed back: wait b")
        .contains("stop of orders: requested 'deploy'");
  }

  @Test
  void itGoesToTheFrontOfADequeAndToTheEndOfAQueue() {
    var deque = new LinkedBlockingDeque<>(List.of("wait a", "b"));
    QueueWorker<String> first = open(Source.of(deque), 1);
    bodies.awaitBegun("wait a");
    WorkerReport<String> _ = first.stopAndAwait(deploy(), PLAN);
    assertThat(deque).containsExactly("wait a", "b");
    var queue = new LinkedBlockingQueue<>(List.of("wait c", "d"));
    QueueWorker<String> second = open(Source.of(queue), 1);
    bodies.awaitBegun("wait c");
    WorkerReport<String> _ = second.stopAndAwait(deploy(), PLAN);
    assertThat(queue).containsExactly("d", "wait c");
  }

  @Test
  void aHandlerThatThrowsHasFailed() {
    Queue<String> dead = new ConcurrentLinkedQueue<>();
    var queue = new LinkedBlockingQueue<>(List.of("fail a", "b"));
    try (QueueWorker<String> worker =
        open(Source.of(queue).failingTo((item, why) -> dead.add(item + ": " + why)), 1)) {
      bodies.awaitBegun("b");
      Await.until("both have ended", () -> worker.report().items().accounted() == 2);
      assertThat(worker.report().items()).isEqualTo(new ItemCounts(2, 1, 1, 0, 0, 0, 0));
      assertThat(dead).containsExactly("fail a: java.lang.IllegalStateException: no fail a");
    }
  }

  @Test
  void withoutASinkTheHandlerForUncaughtExceptionsIsTold() {
    Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
    var queue = new LinkedBlockingQueue<>(List.of("a"));
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            Source.of(queue),
            item -> {
              Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
              throw new IllegalStateException("no " + item);
            },
            s -> s.withPlatformThreads())) {
      Await.until("it was told", () -> !uncaught.isEmpty());
      assertThat(uncaught).first().hasToString("java.lang.IllegalStateException: no a");
      assertThat(worker.report().items().failed()).isOne();
    }
  }

  @Test
  void aFailureOnTheWayOutIsStillAFailure() {
    Shelf shelf = new Shelf("a");
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            item -> {
              try {
                bodies.handle("wait");
              } catch (StoppedException stopped) {
                throw new IllegalStateException("while it was stopped"); // not wrapped: its own
              }
            });
    bodies.awaitBegun("wait");
    WorkItem<String> item = worker.items().getFirst();
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(report.items()).isEqualTo(new ItemCounts(1, 0, 1, 0, 0, 0, 0));
    assertThat(shelf.told).containsExactly("failed a");
    assertThat(item.outcome().orElseThrow().word())
        .isEqualTo("failed (late): java.lang.IllegalStateException: while it was stopped");
  }

  @Test
  void aHandlerThatIgnoresEverythingIsAbandonedAndItsLateEndIsKept() {
    Shelf shelf = new Shelf("deaf a", "wait b");
    QueueWorker<String> worker = open(shelf, 2);
    bodies.awaitBegun("deaf a");
    bodies.awaitBegun("wait b");
    WorkerReport<String> report = worker.stopAndAwait(deploy(), SHORT);
    assertThat(report.items()).isEqualTo(new ItemCounts(2, 0, 0, 0, 1, 0, 1));
    assertThat(report.abandoned()).extracting(WorkItem::name).containsExactly("deaf a");
    assertThat(report.abandoned().getFirst()).hasToString("orders/deaf a: abandoned");
    assertThat(report.stop().orElseThrow().stragglers())
        .singleElement()
        .satisfies(
            part ->
                assertThat(part.straggler().orElseThrow().stack())
                    .anyMatch(frame -> frame.getMethodName().equals("beDeaf")));
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).contains("orders/items/deaf a");
    assertThat(worker.hasEnded()).isFalse();
    assertThat(shelf.told).containsExactly("back wait b");
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
    assertThat(shelf.told).containsExactly("back wait b", "done deaf a");
    assertThat(worker.report().items()).isEqualTo(new ItemCounts(2, 1, 0, 0, 1, 0, 0));
    assertThat(report.abandoned().getFirst().outcome()).contains(new ItemOutcome.Succeeded(true));
    assertThat(worker.report().abandoned()).isEmpty();
  }

  @Test
  void runningItemsMayEndOnTheirOwnWithinTheDrain() {
    Shelf shelf = new Shelf("deaf a", "b");
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders", shelf, bodies::handle, s -> s.withAhead(1).withDrain(Duration.ofSeconds(30)));
    bodies.awaitBegun("deaf a");
    Await.until("b waits", () -> worker.items().size() == 2);
    worker.stop(deploy());
    Await.until("b was handed back first", () -> shelf.told.contains("back b"));
    bodies.go = true;
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(shelf.told).containsExactly("back b", "done deaf a");
    assertThat(report.stop().orElseThrow().parts()).isEmpty();
    assertThat(report.items()).isEqualTo(new ItemCounts(2, 1, 0, 0, 1, 0, 0));
  }

  @Test
  void afterTheDrainTheyAreTold() {
    Shelf shelf = new Shelf("wait a");
    QueueWorker<String> worker =
        QueueWorker.open("orders", shelf, bodies::handle, s -> s.withDrain(Duration.ofMillis(5)));
    bodies.awaitBegun("wait a");
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(report.items().handedBack()).isOne();
    assertThat(report.stop().orElseThrow().parts()).hasSize(1);
  }

  @Test
  void aSecondStopCanOnlyShortenTheFirst() {
    Shelf shelf = new Shelf("deaf a");
    QueueWorker<String> worker = open(shelf, 1);
    bodies.awaitBegun("deaf a");
    worker.stop(deploy());
    WorkerReport<String> report = worker.stopAndAwait(StopReason.requested("hurry"), SHORT);
    assertThat(report.items().abandoned()).isOne();
    assertThat(report.stop().orElseThrow().reason().why()).isEqualTo("requested 'deploy'");
    assertThat(report.stop().orElseThrow().budget()).isEqualTo(Duration.ofMillis(50));
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
  }

  @Test
  void anItemThatWasStoppedAloneIsDroppedAlsoIfTheWorkerIsStoppedNext() {
    Shelf shelf = new Shelf("deaf a");
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            item -> {
              bodies.handle(item);
              bodies.handle("wait");
            });
    bodies.awaitBegun("deaf a");
    assertThat(worker.items().getFirst().stop(StopReason.requested("wrong"))).isTrue();
    worker.stop(deploy());
    bodies.go = true;
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(report.items()).isEqualTo(new ItemCounts(1, 0, 0, 1, 0, 0, 0));
    assertThat(shelf.told).containsExactly("drop deaf a");
  }

  @Test
  void whatTheStopOfTheWorkerCutsIsNotDroppedByALaterStopOfTheItem() {
    Shelf shelf = new Shelf("deaf a");
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            item -> {
              bodies.handle(item);
              bodies.handle("wait");
            });
    bodies.awaitBegun("deaf a");
    WorkItem<String> item = worker.items().getFirst();
    worker.stop(deploy());
    Await.until("it is told", () -> !worker.report().stop().orElseThrow().parts().isEmpty());
    assertThat(item.stop(StopReason.requested("too late"))).isFalse();
    bodies.go = true;
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(report.items()).isEqualTo(new ItemCounts(1, 0, 0, 0, 1, 0, 0));
    assertThat(shelf.told).containsExactly("back deaf a");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptFromOutsideHandsTheItemBackAndTheWorkerGoesOn(boolean inTheJdk) {
    Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    Shelf shelf = new Shelf("a");
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            item -> {
              threads.add(Thread.currentThread());
              if (inTheJdk && item.equals("a")) {
                bodies.begun.add("wait");
                boolean _ = new CountDownLatch(1).await(1, TimeUnit.HOURS);
              }
              bodies.handle(item.equals("a") ? "wait" : item);
            })) {
      bodies.awaitBegun("wait");
      threads.element().interrupt();
      Await.until("it was handed back", () -> shelf.told.contains("back a"));
      shelf.queue.add("b");
      Await.until("the worker goes on", () -> shelf.told.contains("done b"));
      assertThat(worker.report().items()).isEqualTo(new ItemCounts(2, 1, 0, 0, 1, 0, 0));
      assertThat(worker.report().handedBack()).as("those of the stop").isEmpty();
    }
  }
}
