// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Claiming, sentinels, quiet, drain, and stopping some of the items.
class QueueWorkerTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final StopPlan PLAN = StopPlan.within(SOON);
  private static final String END = "END";

  private final Bodies bodies = new Bodies();

  private static StopReason deploy() {
    return StopReason.requested("deploy");
  }

  private static BlockingQueue<String> queueOf(String... items) {
    return new LinkedBlockingQueue<>(List.of(items));
  }

  private QueueWorker<String> open(Source<String> source, int handlers) {
    return QueueWorker.open(
        "orders",
        source,
        bodies::handle,
        s -> s.withHandlers(handlers).withPatience(Bodies.LONG).withNames(item -> item));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itHandlesEverythingUpToTheSentinelAndEnds(boolean virtual) {
    Map<String, Boolean> threads = new ConcurrentHashMap<>();
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            Source.of(queueOf("a", "b", "c", END)).endingWith(END),
            item -> threads.put(item, Thread.currentThread().isVirtual()),
            s -> (virtual ? s.withVirtualThreads() : s.withPlatformThreads()).withHandlers(2))) {
      assertThat(worker.awaitEnd(SOON)).isTrue();
      assertThat(threads).containsOnlyKeys("a", "b", "c").doesNotContainValue(!virtual);
      WorkerReport<String> report = worker.report();
      assertThat(report.items()).isEqualTo(new ItemCounts(3, 3, 0, 0, 0, 0, 0));
      assertThat(report.stop()).isEmpty();
      assertThat(report.text())
          .isEqualTo(
              "worker orders: 3 claimed: 3 succeeded, 0 failed, 0 stopped, 0 handed back, 0 lost,"
                  + " 0 abandoned");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void oneSentinelOrSeveralEndAllWorkersOfAQueue(int sentinels) {
    BlockingQueue<String> queue = queueOf();
    QueueSource<String> shared = Source.of(queue).endingWith(END);
    try (var one = open(shared, 1);
        var two = open(shared, 2);
        var three = open(Source.of(queue).endingWith(END), 1)) {
      queue.addAll(List.of("a", "b", "c", "d"));
      for (int i = 0; i < sentinels; i++) {
        queue.add(END);
      }
      assertThat(List.of(one, two, three)).allMatch(worker -> worker.awaitEnd(SOON));
      assertThat(bodies.begun).containsExactlyInAnyOrder("a", "b", "c", "d");
      assertThat(queue).containsOnly(END).hasSize(sentinels);
    }
  }

  @Test
  void whatLiesBehindTheSentinelStaysInTheQueue() {
    BlockingQueue<String> queue = queueOf("a", END, "behind");
    try (QueueWorker<String> worker = open(Source.of(queue).endingWith(END), 8)) {
      assertThat(worker.awaitEnd(SOON)).isTrue();
      assertThat(bodies.begun).containsExactly("a");
      assertThat(queue).containsExactly("behind", END);
    }
  }

  @Test
  void aSentinelThatFindsNoRoomIsPutBackWhenThereIsSome() throws InterruptedException {
    BlockingQueue<String> queue =
        new ArrayBlockingQueue<>(1) {
          @Override
          public @Nullable String poll(long timeout, TimeUnit unit) throws InterruptedException {
            String next = super.poll(timeout, unit);
            if (END.equals(next)) {
              boolean _ = super.offer("handed back by another"); // just now
            }
            return next;
          }
        };
    queue.add(END);
    QueueSource<String> source = Source.of(queue).endingWith(END);
    assertThat(source.claim(1, Deadline.after(SOON))).isEqualTo(Claim.of(List.of()));
    assertThat(source.claim(1, Deadline.after(Duration.ZERO))).isEqualTo(Claim.of(List.of()));
    assertThat(queue.poll()).isEqualTo("handed back by another");
    assertThat(source.claim(1, Deadline.after(SOON))).isEqualTo(Claim.last(List.of()));
    assertThat(queue).containsExactly(END);
  }

  @Test
  void aBlockedTakeEndsAtOnceWhenTheWorkerIsStopped() {
    QueueWorker<String> worker = open(Source.of(queueOf()), 1);
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(worker.hasEnded()).isTrue();
    assertThat(report.items().claimed()).isZero();
    assertThat(report.stop().orElseThrow().parts()).isEmpty();
    assertThat(report.troubles()).isEmpty();
  }

  @Test
  void anItemThatWasTakenAsTheStopCameIsHandedBack() {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    Shelf shelf = new Shelf();
    shelf.when(
        "claim",
        () -> {
          told.add("claims");
          while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
          }
          boolean _ = Thread.interrupted(); // swallowed: it has taken something
          shelf.queue.add("late");
        });
    QueueWorker<String> worker = open(shelf, 1);
    Await.until("it claims", () -> !told.isEmpty());
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(shelf.told).containsExactly("back late");
    assertThat(report.items()).isEqualTo(new ItemCounts(1, 0, 0, 0, 1, 0, 0));
    assertThat(report.handedBack()).extracting(WorkItem::name).containsExactly("late");
    assertThat(bodies.begun).isEmpty();
  }

  @Test
  void quietClaimsNothingMoreUntilItResumes() {
    BlockingQueue<String> queue = queueOf("deaf a");
    try (QueueWorker<String> worker = open(Source.of(queue), 2)) {
      bodies.awaitBegun("deaf a");
      assertThat(worker.quiet()).isTrue();
      assertThat(worker.quiet()).isTrue();
      Await.until(
          "the claim has ended", () -> !Curfew.openScopes().contains("orders/claimer/claim"));
      queue.add("b");
      bodies.go = true;
      Await.until("the running item is done", () -> worker.report().items().succeeded() == 1);
      assertThat(queue).containsExactly("b");
      assertThat(worker.toString()).startsWith("orders: quiet, 1 claimed: 1 succeeded");
      assertThat(worker.resume()).isTrue();
      bodies.awaitBegun("b");
    }
  }

  @Test
  void aQuietWorkerCanBeStopped() {
    QueueWorker<String> worker = open(Source.of(queueOf()), 1);
    assertThat(worker.quiet()).isTrue();
    WorkerReport<String> _ = worker.stopAndAwait(deploy(), PLAN);
    assertThat(worker.hasEnded()).isTrue();
    assertThat(worker.quiet()).isFalse();
    assertThat(worker.resume()).isFalse();
  }

  @Test
  void drainHandlesWhatIsQueuedAndEnds() {
    BlockingQueue<String> queue = queueOf("deaf a", "b", "c");
    QueueWorker<String> worker = open(Source.of(queue), 1);
    bodies.awaitBegun("deaf a");
    worker.drain();
    assertThat(worker.quiet()).isFalse();
    bodies.go = true;
    assertThat(worker.awaitEnd(SOON)).isTrue();
    assertThat(bodies.begun).containsExactly("deaf a", "b", "c");
    assertThat(worker.report().items()).isEqualTo(new ItemCounts(3, 3, 0, 0, 0, 0, 0));
  }

  @Test
  void drainEndsAClaimThatWaits() {
    QueueWorker<String> worker = open(Source.of(queueOf("a")), 2);
    Await.until("it is done", () -> worker.report().items().succeeded() == 1);
    worker.drain();
    assertThat(worker.awaitEnd(SOON)).isTrue();
  }

  @Test
  void itsClaimsAreNoLongerThanThePlacesItHas() {
    Shelf shelf = new Shelf("deaf a", "b", "c", "d", "e");
    QueueWorker<String> worker =
        QueueWorker.open("orders", shelf, bodies::handle, s -> s.withAhead(2));
    bodies.awaitBegun("deaf a");
    Await.until("two wait", () -> worker.items().size() == 3);
    assertThat(shelf.queue).containsExactly("d", "e");
    WorkerReport<String> report =
        worker.stopAndAwait(deploy(), StopPlan.within(Duration.ofMillis(50)));
    bodies.go = true;
    Await.until("it ends", worker::hasEnded);
    assertThat(report.items()).isEqualTo(new ItemCounts(3, 0, 0, 0, 2, 0, 1));
    assertThat(report.handedBack()).extracting(WorkItem::value).containsExactlyInAnyOrder("b", "c");
    assertThat(report.handedBack())
        .allSatisfy(
            item ->
                assertThat(item.outcome().orElseThrow())
                    .isInstanceOfSatisfying(
                        ItemOutcome.HandedBack.class,
                        back -> {
                          assertThat(back.begun()).isFalse();
                          assertThat(back.reason().why()).isEqualTo("requested 'deploy'");
                        }));
    assertThat(report.text()).contains("\n  handed back: item-").contains("\n  abandoned: item-1");
  }

  @Test
  void oneItemIsStoppedByNameAndTheOthersGoOn() {
    Shelf shelf = new Shelf("wait a", "wait b");
    try (QueueWorker<String> worker = open(shelf, 2)) {
      bodies.awaitBegun("wait a");
      bodies.awaitBegun("wait b");
      assertThat(worker.stopItem("wait a", StopReason.requested("wrong"))).isOne();
      Await.until("it was dropped", () -> shelf.told.contains("drop wait a"));
      Await.until("it is settled", () -> worker.items().size() == 1);
      WorkItem<String> other = worker.items().getFirst();
      assertThat(other.name()).isEqualTo("wait b");
      assertThat(other).hasToString("orders/wait b: running");
      assertThat(other.stop(StopReason.requested("too"))).isTrue();
      assertThat(other.stop(StopReason.requested("again"))).isFalse();
      Await.until("the second too", () -> shelf.told.contains("drop wait b"));
      assertThat(other.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              ItemOutcome.Stopped.class,
              by -> assertThat(by.reason().why()).isEqualTo("requested 'too'"));
      assertThat(worker.report().items().stopped()).isEqualTo(2);
      assertThat(other).hasToString("orders/wait b: stopped");
    }
  }

  @Test
  void anItemThatWaitsIsStoppedBeforeItBegins() {
    Shelf shelf = new Shelf("wait a", "b");
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders", shelf, bodies::handle, s -> s.withAhead(1).withNames(item -> item))) {
      bodies.awaitBegun("wait a");
      Await.until("b waits", () -> worker.items().size() == 2);
      assertThat(worker.stopItem("b", deploy())).isOne();
      Await.until("it was dropped", () -> shelf.told.contains("drop b"));
      assertThat(bodies.begun).containsExactly("wait a");
    }
  }

  @Test
  void aGroupIsStoppedTogetherAsFarAsItWasClaimed() {
    Shelf shelf = new Shelf("wait 1 ann", "wait 2 bob", "wait 3 ann");
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            bodies::handle,
            s -> s.withHandlers(4).withGroups(item -> item.substring(item.length() - 3)))) {
      bodies.awaitBegun("wait 3 ann");
      assertThat(worker.stopGroup("ann", deploy())).isEqualTo(2);
      Await.until("they were dropped", () -> worker.items().size() == 1);
      assertThat(worker.items()).extracting(WorkItem::group).containsExactly("bob");
      shelf.queue.add("4 ann");
      Await.until("a later one is done", () -> shelf.told.contains("done 4 ann"));
    }
  }

  @Test
  void aBatchIsStoppedTogetherAlsoWhatIsClaimedLater() {
    Shelf shelf = new Shelf("wait 1 may");
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            bodies::handle,
            s -> s.withHandlers(4).withBatches(item -> item.substring(item.length() - 3)))) {
      bodies.awaitBegun("wait 1 may");
      assertThat(worker.stopBatch("may", deploy())).isOne();
      shelf.queue.addAll(List.of("2 may", "3 jun"));
      Await.until("both were told", () -> shelf.told.contains("done 3 jun"));
      Await.until("two were dropped", () -> shelf.told.contains("drop 2 may"));
      Await.until("the running one too", () -> shelf.told.contains("drop wait 1 may"));
      assertThat(bodies.begun).containsExactly("wait 1 may", "3 jun");
      assertThatThrownBy(() -> worker.stopBatch("", deploy()))
          .hasMessage("items without a batch cannot be stopped as one");
    }
  }

  @Test
  void labelsThatCannotBeHadAreTold() {
    Shelf shelf = new Shelf("a");
    try (QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            bodies::handle,
            s ->
                s.withNames(
                    item -> {
                      throw new IllegalStateException("no name");
                    }))) {
      Await.until("it is done all the same", () -> shelf.told.contains("done a"));
      assertThat(worker.report().troubles())
          .containsExactly("orders: no label for item-1: java.lang.IllegalStateException: no name");
    }
  }

  @Test
  void aHandlerMayStopItsWorkerButNotAwaitIt() {
    AtomicReference<QueueWorker<String>> self = new AtomicReference<>();
    Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    Shelf shelf = new Shelf();
    QueueWorker<String> worker =
        QueueWorker.open(
            "orders",
            shelf,
            item -> {
              QueueWorker<String> own = self.get();
              keep(thrown, () -> own.stopAndAwait(deploy(), PLAN));
              keep(thrown, own::close);
              keep(thrown, () -> own.awaitEnd(SOON));
              own.stop(deploy());
            });
    self.set(worker);
    shelf.queue.add("a");
    assertThat(worker.awaitEnd(SOON)).isTrue();
    assertThat(thrown)
        .extracting(Throwable::getMessage)
        .containsExactly(
            "orders cannot be awaited by a handler of its own: call stop(reason) here",
            "orders cannot be closed by a handler of its own: call stop(reason) here",
            "orders cannot be awaited by a handler of its own: call stop(reason) here");
    assertThat(worker.report().items().succeeded()).isOne();
  }

  private static void keep(Queue<Throwable> thrown, Runnable call) {
    try {
      call.run();
    } catch (IllegalStateException e) {
      thrown.add(e);
    }
  }

  @Test
  void aWorkerIsStoppedWithTheScopeItWasOpenedIn() {
    Shelf shelf = new Shelf("wait a");
    AtomicReference<QueueWorker<String>> opened = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      QueueWorker<String> worker = open(shelf, 1);
                      opened.set(worker);
                      bodies.awaitBegun("wait a");
                      scope.stop(deploy());
                      boolean _ = worker.awaitEnd(SOON);
                      scope.token().check(); // it may have ended before we waited
                      return "";
                    }))
        .isInstanceOf(StoppedException.class);
    QueueWorker<String> worker = opened.get();
    Await.until("the worker ends", worker::hasEnded);
    assertThat(worker.path()).isEqualTo("app/orders");
    assertThat(worker.name()).isEqualTo("orders");
    assertThat(shelf.told).containsExactly("back wait a");
    StopReason reason = worker.report().stop().orElseThrow().reason();
    assertThat(reason.root().why()).isEqualTo("requested 'deploy'");
  }

  @Test
  void awaitEndGivesUpWhenItsTimeHasCome() {
    try (QueueWorker<String> worker = open(Source.of(queueOf()), 1)) {
      assertThat(worker.awaitEnd(Duration.ofMillis(1))).isFalse();
    }
  }

  @Test
  void closeStopsByThePlanOfTheWorkerAndIsIdempotent() {
    Shelf shelf = new Shelf("wait a");
    QueueWorker<String> worker = open(shelf, 1);
    bodies.awaitBegun("wait a");
    worker.close();
    worker.close();
    assertThat(worker.hasEnded()).isTrue();
    assertThat(shelf.told).containsExactly("back wait a");
    assertThat(worker.report().stop().orElseThrow().reason().why()).isEqualTo("requested 'closed'");
  }

  @Test
  void whatAFullQueueCannotTakeBackIsInTheReport() {
    BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
    QueueWorker<String> worker = open(Source.of(queue), 1);
    queue.add("wait a");
    bodies.awaitBegun("wait a");
    queue.add("b");
    WorkerReport<String> report = worker.stopAndAwait(deploy(), PLAN);
    assertThat(queue).containsExactly("b");
    WorkItem<String> back = report.handedBack().getFirst();
    assertThat(back.value()).isEqualTo("wait a");
    assertThat(back.trouble().orElseThrow())
        .hasMessage("the queue is full, so this item is nowhere but in the report: wait a");
    assertThat(report.troubles())
        .singleElement()
        .asString()
        .startsWith("orders: hand back of wait a threw java.lang.IllegalStateException: the queue");
  }
}
