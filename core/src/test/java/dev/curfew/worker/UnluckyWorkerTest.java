// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.TimeSource;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Workers among foreign code that is broken in strange ways, and where no thread is to be had: no
/// item is lost, no item stops the others, and the timer is held up by nobody.
class UnluckyWorkerTest {

  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));

  private final Bodies bodies = new Bodies();

  private QueueWorker<String> open(
      Source<String> source, UnaryOperator<WorkerSettings<String>> change) {
    return QueueWorker.open(
        "orders",
        source,
        bodies::handle,
        s -> change.apply(s.withAhead(9).withNames(item -> item).withPlan(PLAN)));
  }

  /// The clock of the system, whose timer has no thread when it is asked from a class.
  private record Threadless(String from, AtomicInteger which) implements TimeSource {

    @Override
    public long nanos() {
      return TimeSource.system().nanos();
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      String asking =
          StackWalker.getInstance()
              .walk(
                  frames ->
                      frames
                          .map(StackWalker.StackFrame::getClassName)
                          .filter(name -> name.startsWith("dev.curfew.worker."))
                          .filter(name -> !name.equals(Threadless.class.getName()))
                          .findFirst())
              .orElse("");
      boolean asked = asking.endsWith("." + from);
      if (asked && which.decrementAndGet() == 0) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      return TimeSource.system().alarm(atNanos, action);
    }

    @Override
    public void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
      TimeSource.system().parkUntil(blocker, atNanos, over);
    }
  }

  @Test
  void aLabelThatCannotBeMadeLosesNoItem() {
    Shelf shelf = new Shelf("a", "b", "c", "d");
    try (QueueWorker<String> worker =
        open(
            shelf,
            s ->
                s.withGroups(
                    item -> {
                      if (item.equals("b")) {
                        throw new NoClassDefFoundError("Labels");
                      }
                      return item;
                    }))) {
      Await.until("all are done", () -> shelf.told.size() == 4);
      assertThat(worker.report().troubles())
          .containsExactly("orders: no label for : java.lang.NoClassDefFoundError: Labels");
    }
  }

  @Test
  void withoutATimerForALeaseTheItemIsHandedBackAndTheRestIsDone() {
    Shelf shelf = new Shelf("a", "b", "c", "d").withLease(Duration.ofHours(1));
    try (QueueWorker<String> worker =
        open(shelf, s -> s.withTime(new Threadless("Item", new AtomicInteger(2))))) {
      Await.until("the source knows of all", () -> shelf.told.size() == 4);
      assertThat(shelf.told).containsExactlyInAnyOrder("done a", "back b", "done c", "done d");
      assertThat(worker.report().troubles())
          .containsExactly(
              "orders: no timer for the lease of b: java.lang.OutOfMemoryError: unable to create"
                  + " native thread");
    }
  }

  @Test
  void withoutATimerForACallTheSourceIsToldAllTheSame() {
    Shelf shelf = new Shelf("a", "b");
    try (QueueWorker<String> worker =
        open(shelf, s -> s.withTime(new Threadless("Desk", new AtomicInteger(1))))) {
      Await.until("both are done", () -> shelf.told.size() == 2);
      assertThat(worker.report().troubles())
          .singleElement()
          .asString()
          .endsWith(" has no bound: java.lang.OutOfMemoryError: unable to create native thread");
      assertThat(worker.report().stop()).isEmpty();
    }
  }

  @Test
  void whatKeepsAManagedWorkerFromBeginningIsThrownByWhoOpensIt() {
    TimeSource threadless = new Threadless("Steward", new AtomicInteger(1));
    assertThatThrownBy(
            () ->
                ManagedWorker.open(
                    "db",
                    () -> "connection",
                    _ -> {},
                    s -> s.withTime(threadless).withDeadline(Duration.ofHours(1))))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("unable to create native thread");
  }

  private static final class Indescribable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no words");
    }
  }

  @Test
  void whatCannotDescribeItselfIsNamedByItsClassAndStopsNobody() {
    Shelf shelf =
        new Shelf("a", "b")
            .when(
                "done a",
                () -> {
                  throw new Indescribable();
                });
    AtomicInteger claims = new AtomicInteger();
    shelf.when(
        "claim",
        () -> {
          if (claims.incrementAndGet() == 1) {
            throw new Indescribable();
          }
        });
    try (QueueWorker<String> worker = open(shelf, s -> s)) {
      Await.until("the other is done", () -> shelf.told.contains("done b"));
      Await.until("the first is over", () -> worker.items().isEmpty());
      String type = Indescribable.class.getName();
      assertThat(worker.report().troubles())
          .containsExactly("orders: a claim threw " + type, "orders: done of a threw " + type);
    }
  }

  private record Sloppy(String name) {
    @Override
    public boolean equals(Object other) {
      return ((Sloppy) other).name.equals(name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }
  }

  @Test
  void itemsThatCannotBeComparedAreNotLost() {
    LinkedBlockingQueue<Object> queue =
        new LinkedBlockingQueue<>(List.of("a", new Sloppy("b"), "c", "end"));
    Queue<Object> handled = new ConcurrentLinkedQueue<>();
    QueueWorker<Object> plain =
        QueueWorker.open("plain", Source.of(queue), handled::add, s -> s.withAhead(9));
    Await.until("all are handled", () -> handled.size() == 4);
    plain.close();

    queue.addAll(List.of("a", new Sloppy("b"), new Sloppy("end"), "c"));
    handled.clear();
    QueueWorker<Object> ending =
        QueueWorker.open(
            "ending",
            Source.of(queue).endingWith(new Sloppy("end")),
            handled::add,
            s -> s.withAhead(9));
    assertThat(ending.awaitEnd(Await.LIMIT)).isTrue();
    assertThat(handled).containsExactly("a", new Sloppy("b"));
  }

  @Test
  void asManyHandlersAsThereCanBeAreEnough() {
    Shelf shelf = new Shelf("a");
    try (QueueWorker<String> _ = open(shelf, s -> s.withHandlers(Integer.MAX_VALUE))) {
      Await.until("it is done", () -> shelf.told.contains("done a"));
    }
  }

  /// All who call the source hang, so that most of what is to be handed back waits; its leases end.
  @Test
  void whoseLeaseHasEndedIsNotHandedBack() {
    ManualTime time = new ManualTime();
    Shelf shelf = new Shelf("deaf").withLease(Duration.ofSeconds(10));
    for (int i = 0; i < 20; i++) {
      shelf.queue.add("i" + i);
      shelf.when("back i" + i, bodies::beDeaf);
    }
    QueueWorker<String> worker =
        open(
            shelf,
            s ->
                s.withTime(time)
                    .withAhead(99)
                    .withTell(Duration.ofHours(1))
                    .withPlan(StopPlan.within(Duration.ofHours(10))));
    Await.until("all are claimed", () -> worker.report().items().claimed() == 21);
    bodies.awaitBegun("deaf");
    worker.stop(StopReason.requested("deploy"));
    Await.until(
        "all tellers hang",
        () ->
            Thread.getAllStackTraces().values().stream()
                    .filter(
                        frames ->
                            List.of(frames).stream()
                                .anyMatch(frame -> frame.getMethodName().equals("handBack")))
                    .count()
                == 8);
    time.advance(Duration.ofSeconds(11));
    bodies.go = true;
    Await.until("all have ended", worker::hasEnded);

    assertThat(shelf.told.stream().filter(told -> told.startsWith("back "))).hasSize(8);
    assertThat(worker.report().troubles())
        .filteredOn(line -> line.startsWith("orders: the lease was lost before the source took i"))
        .hasSize(12);
  }

  // the tellers

  private static Tellers.Message saying(String word, Queue<String> to) {
    return new Tellers.Message(
        _ -> to.add(word + " on " + Thread.currentThread().getName()), () -> to.add("no " + word));
  }

  @Test
  void withoutAThreadTheTimerLeavesItToTheNext() {
    Tellers tellers = new Tellers();
    Queue<String> said = new ConcurrentLinkedQueue<>();
    try (Scope stopped = Scope.open("stopped")) {
      boolean _ = stopped.stop(StopReason.requested("no threads"));
      tellers.open(stopped);
      tellers.sendByTimer(saying("first", said));
      assertThat(said).isEmpty();

      tellers.send(saying("second", said));
      String me = Thread.currentThread().getName();
      assertThat(said).containsExactly("first on " + me, "second on " + me);

      tellers.sendByTimer(saying("third", said));
      tellers.close();
      assertThat(said).last().isEqualTo("no third");
    }
  }

  /// Keeps all of them busy, each until more than its number are released.
  private static Queue<Runnable> hangAll(Tellers tellers, AtomicInteger released) {
    Queue<Runnable> leaves = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      tellers.send(
          new Tellers.Message(
              leave -> {
                leaves.add(leave);
                Await.until("it is released", Bodies.LONG, () -> released.get() > number);
              },
              () -> {}));
    }
    Await.until("all hang", () -> leaves.size() == 8);
    return leaves;
  }

  @Test
  void whoIsLeftBehindByTheTimerDoesWhatIsLeftOnceItIsBack() {
    Tellers tellers = new Tellers();
    AtomicInteger released = new AtomicInteger();
    Queue<String> said = new ConcurrentLinkedQueue<>();
    try (Scope scope = Scope.open("scope")) {
      tellers.open(scope);
      Queue<Runnable> leaves = hangAll(tellers, released);
      tellers.send(saying("waits", said));
      boolean _ = scope.stop(StopReason.requested("no more threads"));

      leaves.forEach(Runnable::run); // as the timer does
      assertThat(said).isEmpty();

      released.set(8);
      Await.until("it is done", () -> said.size() == 1);
      assertThat(said).noneMatch(word -> word.contains(Thread.currentThread().getName()));
    }
  }

  @Test
  void whatIsUrgentComesFirst() {
    Tellers tellers = new Tellers();
    AtomicInteger released = new AtomicInteger();
    Queue<String> said = new ConcurrentLinkedQueue<>();
    try (Scope scope = Scope.open("scope")) {
      tellers.open(scope);
      Queue<Runnable> _ = hangAll(tellers, released);
      for (int i = 0; i < 20; i++) {
        tellers.send(saying("plain", said));
      }
      tellers.sendFirst(saying("urgent", said));
      released.set(1); // one after the other, then
      Await.until("all is said", () -> said.size() == 21);
      released.set(8);

      assertThat(said.element()).startsWith("urgent");
      scope.join();
    }
  }
}
