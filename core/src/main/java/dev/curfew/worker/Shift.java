// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Deadline;
import dev.curfew.Scope;
import dev.curfew.Signal;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The items of one worker from their claim to the end, and the state that everything obeys.
///
/// Invariants
///
/// 1. The mode moves between OPEN and QUIET, and from both to DRAINING, until `stop` is set: from
///    that moment on the worker is stopped, whoever asks. Who changes either tells the [Intake]
///    after that.
/// 2. `held` has every item that was claimed until the source was told of it, and the abandoned
///    ones until they end.
/// 3. Who puts an item into `waiting` looks at `stop` after that, and takes it back if the worker
///    is stopped; a stop takes all that wait. No handler begins after the stop was seen.
/// 4. Who stops a batch writes it down before looking at `held`; an item is in `held` before the
///    stopped batches are looked at.
/// 5. `running` counts the items that have a place, and never exceeds the number of handlers.
///
/// Locks: the own mutex, for a few field writes; a leaf.
///
/// @param <T> the type of the items
final class Shift<T> {

  /// What the worker may do.
  private enum Mode {
    OPEN,
    QUIET,
    DRAINING
  }

  private static final int RESERVE_PERCENT = 15;
  private static final Duration FAR = Duration.ofDays(3650);

  private final String path;
  private final Source<T> source;
  private final Handler<? super T> handler;
  private final WorkerSettings<T> settings;
  private final Optional<Duration> lease;
  private final Accounts<T> accounts = new Accounts<>();
  private final Desk<T> desk;
  private final Signal changed = new Signal();
  private final Intake<T> intake;
  private final Keeper<T> keeper;

  // any thread
  private final Set<Item<T>> held = ConcurrentHashMap.newKeySet();
  private final Map<String, StopReason> stoppedBatches = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final LinkedHashSet<Item<T>> waiting = new LinkedHashSet<>(); // any may be taken out
  private int running;

  // written under the mutex
  private volatile Mode mode = Mode.OPEN;

  // written by the keeper
  private volatile boolean struck;

  /// A stop as it was asked for: the first reason, the earliest ends.
  ///
  /// @param reason why
  /// @param asked when, by the wall clock
  /// @param askedNanos when, by [System#nanoTime]
  /// @param within how long it may take in all
  /// @param drained when running items are told
  /// @param items when items that still run are abandoned
  /// @param end when nothing is waited for any more; what lies between is for handing back
  record Stop(
      StopReason reason,
      Instant asked,
      long askedNanos,
      Duration within,
      Deadline drained,
      Deadline items,
      Deadline end) {
    Stop earlier(Stop other) {
      return new Stop(
          reason,
          asked,
          askedNanos,
          shorter(within, other.within),
          drained.earlier(other.drained),
          items.earlier(other.items),
          end.earlier(other.end));
    }
  }

  Shift(String path, Source<T> source, Handler<? super T> handler, WorkerSettings<T> settings) {
    this.path = path;
    this.source = source;
    this.handler = handler;
    this.settings = settings;
    lease = source.lease();
    desk = new Desk<>(path, source, settings, accounts, this::isStopped);
    intake = new Intake<>(this);
    keeper = new Keeper<>(this);
  }

  String path() {
    return path;
  }

  Source<T> source() {
    return source;
  }

  Handler<? super T> handler() {
    return handler;
  }

  WorkerSettings<T> settings() {
    return settings;
  }

  Optional<Duration> lease() {
    return lease;
  }

  Accounts<T> accounts() {
    return accounts;
  }

  Desk<T> desk() {
    return desk;
  }

  Signal changed() {
    return changed;
  }

  /// {@return the end of a wait of our own threads that only a change ends}
  static Deadline farAhead() {
    return Deadline.after(FAR);
  }

  Intake<T> intake() {
    return intake;
  }

  Keeper<T> keeper() {
    return keeper;
  }

  Set<Item<T>> held() {
    return held;
  }

  // the mode

  boolean isStopped() {
    return stop.get() != null;
  }

  boolean isDraining() {
    return is(Mode.DRAINING);
  }

  boolean isQuiet() {
    return is(Mode.QUIET);
  }

  private boolean is(Mode now) {
    return mode == now && !isStopped();
  }

  @Nullable Stop stop() {
    return stop.get();
  }

  /// {@return why the worker hands back what it has, given what the token of the item says}
  StopReason whyStopped(@Nullable StopReason seen) {
    Stop asked = stop.get();
    if (asked != null) {
      return asked.reason;
    }
    return seen == null ? StopReason.limit("the worker could not go on") : seen;
  }

  /// {@return whether it is quiet now, after an attempt to make it so}
  boolean quiet() {
    return move(Mode.OPEN, Mode.QUIET) || isQuiet();
  }

  /// {@return whether it is open now, after an attempt to make it so}
  boolean resume() {
    return move(Mode.QUIET, Mode.OPEN) || is(Mode.OPEN);
  }

  void drain() {
    boolean _ = move(Mode.OPEN, Mode.DRAINING) || move(Mode.QUIET, Mode.DRAINING);
  }

  private boolean move(Mode from, Mode to) {
    try (Mutex _ = mutex.enter()) {
      if (mode != from || isStopped()) {
        return false;
      }
      mode = to;
    }
    intake.modeMoved(to.name().toLowerCase(Locale.ROOT));
    changed.wakeAll();
    return true;
  }

  /// Claims no more, hands back what waits, and has the keeper do the rest.
  void stop(StopReason reason, StopPlan plan) {
    Duration whole = plan.within();
    Duration share = whole.multipliedBy(RESERVE_PERCENT).dividedBy(100);
    Duration reserve = shorter(share, settings.tell());
    Duration items = whole.minus(reserve);
    Stop asked =
        new Stop(
            reason,
            Instant.now(),
            System.nanoTime(),
            whole,
            Deadline.after(shorter(settings.drain(), items), settings.time()),
            Deadline.after(items, settings.time()),
            Deadline.after(whole, settings.time()));
    Stop _ = stop.updateAndGet(known -> known == null ? asked : known.earlier(asked));
    intake.modeMoved("stopped");
    for (Item<T> item = firstWaiting(); item != null; item = firstWaiting()) {
      handBack(item);
    }
    keeper.hurry();
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  // items

  /// {@return how many items may be claimed now; 0 for none}
  int room() {
    if (isQuiet() || isStopped()) {
      return 0;
    }
    try (Mutex _ = mutex.enter()) {
      long room = (long) settings.handlers() - running + settings.ahead() - waiting.size();
      return (int) Math.min(Integer.MAX_VALUE, room);
    }
  }

  /// Takes over what was claimed: all of it, before anything is done with the first.
  void accept(List<T> values, long atNanos) {
    List<Item<T>> items = new ArrayList<>(values.size());
    for (T value : values) {
      Item<T> item = new Item<>(this, value, labels(value));
      accounts.claimed();
      held.add(item);
      items.add(item);
    }
    items.forEach(item -> accept(item, atNanos));
  }

  private void accept(Item<T> item, long atNanos) {
    try {
      lease.ifPresent(span -> item.leased(span, atNanos));
    } catch (OutOfMemoryError noThread) { // nobody would see that it was lost
      desk.trouble("no timer for the lease of " + item.name() + ": ", noThread);
      handBack(item);
    }
    StopReason batch = stoppedBatches.get(item.batch());
    if (batch != null) {
      boolean _ = item.stop(batch);
    }
    try (Mutex _ = mutex.enter()) {
      if (item.isWaiting()) {
        waiting.add(item);
      }
    }
    if (isStopped()) {
      handBack(item);
    }
    beginSome();
  }

  private Item.Labels labels(T value) {
    String plain = "item-" + numbers.incrementAndGet();
    String name = label(settings.names(), value, plain);
    return new Item.Labels(
        name, label(settings.groups(), value, ""), label(settings.batches(), value, ""));
  }

  private String label(Optional<Function<? super T, String>> labels, T value, String otherwise) {
    try {
      return labels.<String>map(by -> by.apply(value)).orElse(otherwise);
    } catch (RuntimeException | Error e) { // the item is ours, and has to be accounted for
      desk.trouble("no label for " + otherwise + ": ", e);
      return otherwise;
    }
  }

  private @Nullable Item<T> firstWaiting() {
    try (Mutex _ = mutex.enter()) {
      return pollWaiting();
    }
  }

  /// Under the mutex.
  private @Nullable Item<T> pollWaiting() {
    return waiting.isEmpty() ? null : waiting.removeFirst();
  }

  void unqueue(Item<T> item) {
    try (Mutex _ = mutex.enter()) {
      boolean _ = waiting.remove(item);
    }
  }

  /// Begins what waits, as far as there are places.
  private void beginSome() {
    for (Item<T> item = next(); item != null; item = next()) {
      begin(item);
    }
  }

  private @Nullable Item<T> next() {
    try (Mutex _ = mutex.enter()) {
      if (isStopped() || running == settings.handlers()) {
        return null;
      }
      Item<T> item = pollWaiting();
      if (item != null) {
        running++;
        item.takePlace();
      }
      return item;
    }
  }

  private void begin(Item<T> item) {
    Scope scope = keeper.items();
    try {
      item.forked(scope.fork(item.name(), item::run));
      if (struck) {
        handBack(item);
      }
    } catch (StoppedException | IllegalStateException | OutOfMemoryError noThread) {
      if (!isStopped()) {
        desk.trouble("no thread for " + item.name() + ": ", noThread);
      }
      handBack(item);
      item.freePlace();
    }
  }

  /// The scope of the items has ended: a thread that was stopped before it began never will.
  void strikeUnbegun() {
    struck = true;
    held.forEach(this::handBack);
  }

  /// Gives back an item whose handler has not begun, unless somebody else accounts for it.
  void handBack(Item<T> item) {
    if (item.take()) {
      unqueue(item);
      item.end(new ItemOutcome.HandedBack(whyStopped(null), false));
    }
  }

  void placeFreed() {
    try (Mutex _ = mutex.enter()) {
      running--;
    }
    beginSome();
    changed.wakeAll();
  }

  /// The same for the timer: to begin an item may come to telling the source that it was not begun.
  void placeGivenUp() {
    boolean waits;
    try (Mutex _ = mutex.enter()) {
      running--;
      waits = !waiting.isEmpty();
    }
    if (waits) {
      desk.tellers().sendByTimer(new Tellers.Message(_ -> beginSome(), () -> {}));
    }
    changed.wakeAll();
  }

  /// The source has been told of an item.
  void over(Item<T> item) {
    held.remove(item);
    changed.wakeAll();
  }

  /// {@return whether everything has ended: nothing is claimed any more and no item is left}
  boolean isOver() {
    return intake.hasLeft() && held.isEmpty();
  }

  // stopping some

  int stopAll(Predicate<Item<T>> which, StopReason reason) {
    int told = 0;
    for (Item<T> item : held) {
      if (which.test(item) && item.stop(reason)) {
        told++;
      }
    }
    return told;
  }

  int stopBatch(String batch, StopReason reason) {
    stoppedBatches.putIfAbsent(batch, reason);
    return stopAll(item -> item.batch().equals(batch), reason);
  }

  /// {@return whether the calling thread handles an item of this worker}
  boolean isInside() {
    return held.stream().anyMatch(Item::isInside);
  }

  WorkerReport<T> report() {
    List<WorkItem<T>> abandoned =
        held.stream().filter(Item::isAbandoned).map(item -> (WorkItem<T>) item).toList();
    return new WorkerReport<>(
        path,
        accounts.counts(),
        accounts.handedBack(),
        abandoned,
        accounts.troubles(),
        Optional.ofNullable(stop.get()).map(keeper::report));
  }

  @Override
  public String toString() {
    String state = isStopped() ? "stopped" : mode.name().toLowerCase(Locale.ROOT);
    return "%s, %s".formatted(state, accounts.counts());
  }
}
