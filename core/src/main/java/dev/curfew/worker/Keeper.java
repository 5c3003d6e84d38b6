// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.AbandonedException;
import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.ForkFailedException;
import dev.curfew.Scope;
import dev.curfew.Signal;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StopSource;
import dev.curfew.StopToken;
import dev.curfew.StoppedException;
import dev.curfew.worker.Shift.Stop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The thread that owns the scopes of a worker, walks down the plan of a stop, and leaves last.
///
/// There are two scopes. The inner one has the items, and is what a stop tells. The outer one has
/// those who claim, renew and hand back, and ends when the items are settled: hand-back and renewal
/// stop last.
///
/// Invariants
///
/// 1. `closed` is set when the plan is over or everything has ended.
/// 2. Whoever shortens a stop writes it before it reads `told`, and the keeper writes `told` before
///    it reads the stop.
///
/// Locks: none.
///
/// @param <T> the type of the items
final class Keeper<T> {

  private static final Duration OPENING = Duration.ofSeconds(30);
  private static final Duration MARGIN = Duration.ofSeconds(1);

  private final Shift<T> shift;
  private final Signal changed;
  private final Thread thread;

  // written by the keeper
  private volatile @Nullable Scope outer;
  private volatile @Nullable Scope items;
  private volatile boolean open;
  private volatile @Nullable Throwable failure;
  private volatile boolean told;
  private volatile boolean closed;
  private volatile long closedNanos;
  private volatile List<Item<T>> running = List.of();

  // any thread
  private final AtomicBoolean decided = new AtomicBoolean(); // whether it begins, or never will
  private volatile @Nullable StopSource link;

  Keeper(Shift<T> shift) {
    this.shift = shift;
    changed = shift.changed();
    thread =
        Thread.ofPlatform()
            .daemon()
            .name(shift.path() + "/keeper")
            .inheritInheritableThreadLocals(false)
            .unstarted(this::run);
  }

  /// Opens the scopes, and has the worker stopped with the scope of the caller.
  void open() {
    thread.start();
    boolean begun = changed.awaitShielded(Deadline.after(OPENING), () -> open || closed);
    if (!begun && decided.compareAndSet(false, true)) {
      throw notOpened("its thread did not start within " + OPENING, null);
    }
    Throwable problem = failure;
    if (problem != null) {
      throw notOpened("it could not begin", problem);
    }
    String what = "stop worker " + shift.path();
    StopSource follows =
        StopSource.linkedTo(what, Curfew.token()); // not behind callbacks of others
    link = follows;
    StopToken told = follows.token();
    var _ = told.onStop(what, () -> told.reason().ifPresent(this::stopWith));
    if (closed) { // it has ended meanwhile
      follows.close();
    }
  }

  private IllegalStateException notOpened(String why, @Nullable Throwable cause) {
    return new IllegalStateException(shift.path() + " could not be opened: " + why, cause);
  }

  private void stopWith(StopReason reason) {
    shift.stop(reason, shift.settings().plan());
  }

  /// {@return the scope of the items}
  Scope items() {
    Scope own = items;
    if (own == null) {
      throw new IllegalStateException(shift.path() + " is not open yet");
    }
    return own;
  }

  private void run() {
    try {
      Scope.<@Nullable Void, RuntimeException>run(
          shift.path(),
          around ->
              around
                  .withPlan(shift.settings().plan())
                  .withTime(shift.settings().time())
                  .withThreads(threads(false))
                  .withHandedDown(false), // renewing and handing back end last
          own -> {
            if (!decided.compareAndSet(false, true)) {
              return null; // who wanted it has gone
            }
            outer = own;
            shift.desk().tellers().open(own);
            host(own);
            return null;
          });
    } catch (StoppedException | AbandonedException | ForkFailedException ended) {
      // the report says it
    } catch (RuntimeException | Error thrown) {
      if (open) { // a bug of ours
        throw thrown;
      }
      failure = thrown; // for who opens it
    } finally {
      leave();
    }
  }

  private static ThreadFactory threads(boolean virtual) {
    return virtual
        ? Thread.ofVirtual().inheritInheritableThreadLocals(false).factory()
        : Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).factory();
  }

  private void host(Scope own) {
    try {
      Scope.<@Nullable Void, RuntimeException>run(
          "items",
          around -> around.withThreads(threads(shift.settings().virtual())).withHandedDown(true),
          inner -> {
            items = inner;
            // The claimer last: without the others nothing is to be claimed.
            shift
                .lease()
                .ifPresent(lease -> own.fork("renewer", new Renewals<>(shift, lease)::run));
            var _ = own.fork("claimer", shift.intake()::run);
            open = true;
            changed.wakeAll();
            keep(inner);
            return null;
          });
    } catch (StoppedException | AbandonedException | ForkFailedException cut) {
      // the report says it
    }
    wrapUp(own);
  }

  /// Waits until the worker is over, or its running items are to be told.
  private void keep(Scope inner) {
    while (true) {
      boolean over =
          changed.awaitShielded(
              () -> Optional.ofNullable(shift.stop()).map(Stop::drained).orElseGet(Shift::farAhead),
              () -> shift.isOver() || inner.token().isStopped() || isDrained());
      if (inner.token().isStopped() && shift.stop() == null) { // a bug of ours
        inner.token().reason().ifPresent(this::stopWith);
      }
      if (over || isDrained()) {
        break;
      }
    }
    told = true;
    Stop stop = shift.stop();
    if (stop != null && !shift.isOver()) {
      running = List.copyOf(shift.held());
      tell(stop);
    }
  }

  private boolean isDrained() {
    Stop stop = shift.stop();
    return stop != null && stop.drained().hasPassed();
  }

  private void tell(Stop stop) {
    boolean _ = items().stop(stop.reason(), StopPlan.within(stop.items().remaining()));
  }

  /// The items have ended or the plan for them is over: accounts for the rest, and waits until the
  /// source has been told of all that can be told.
  private void wrapUp(Scope own) {
    StopReason reason = shift.whyStopped(StopReason.requested("the worker has ended"));
    shift.strikeUnbegun();
    shift.held().forEach(item -> item.abandon(reason));
    boolean all =
        changed.awaitShielded(
            () -> Optional.ofNullable(shift.stop()).map(Stop::end).orElseGet(Shift::farAhead),
            this::isSettled);
    shift.desk().tellers().close();
    if (!all) {
      shift.held().forEach(this::leaveUntold);
    }
    Duration rest =
        Optional.ofNullable(shift.stop())
            .map(stop -> stop.end().remaining())
            .orElse(shift.settings().tell());
    boolean _ = own.stop(reason, StopPlan.within(rest));
  }

  private boolean isSettled() {
    return shift.intake().hasLeft() && shift.held().stream().allMatch(Item::isAbandoned);
  }

  private void leaveUntold(Item<T> item) {
    if (!item.isAbandoned()) {
      item.untold(shift.desk().untold(item));
    }
  }

  private void leave() {
    unlink();
    shift.intake().strikeUnbegun();
    closedNanos = System.nanoTime();
    closed = true;
    unlink(); // once more: who opens writes the link before it reads that
    changed.wakeAll();
  }

  private void unlink() {
    StopSource above = link;
    if (above != null) {
      above.close();
    }
  }

  /// A stop was asked for, perhaps a second one.
  void hurry() {
    Stop stop = shift.stop();
    if (told && stop != null) {
      tell(stop);
    }
    changed.wakeAll();
  }

  boolean isClosed() {
    return closed;
  }

  /// {@return whether nothing of the worker runs any more, not even what was abandoned}
  boolean hasEnded() {
    return closed && shift.isOver();
  }

  /// Waits, whatever happens to the caller, until the stop is over.
  void awaitClosed(Duration within) {
    boolean _ = changed.awaitShielded(Deadline.after(within.plus(MARGIN)), this::isClosed);
  }

  /// {@return how the stop went so far, a line for each item that was running}
  StopReport report(Stop stop) {
    long end = closed ? closedNanos : System.nanoTime();
    return StopAccount.of(shift.path(), stop, end, running, items, outer);
  }
}
