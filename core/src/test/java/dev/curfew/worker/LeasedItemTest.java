// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Curfew;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.Collections;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Leases: renewed until an item is settled, and what happens when one is lost.
@Timeout(
    value = 60,
    threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // by its clock closing takes hours
class LeasedItemTest {

  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration THIRD = LEASE.dividedBy(3);
  private static final StopPlan PLAN = StopPlan.within(Duration.ofHours(10));

  private final ManualTime time = new ManualTime();
  private final Bodies bodies = new Bodies();
  private final Queue<StopReason> seen = new ConcurrentLinkedQueue<>();

  private QueueWorker<String> open(Shelf shelf, int ahead) {
    return QueueWorker.open(
        "orders",
        shelf.withLease(LEASE),
        item -> {
          try {
            bodies.handle(item);
          } finally {
            Curfew.token().reason().ifPresent(seen::add);
          }
        },
        s -> s.withTime(time).withAhead(ahead).withPlan(PLAN).withNames(item -> item));
  }

  private static int renewals(Shelf shelf, String item) {
    return Collections.frequency(shelf.told, "renew " + item);
  }

  /// The renewer sleeps, no call is on its way, and so many other alarms wait: one for each lease,
  /// and one for each handler that sleeps.
  private void awaitCalm(QueueWorker<String> worker, int others) {
    Await.until(
        "all is calm",
        () ->
            worker.items().stream().noneMatch(this::isRenewing)
                && time.waiting() == 1 + others
                && time.toString().contains("renewer"));
  }

  @Test
  void aLeaseIsRenewedEachThirdWhileTheHandlerRuns() {
    Shelf shelf = new Shelf("deaf a");
    try (QueueWorker<String> worker = open(shelf, 0)) {
      bodies.awaitBegun("deaf a");
      for (int i = 1; i <= 9; i++) {
        int count = i;
        awaitCalm(worker, 1);
        time.advance(THIRD);
        Await.until("it was renewed", () -> renewals(shelf, "deaf a") == count);
      }
      bodies.go = true;
      Await.until("it is done", () -> shelf.told.contains("done deaf a"));
      assertThat(worker.report().items().succeeded()).isOne();
      assertThat(worker.report().troubles()).isEmpty();
    }
  }

  @Test
  void anItemThatWaitsIsRenewedToo() {
    Shelf shelf = new Shelf("deaf a", "b");
    try (QueueWorker<String> worker = open(shelf, 1)) {
      bodies.awaitBegun("deaf a");
      Await.until("b waits", () -> worker.items().size() == 2);
      awaitCalm(worker, 2);
      time.advance(THIRD);
      Await.until("b was renewed", () -> renewals(shelf, "b") == 1);
      bodies.go = true;
      Await.until("b is done", () -> shelf.told.contains("done b"));
    }
  }

  @Test
  void aLostLeaseStopsTheItemAndTheSourceIsToldNothing() {
    Shelf shelf = new Shelf("wait a");
    try (QueueWorker<String> worker = open(shelf, 0)) {
      bodies.awaitBegun("wait a");
      WorkItem<String> item = worker.items().getFirst();
      awaitCalm(worker, 2);
      shelf.taken = true;
      time.advance(THIRD);
      Await.until("it is stopped", () -> worker.items().isEmpty());
      assertThat(seen).hasSize(1);
      assertThat(seen.element().root())
          .isInstanceOfSatisfying(
              StopReason.LeaseLost.class,
              lost -> {
                assertThat(lost.item()).isEqualTo("wait a");
                assertThat(lost.why()).isEqualTo("lease on wait a lost: somebody else has it");
              });
      assertThat(item.outcome().orElseThrow()).isInstanceOf(ItemOutcome.Lost.class);
      assertThat(item).hasToString("orders/wait a: lease lost");
      assertThat(shelf.told).containsExactly("renew wait a");
      assertThat(worker.report().items()).isEqualTo(new ItemCounts(1, 0, 0, 0, 0, 1, 0));
    }
  }

  @Test
  void whatIsDoneAfterTheLeaseWasLostIsLostToo() {
    Shelf shelf = new Shelf("deaf a");
    try (QueueWorker<String> worker = open(shelf, 0)) {
      bodies.awaitBegun("deaf a");
      awaitCalm(worker, 1);
      shelf.taken = true;
      time.advance(THIRD);
      Await.until("it is asked", () -> renewals(shelf, "deaf a") == 1);
      Await.until("the loss is known", () -> isStopped(worker));
      bodies.go = true;
      Await.until("it has ended", () -> worker.items().isEmpty());
      assertThat(worker.report().items()).isEqualTo(new ItemCounts(1, 0, 0, 0, 0, 1, 0));
      assertThat(shelf.told).containsExactly("renew deaf a");
    }
  }

  private boolean isRenewing(WorkItem<String> item) {
    return ((Item<String>) item).isRenewing();
  }

  private static boolean isStopped(QueueWorker<String> worker) {
    return worker.items().stream()
        .map(item -> (Item<String>) item)
        .anyMatch(
            item -> {
              var fork = item.fork();
              return fork != null && fork.token().isStopped();
            });
  }

  @Test
  void anItemThatWaitsNeverBeginsIfItsLeaseIsLost() {
    Shelf shelf = new Shelf("deaf a", "b");
    try (QueueWorker<String> worker = open(shelf, 1)) {
      bodies.awaitBegun("deaf a");
      Await.until("b waits", () -> worker.items().size() == 2);
      awaitCalm(worker, 2);
      shelf.taken = true;
      time.advance(THIRD);
      Await.until("b is gone", () -> worker.items().size() == 1);
      Await.until("the loss of the other is known", () -> isStopped(worker));
      bodies.go = true;
      Await.until("both are gone", () -> worker.items().isEmpty());
      assertThat(bodies.begun).containsExactly("deaf a");
      assertThat(worker.report().items().lost()).isEqualTo(2);
    }
  }

  @Test
  void aRenewalThatFailsProvesNothingUntilTheLeaseHasRunOut() {
    Shelf shelf = new Shelf("wait a");
    shelf.when(
        "renew wait a",
        () -> {
          throw new IllegalStateException("no connection");
        });
    try (QueueWorker<String> worker = open(shelf, 0)) {
      bodies.awaitBegun("wait a");
      WorkItem<String> item = worker.items().getFirst();
      for (int i = 1; i <= 2; i++) {
        int count = i;
        awaitCalm(worker, 2);
        time.advance(THIRD);
        Await.until("it failed", () -> worker.report().troubles().size() == count);
        assertThat(item.outcome()).isEmpty();
      }
      awaitCalm(worker, 2);
      time.advance(THIRD);
      Await.until("it is lost", () -> item.outcome().isPresent());
      assertThat(item.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              ItemOutcome.Lost.class,
              lost ->
                  assertThat(lost.reason().why())
                      .isEqualTo("lease on wait a lost: not renewed within PT30S"));
      assertThat(worker.report().troubles())
          .contains("orders: renew of wait a threw java.lang.IllegalStateException: no connection");
    }
  }

  @Test
  void leasesAreRenewedWhileTheStopDrainsAndWhileItHandsBack() {
    Shelf shelf = new Shelf("deaf a").when("back deaf a", bodies::beDeaf);
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf.withLease(LEASE),
            item -> {
              while (!Curfew.token().isStopped()) {
                bodies.begun.add(item);
                Thread.onSpinWait();
              }
              Curfew.token().check();
            },
            s ->
                s.withTime(time)
                    .withPlan(PLAN)
                    .withDrain(Duration.ofMinutes(1))
                    .withTell(Duration.ofHours(1))
                    .withNames(item -> item));
    bodies.awaitBegun("deaf a");
    awaitCalm(worker, 1);
    worker.stop(StopReason.requested("deploy"));
    for (int i = 1; i <= 9; i++) {
      int count = i;
      time.advance(THIRD);
      Await.until("it was renewed", () -> renewals(shelf, "deaf a") == count);
      Await.until("the renewer sleeps again", () -> time.toString().contains("renewer"));
      Await.until("the answer is there", () -> worker.items().stream().noneMatch(this::isRenewing));
    }
    Await.until("it is cut", () -> worker.report().items().handedBack() == 1);
    bodies.go = true;
    Await.until("it ends", worker::hasEnded);
    assertThat(shelf.told).contains("back deaf a");
    assertThat(worker.report().troubles()).isEmpty();
  }
}
