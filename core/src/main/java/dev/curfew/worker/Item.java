// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.TimeSource;
import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The machine behind [WorkItem].
///
/// Invariants
///
/// 1. An item leaves WAITING once: its own thread begins it, or whoever takes it accounts for it (a
///    stop, a lost lease, the end of the worker). So it gets one outcome, and the source hears of
///    one; only `Abandoned` is ever replaced.
/// 2. `asked` and `lost` are written before `fork` is read, and `fork` before they are: a stop that
///    comes while the thread is being started is not lost.
/// 3. It is renewed until the source was told; after that no alarm of it waits.
/// 4. The place that it takes among the running ones is freed once.
///
/// Locks: the own mutex, for a few field writes; never held while anything foreign runs.
///
/// @param <T> the type of the item
final class Item<T> implements WorkItem<T> {

  private static final int WAITING = 0;
  private static final int BEGUN = 1;
  private static final int TAKEN = 2;

  /// The scope of the handler below the fork of the item.
  static final String HANDLE = "handle";

  private final Shift<T> shift;
  private final T value;
  private final Labels labels;

  // any thread
  private final AtomicInteger state = new AtomicInteger(WAITING);
  private final AtomicReference<@Nullable StopReason> asked = new AtomicReference<>();
  private final AtomicReference<@Nullable StopReason> lost = new AtomicReference<>();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private final AtomicBoolean place = new AtomicBoolean();

  // whether who stopped it alone was told so before its fork could be: a stop of the worker that
  // overtakes that one does not change what becomes of the item
  private volatile boolean promised;

  private volatile @Nullable Fork<?> fork;
  private volatile @Nullable Thread thread;
  private volatile @Nullable Throwable trouble;

  // the thread that handles it
  private boolean entered;

  private final Mutex mutex = new Mutex();

  // written under the mutex
  private volatile @Nullable ItemOutcome outcome;
  private volatile boolean over;
  private TimeSource.@Nullable Alarm lapse;

  /// What the settings call an item.
  record Labels(String name, String group, String batch) {}

  Item(Shift<T> shift, T value, Labels labels) {
    this.shift = shift;
    this.value = value;
    this.labels = labels;
  }

  // beginning

  /// {@return whether the caller accounts for it; then its handler will never begin}
  boolean take() {
    return state.compareAndSet(WAITING, TAKEN);
  }

  boolean isWaiting() {
    return state.get() == WAITING;
  }

  void takePlace() {
    place.set(true);
  }

  void freePlace() {
    if (place.compareAndSet(true, false)) {
      shift.placeFreed();
    }
  }

  /// The same for the timer, whose thread begins nothing.
  void givePlaceUp() {
    if (place.compareAndSet(true, false)) {
      shift.placeGivenUp();
    }
  }

  /// Its thread has been started.
  void forked(Fork<?> started) {
    fork = started;
    StopReason early = lost.get() == null ? asked.get() : lost.get();
    if (early != null && state.get() == BEGUN) { // one that was taken has still to free its place
      boolean _ = started.stop(early);
    }
  }

  /// The body of its fork. Nothing of what the handler throws gets out of it.
  void run() {
    try {
      if (state.compareAndSet(WAITING, BEGUN)) {
        thread = Thread.currentThread();
        end(handle());
      }
    } finally {
      thread = null;
      freePlace();
    }
  }

  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome, the thread ends here
  private ItemOutcome handle() {
    try {
      ItemOutcome returned =
          Scope.<@Nullable ItemOutcome, Exception>run(
              HANDLE,
              own -> {
                if (asked.get() != null || lost.get() != null || own.token().isStopped()) {
                  return null;
                }
                entered = true;
                shift.handler().handle(value);
                return new ItemOutcome.Succeeded(own.token().isStopped());
              });
      return judged(returned == null ? cutShort(reason()) : returned);
    } catch (Throwable thrown) {
      return judged(judge(thrown, reason()));
    }
  }

  private static @Nullable StopReason reason() {
    return Curfew.token().reason().orElse(null);
  }

  private ItemOutcome judge(Throwable thrown, @Nullable StopReason reason) {
    if (reason != null) {
      return thrown instanceof StoppedException
          ? cutShort(reason)
          : new ItemOutcome.Failed(thrown, true);
    }
    if (thrown instanceof StoppedException other
        && other.reason() instanceof StopReason.ForeignInterrupt) {
      return new ItemOutcome.HandedBack(other.reason(), true);
    }
    if (thrown instanceof InterruptedException) {
      return new ItemOutcome.HandedBack(
          new StopReason.ForeignInterrupt(StopReason.Origin.here()), true);
    }
    return new ItemOutcome.Failed(thrown, false);
  }

  /// Its own stop means that nobody is to do it, that of the worker that somebody else may.
  private ItemOutcome cutShort(@Nullable StopReason reason) {
    StopReason own = asked.get();
    if (own != null && (promised || !(reason instanceof StopReason.ParentStopped))) {
      return new ItemOutcome.Stopped(own);
    }
    return new ItemOutcome.HandedBack(shift.whyStopped(reason), entered);
  }

  /// Once the lease is lost, what was done here may be done elsewhere too.
  private ItemOutcome judged(ItemOutcome how) {
    StopReason reason = lost.get();
    return reason == null ? how : new ItemOutcome.Lost(reason);
  }

  // ending

  /// Ends an item that was taken, or has run.
  void end(ItemOutcome how) {
    try (Mutex _ = mutex.enter()) {
      shift.accounts().put(outcome, how);
      outcome = how;
    }
    if (how instanceof ItemOutcome.HandedBack && shift.isStopped()) {
      shift.accounts().handedBack(this);
    }
    shift.desk().tell(this, how);
  }

  /// The source has been told, or needs not be.
  void told(@Nullable Throwable thrown) {
    trouble = thrown;
    TimeSource.Alarm unused;
    try (Mutex _ = mutex.enter()) {
      over = true;
      unused = takeLapse();
    }
    cancel(unused);
    shift.over(this);
  }

  /// The plan is over: puts down that it runs still, or that the source could not be told.
  void abandon(StopReason reason) {
    try (Mutex _ = mutex.enter()) {
      if (outcome == null) {
        outcome = new ItemOutcome.Abandoned(reason);
        shift.accounts().put(null, outcome);
      }
    }
  }

  /// {@return whether it runs still, though nobody waits for it any more}
  boolean isAbandoned() {
    return outcome instanceof ItemOutcome.Abandoned;
  }

  /// {@return whether somebody else may have it}
  boolean isLost() {
    return lost.get() != null;
  }

  /// {@return whether the source was told of its outcome}
  boolean isOver() {
    return over;
  }

  /// The plan is over, and nobody will tell the source any more.
  void untold(Throwable why) {
    if (!over) {
      trouble = why;
    }
  }

  // the lease

  /// The lease counts from this time on.
  void leased(Duration lease, long fromNanos) {
    TimeSource.Alarm before;
    boolean late;
    try (Mutex _ = mutex.enter()) {
      before = takeLapse();
      late = over;
    }
    cancel(before);
    if (late) {
      return;
    }
    String text = "not renewed within " + lease;
    TimeSource.Alarm alarm =
        shift.settings().time().alarm(fromNanos + lease.toNanos(), () -> lose(text));
    TimeSource.Alarm unused;
    try (Mutex _ = mutex.enter()) {
      lapse = alarm;
      unused = over ? takeLapse() : null;
    }
    cancel(unused);
  }

  /// To be called under the mutex, and cancelled outside of it.
  private TimeSource.@Nullable Alarm takeLapse() {
    TimeSource.Alarm taken = lapse;
    lapse = null;
    return taken;
  }

  private static void cancel(TimeSource.@Nullable Alarm unused) {
    if (unused != null) {
      unused.cancel();
    }
  }

  /// {@return whether it is to be renewed now}
  boolean startRenewal() {
    return !over && lost.get() == null && !isAbandoned() && renewing.compareAndSet(false, true);
  }

  /// {@return whether the source is being asked for more time}
  boolean isRenewing() {
    return renewing.get();
  }

  void renewed(boolean still, long askedNanos) {
    if (still) {
      shift.lease().ifPresent(lease -> leased(lease, askedNanos));
    } else {
      lose("somebody else has it");
    }
  }

  void renewalOver() {
    renewing.set(false);
  }

  private void lose(String text) {
    StopReason reason = new StopReason.LeaseLost(name(), text, StopReason.Origin.here());
    if (over || !lost.compareAndSet(null, reason)) {
      return;
    }
    if (take()) {
      shift.unqueue(this);
      end(new ItemOutcome.Lost(reason));
    } else {
      Fork<?> running = fork;
      boolean _ = running == null || running.stop(reason);
    }
  }

  // the handle

  @Override
  public boolean stop(StopReason reason) {
    if (outcome != null || !asked.compareAndSet(null, reason)) {
      return false;
    }
    if (take()) {
      shift.unqueue(this);
      end(new ItemOutcome.Stopped(reason));
      return true;
    }
    Fork<?> running = fork;
    if (running == null) {
      promised = true;
      return true;
    }
    return running.stop(reason);
  }

  @Override
  public String name() {
    return labels.name;
  }

  @Override
  public T value() {
    return value;
  }

  @Override
  public String group() {
    return labels.group;
  }

  @Override
  public String batch() {
    return labels.batch;
  }

  @Override
  public Optional<ItemOutcome> outcome() {
    return Optional.ofNullable(outcome);
  }

  @Override
  public Optional<Throwable> trouble() {
    return Optional.ofNullable(trouble);
  }

  /// {@return the fork that runs it, null if none does yet}
  @Nullable Fork<?> fork() {
    return fork;
  }

  /// {@return whether the calling thread handles it}
  boolean isInside() {
    return Thread.currentThread().equals(thread);
  }

  @Override
  public String toString() {
    ItemOutcome how = outcome;
    String now = how != null ? how.word() : isWaiting() ? "waits" : "running";
    return shift.path() + "/" + name() + ": " + now;
  }
}
