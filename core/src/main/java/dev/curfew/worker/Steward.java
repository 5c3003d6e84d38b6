// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Body;
import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.Ledger;
import dev.curfew.Release;
import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import dev.curfew.Signal;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReason.ParentStopped;
import dev.curfew.StopReport;
import dev.curfew.StopSource;
import dev.curfew.StopToken;
import dev.curfew.StoppedException;
import dev.curfew.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The thread behind a [ManagedWorker], and its resource.
///
/// Invariants
///
/// 1. The resource is acquired, used and released on this thread, and between its acquisition and
///    the `try` that releases it there is no checkpoint. The release has its whole budget, also
///    when the thread comes to it after it was abandoned.
/// 2. A submitter puts its turn into the queue and looks after that whether any are taken; who ends
///    the taking says so before looking into the queue. So each turn is run, ended or refused.
/// 3. Once the thread has ended, or is abandoned, no future of a turn stays open.
///
/// Locks: none.
///
/// @param <R> the type of the resource
final class Steward<R> {

  private static final Duration OPENING = Duration.ofSeconds(30);
  private static final Duration MARGIN = Duration.ofSeconds(1);

  private final String path;
  private final Body<? extends R, ?> acquire;
  private final Release<? super R> release;
  private final ScopeSettings settings;
  private final Thread thread;
  private final Signal changed = new Signal();

  // any thread
  private final Queue<Turn<R, ?>> turns = new ConcurrentLinkedQueue<>();
  private final Queue<String> neverBegan = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean decided = new AtomicBoolean(); // whether it begins, or never will
  private final AtomicBoolean given = new AtomicBoolean();
  private final AtomicBoolean bounded = new AtomicBoolean();
  private volatile boolean closing;
  private volatile boolean releasing;
  private volatile @Nullable StopSource link;
  private volatile TimeSource.@Nullable Alarm alarm;

  // the thread's own
  private @Nullable Runnable late;

  // written by the thread
  private volatile @Nullable Scope scope;
  private volatile @Nullable Turn<R, ?> current;
  private volatile boolean ready;
  private volatile boolean ended;
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Throwable releaseFailure;

  Steward(
      String path,
      Body<? extends R, ?> acquire,
      Release<? super R> release,
      ScopeSettings settings) {
    this.path = path;
    this.acquire = acquire;
    this.release = release;
    this.settings = settings;
    thread = settings.newThread(path, this::run);
  }

  String path() {
    return path;
  }

  // opening

  /// Starts the thread, and waits until it has its resource or has failed to get it.
  ///
  /// @return what went wrong; null if nothing did
  @Nullable Throwable open() {
    thread.start();
    boolean begun = changed.awaitShielded(Deadline.after(OPENING), () -> scope != null || ended);
    if (!begun && decided.compareAndSet(false, true)) {
      throw new IllegalStateException(
          path + " could not be opened: its thread did not start within " + OPENING);
    }
    if (scope == null && failure != null) {
      return failure;
    }
    String around = StopReason.Origin.here().scope();
    StopToken above = Curfew.token();
    StopSource follows = StopSource.linkedTo("stop worker " + path, above);
    link = follows;
    StopToken told = follows.token();
    var _ = told.onStop("stop worker " + path, () -> told.reason().ifPresent(this::stop));
    try {
      changed.await(() -> ready || ended);
    } catch (StoppedException cut) {
      stop(
          above
              .reason()
              .<StopReason>map(why -> new ParentStopped(around, why))
              .orElse(cut.reason()));
      awaitEnd(settings.plan());
      throw cut;
    }
    if (ended) {
      unlink();
    }
    return failure;
  }

  private void unlink() {
    StopSource above = link;
    if (above != null) {
      above.close();
    }
  }

  // the thread

  private void run() {
    try {
      Scope.<@Nullable Void, Exception>run(
          path,
          around -> settings,
          own -> {
            if (!decided.compareAndSet(false, true)) {
              return null; // who wanted it has gone
            }
            scope = own;
            var _ = own.token().onStop("end of " + path, this::stopped); // also by a deadline
            changed.wakeAll();
            hold(own);
            return null;
          });
    } catch (Throwable thrown) {
      if (!ready) {
        failure = thrown; // for who opens the worker
      }
    } finally {
      Runnable rest = late;
      if (rest != null) {
        rest.run();
      }
      closing = true;
      refuseRest();
      ended = true;
      unlink();
      TimeSource.Alarm atEnd = alarm;
      if (atEnd != null) {
        atEnd.cancel();
      }
      changed.wakeAll();
    }
  }

  private void hold(Scope own) throws Exception {
    R resource = acquire.run();
    try {
      ready = true;
      changed.wakeAll();
      serve(resource, own.token());
    } finally {
      releasing = true;
      changed.wakeAll();
      if (given.get()) { // the plan is over, and a shield in here with it
        late = () -> giveBack(resource);
      } else {
        giveBack(resource);
      }
    }
  }

  private void serve(R resource, StopToken token) {
    while (!token.isStopped()) {
      boolean last = closing;
      Turn<R, ?> next = turns.poll();
      if (next != null) {
        perform(next, resource);
      } else if (last) {
        return;
      } else {
        boolean _ =
            changed.awaitShielded(
                Shift::farAhead, () -> closing || token.isStopped() || !turns.isEmpty());
      }
    }
    token.check(); // notes for the report that the thread has seen it
  }

  private void perform(Turn<R, ?> turn, R resource) {
    if (!turn.take()) {
      return;
    }
    current = turn;
    try {
      if (!turn.perform(resource)) {
        neverBegan.add(turn.name());
      }
    } finally {
      current = null;
      boolean _ = Thread.interrupted(); // what came for this turn is not for the next
    }
  }

  private void giveBack(R resource) {
    try {
      Curfew.shield(settings.release(), () -> release.release(resource));
    } catch (Throwable thrown) {
      releaseFailure = thrown;
    }
  }

  // turns

  <T extends @Nullable Object> Turn<R, T> submit(String name, Use<? super R, ? extends T> body) {
    Turn<R, T> turn = new Turn<>(path, name, body, changed::wakeAll);
    if (takesNone()) {
      throw refused(name);
    }
    turns.add(turn);
    changed.wakeAll();
    if (takesNone() && turn.take()) {
      throw refused(name);
    }
    return turn;
  }

  private boolean takesNone() {
    return closing || reason() != null;
  }

  private @Nullable StopReason reason() {
    Scope own = scope;
    return own == null ? null : own.token().reason().orElse(null);
  }

  private RejectedExecutionException refused(String name) {
    StopReason why = reason();
    return new RejectedExecutionException(
        "%s takes no more tasks, '%s' was refused: %s"
            .formatted(path, name, why == null ? "it was closed" : why.chain()));
  }

  /// Ends what has not begun.
  private void refuseRest() {
    StopReason known = reason();
    StopReason why = known == null ? StopReason.requested("closed") : known;
    for (Turn<R, ?> turn = turns.poll(); turn != null; turn = turns.poll()) {
      if (turn.take()) {
        neverBegan.add(turn.name());
        turn.end(why);
      }
    }
  }

  /// Waits until a turn is done.
  ///
  /// @throws StoppedException if the caller is to stop
  void await(Turn<R, ?> turn) {
    changed.await(turn::isDone);
  }

  boolean isInside() {
    return Thread.currentThread().equals(thread);
  }

  boolean hasEnded() {
    return ended;
  }

  // stopping

  /// Asks the thread to stop, and has it abandoned at the end of the plan if it does not.
  void stop(StopReason reason) {
    boolean _ = own().stop(reason, settings.plan());
    stopped();
  }

  /// The thread is asked to stop, whoever asks: nothing more begins, and it has as long as the plan
  /// says.
  private void stopped() {
    refuseRest();
    if (bounded.compareAndSet(false, true)) {
      Deadline end = Deadline.after(settings.plan().within(), settings.time());
      TimeSource.Alarm atEnd = settings.time().alarm(end.atNanos(), this::abandon);
      alarm = atEnd;
      if (ended) {
        atEnd.cancel();
      }
    }
  }

  private Scope own() {
    Scope own = scope;
    if (own == null) {
      throw new IllegalStateException(path + " is not open yet");
    }
    return own;
  }

  ManagedReport stopAndAwait(StopReason reason, StopPlan plan) {
    Scope own = own();
    Deadline end = Deadline.after(plan.within(), settings.time());
    bounded.set(true); // by this call
    boolean _ = own.stop(reason, plan);
    refuseRest();
    StopReport report = own.stopAndAwait(reason, plan);
    if (!report.stragglers().isEmpty() || !changed.awaitShielded(end, this::hasEnded)) {
      abandon();
    }
    return report(report);
  }

  /// {@return how the stop went so far; empty if nobody has asked for one}
  Optional<ManagedReport> report() {
    return own().report().map(this::report);
  }

  private ManagedReport report(StopReport how) {
    List<String> names = new ArrayList<>(neverBegan);
    return new ManagedReport(path, names, Optional.ofNullable(releaseFailure), how);
  }

  /// Takes no more turns, and waits until those it has are done, or it or the caller is stopped.
  void close() {
    closing = true;
    changed.wakeAll();
    try {
      changed.await(() -> ended || releasing || reason() != null);
    } catch (StoppedException cut) {
      stop(cut.reason());
    }
    if (reason() == null) {
      awaitRelease();
    } else {
      awaitEnd(settings.plan());
    }
    Throwable thrown = releaseFailure;
    if (thrown != null) {
      throw new IllegalStateException(
          "the resource of " + path + " was not released properly", thrown);
    }
  }

  private void awaitRelease() {
    Duration budget = settings.release();
    if (!changed.awaitShielded(Deadline.after(budget.plus(MARGIN)), this::hasEnded)) {
      Ledger.abandon(
          path,
          thread,
          StopReason.requested("close: the budget of " + budget + " for the release is over"));
      throw new IllegalStateException(
          "the resource of %s was not released within %s; its thread is in the ledger"
              .formatted(path, budget));
    }
  }

  /// Waits whatever happens to the caller; what has not ended then is abandoned.
  private void awaitEnd(StopPlan plan) {
    if (!changed.awaitShielded(Deadline.after(plan.within()), this::hasEnded)) {
      abandon();
    }
  }

  private void abandon() {
    StopReason why = reason();
    if (ended || why == null || !given.compareAndSet(false, true)) {
      return;
    }
    Ledger.abandon(path, thread, why);
    refuseRest();
    Turn<R, ?> running = current;
    if (running != null) {
      running.end(why); // whoever waits for it is let go
    }
  }

  @Override
  public String toString() {
    StopReason why = reason();
    return path
        + (ended
            ? ": ended"
            : why != null ? ": stopped, " + why.chain() : closing ? ": closing" : ": open");
  }
}
