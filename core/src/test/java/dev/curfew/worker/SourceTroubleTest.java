// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Sources that throw or hang: bounded, isolated, told by name.
class SourceTroubleTest {

  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));
  private static final Duration QUARTER = Duration.ofMillis(20);

  private final Bodies bodies = new Bodies();

  private static StopReason deploy() {
    return StopReason.requested("deploy");
  }

  private QueueWorker<String> open(Source<String> source) {
    return QueueWorker.open(
        "orders",
        source,
        bodies::handle,
        s -> s.withPatience(Bodies.LONG).withTell(QUARTER).withNames(item -> item));
  }

  private static void sleepLong() throws InterruptedException {
    boolean _ = new CountDownLatch(1).await(1, TimeUnit.HOURS);
  }

  @Test
  void aSourceThatThrowsIsToldByNameAndTheItemCountsAllTheSame() {
    Shelf shelf = new Shelf("a", "fail b", "c");
    shelf.when(
        "done a",
        () -> {
          throw new IllegalStateException("no connection");
        });
    shelf.when(
        "failed fail b",
        () -> {
          throw new LinkageError("not even an exception");
        });
    try (QueueWorker<String> worker = open(shelf)) {
      Await.until("the last is done", () -> shelf.told.contains("done c"));
      assertThat(worker.report().items().succeeded()).isEqualTo(2);
      assertThat(worker.report().items().failed()).isOne();
      assertThat(worker.report().troubles())
          .containsExactly(
              "orders: done of a threw java.lang.IllegalStateException: no connection",
              "orders: failed of fail b threw java.lang.LinkageError: not even an exception");
      assertThat(worker.report().text())
          .contains("\n  orders: done of a threw java.lang.IllegalStateException: no connection");
    }
  }

  @Test
  void aCallThatHangsIsInterruptedWhenItsBudgetIsOver() {
    Shelf shelf = new Shelf("a", "b").when("done a", SourceTroubleTest::sleepLong);
    try (QueueWorker<String> worker = open(shelf)) {
      Await.until("the next is done", () -> shelf.told.contains("done b"));
      assertThat(worker.report().troubles())
          .containsExactly("orders: done of a threw java.lang.InterruptedException");
    }
  }

  @Test
  void aCallThatIgnoresThatHoldsUpNoOtherItem() {
    Shelf shelf = new Shelf("a", "b").when("done a", bodies::beDeaf);
    QueueWorker<String> worker = open(shelf);
    Await.until("the next is done", () -> shelf.told.contains("done b"));
    assertThat(worker.report().troubles())
        .containsExactly("orders: done of a did not end within PT0.02S");
    assertThat(worker.report().items().succeeded()).isEqualTo(2);
    WorkItem<String> hanging = worker.items().getFirst();
    WorkerReport<String> report =
        worker.stopAndAwait(deploy(), StopPlan.within(Duration.ofMillis(50)));
    assertThat(report.items()).isEqualTo(new ItemCounts(2, 2, 0, 0, 0, 0, 0));
    assertThat(report.stop().orElseThrow().stragglers())
        .singleElement()
        .satisfies(part -> assertThat(part.path()).isEqualTo("orders/items/a"));
    assertThat(hanging.trouble().orElseThrow())
        .hasMessage("the plan ended before the source took a");
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
    assertThat(hanging.trouble()).isEmpty();
  }

  @Test
  void handBacksThatHangHoldUpNoOther() {
    Shelf shelf = new Shelf();
    for (int i = 0; i < 30; i++) {
      shelf.queue.add("wait " + i);
      if (i < 20) {
        shelf.when("back wait " + i, bodies::beDeaf);
      }
    }
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            bodies::handle,
            s -> s.withHandlers(30).withTell(QUARTER).withNames(item -> item));
    Await.until("all have begun", () -> bodies.begun.size() == 30);
    worker.stop(deploy());
    Await.until("ten were handed back", () -> shelf.told.size() == 10);
    Await.until("the others were named", () -> worker.report().troubles().size() == 20);
    bodies.go = true;
    Await.until("the others too", worker::hasEnded);
    WorkerReport<String> report = worker.report();
    assertThat(report.items().handedBack()).isEqualTo(30);
    assertThat(report.troubles())
        .hasSize(20)
        .contains("orders: hand back of wait 0 did not end within PT0.02S");
  }

  @Test
  void aHandBackThatThrowsLeavesTheItemInTheReport() {
    Shelf shelf = new Shelf("wait a");
    shelf.when(
        "back wait a",
        () -> {
          throw new IllegalStateException("closed");
        });
    QueueWorker<String> worker = open(shelf);
    bodies.awaitBegun("wait a");
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(report.handedBack().getFirst().trouble().orElseThrow()).hasMessage("closed");
  }

  @Test
  void aClaimThatThrowsIsTriedAgainAfterPausesThatGrow() {
    ManualTime time = new ManualTime();
    AtomicInteger claims = new AtomicInteger();
    Shelf shelf = new Shelf("a");
    shelf.when(
        "claim",
        () -> {
          if (claims.incrementAndGet() < 4) {
            throw new IllegalStateException("no connection");
          }
        });
    try (QueueWorker<String> worker =
        QueueWorker.open("orders", shelf, bodies::handle, s -> s.withTime(time))) {
      for (int pause : List.of(100, 200, 400)) {
        time.awaitAlarms(1);
        int before = claims.get();
        time.advance(Duration.ofMillis(pause - 1L));
        assertThat(claims).hasValue(before);
        time.advance(Duration.ofMillis(1));
        Await.until("it claims again", () -> claims.get() > before);
      }
      Await.until("it is done", () -> shelf.told.contains("done a"));
      assertThat(worker.report().troubles())
          .hasSize(3)
          .containsOnly("orders: a claim threw java.lang.IllegalStateException: no connection");
    }
  }

  @Test
  void aSourceThatDoesNotWaitIsAskedAfterPauses() {
    ManualTime time = new ManualTime();
    AtomicInteger claims = new AtomicInteger();
    Shelf idle = new Shelf();
    Source<String> source =
        new Unwaiting(idle) {
          @Override
          public Claim<String> claim(int most, Deadline until) {
            claims.incrementAndGet();
            return Claim.of(List.of());
          }
        };
    try (QueueWorker<String> worker =
        QueueWorker.open("orders", source, bodies::handle, s -> s.withTime(time))) {
      time.awaitAlarms(1);
      assertThat(claims).hasValue(1);
      time.advance(Duration.ofMillis(100));
      Await.until("it claims again", () -> claims.get() == 2);
      time.awaitAlarms(1);
      worker.drain();
      assertThat(worker.awaitEnd(Duration.ofSeconds(10))).isTrue();
      assertThat(worker.report().troubles()).isEmpty();
    }
  }

  @Test
  void aClaimThatReturnsNullIsATrouble() {
    Shelf idle = new Shelf();
    Source<String> source =
        new Unwaiting(idle) {
          @Override
          @SuppressWarnings("NullAway") // what a source may do that is compiled without it
          public Claim<String> claim(int most, Deadline until) {
            return null;
          }
        };
    try (QueueWorker<String> worker = open(source)) {
      Await.until("it is told", () -> !worker.report().troubles().isEmpty());
      assertThat(worker.report().troubles().getFirst())
          .isEqualTo("orders: a claim threw java.lang.NullPointerException: a claim is never null");
    }
  }

  @Test
  void aClaimThatHangsIsNamedAndWhatItBringsLateIsHandedBack() {
    AtomicInteger claims = new AtomicInteger();
    Shelf shelf = new Shelf();
    shelf.when(
        "claim",
        () -> {
          claims.incrementAndGet();
          bodies.beDeaf();
          shelf.queue.add("late");
        });
    QueueWorker<String> worker = open(shelf);
    Await.until("it claims", () -> claims.get() == 1);
    WorkerReport<String> report =
        worker.stopAndAwait(deploy(), StopPlan.within(Duration.ofMillis(50)));
    assertThat(report.items().claimed()).isZero();
    assertThat(report.stop().orElseThrow().stragglers())
        .anySatisfy(part -> assertThat(part.path()).isEqualTo("orders/claimer"));
    bodies.go = true;
    Await.until("it ends after all", worker::hasEnded);
    assertThat(shelf.told).containsExactly("back late");
    assertThat(worker.report().items()).isEqualTo(new ItemCounts(1, 0, 0, 0, 1, 0, 0));
  }

  @Test
  void whatAClaimTookIsKeptIfItsWayOutFails() {
    Shelf shelf = new Shelf("a");
    AtomicInteger claims = new AtomicInteger();
    shelf.when(
        "claim",
        () -> {
          if (claims.incrementAndGet() == 1) {
            boolean _ = dev.curfew.Scope.open("left open").token().isStopped();
          }
        });
    try (QueueWorker<String> worker = open(shelf)) {
      Await.until("it is done", () -> shelf.told.contains("done a"));
      assertThat(worker.report().troubles())
          .singleElement()
          .asString()
          .contains("left open was left open");
    }
  }

  @Test
  void aHandlerThatLeavesAScopeOpenHasFailedAndStopsNobody() {
    Shelf shelf = new Shelf("a", "b");
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            item -> {
              if (item.equals("a")) {
                boolean _ = dev.curfew.Scope.open("left open").token().isStopped();
              }
            })) {
      Await.until("the next is done", () -> shelf.told.contains("done b"));
      assertThat(shelf.told).containsExactly("failed a", "done b");
      assertThat(Curfew.openScopes()).noneMatch(path -> path.contains("left open"));
      assertThat(worker.report().items().failed()).isOne();
    }
  }

  @Test
  void settingsAreChecked() {
    WorkerSettings<String> plain = WorkerSettings.defaults();
    Duration negative = Duration.ofSeconds(-1);
    assertThatThrownBy(() -> plain.withHandlers(0))
        .hasMessage("handlers must be at least 1, was 0");
    assertThatThrownBy(() -> plain.withAhead(-1)).hasMessage("ahead must not be negative, was -1");
    assertThatThrownBy(() -> plain.withPatience(negative))
        .hasMessage("patience must not be negative, was PT-1S");
    assertThatThrownBy(() -> plain.withTell(negative))
        .hasMessage("tell must not be negative, was PT-1S");
    assertThatThrownBy(() -> plain.withDrain(negative))
        .hasMessage("drain must not be negative, was PT-1S");
  }

  /// A source without items of its own.
  private abstract static class Unwaiting implements Source<String> {

    private final Shelf shelf;

    Unwaiting(Shelf shelf) {
      this.shelf = shelf;
    }

    @Override
    public void done(String item) throws Exception {
      shelf.done(item);
    }

    @Override
    public void failed(String item, Throwable failure) throws Exception {
      shelf.failed(item, failure);
    }

    @Override
    public void handBack(String item, StopReason reason) throws Exception {
      shelf.handBack(item, reason);
    }
  }

  @Test
  void whatEndedAfterTheStopIsToldBeyondTheTimeOfTheItems() {
    ManualTime time = new ManualTime();
    CountDownLatch telling = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    Shelf shelf =
        new Shelf("late a")
            .when(
                "done late a",
                () -> {
                  telling.countDown();
                  assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
                  Curfew.token().check();
                });
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            _ -> {
              bodies.begun.add("late a");
              Await.until("it is stopped", () -> Curfew.token().isStopped());
            },
            s ->
                s.withTell(Duration.ofSeconds(60))
                    .withPlan(PLAN)
                    .withTime(time)
                    .withNames(item -> item));
    Await.until("it has begun", () -> bodies.begun.size() == 1);
    worker.stop(deploy());
    Await.until("it is being told", () -> telling.getCount() == 0);

    time.advance(Duration.ofSeconds(9)); // the last tenth and a half is for this
    told.countDown();

    Await.until("it has ended", worker::hasEnded);
    assertThat(worker.report().troubles()).isEmpty();
    assertThat(worker.report().items().succeeded()).isOne();
    assertThat(worker.report().abandoned()).isEmpty();
  }
}
