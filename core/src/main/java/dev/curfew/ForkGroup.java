// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The forks of one scope: who lives, what the end of one means for the others, and until when they
/// are waited for.
///
/// Invariants
///
/// 1. `heads` counts the forks whose threads have not ended; it is raised before a fork's thread
///    starts and lowered after its outcome is set. Aside are those of them that nobody joins:
///    daemons and guests.
/// 2. Once `heads` is closed, no fork is added.
/// 3. A fork whose end stops the siblings does so before it lowers `heads`, so that whoever sees
///    the group empty sees the stop too.
/// 4. No stop of the scope ends after `hardEnd`.
///
/// Locks: the own mutex, for a few field writes; never while a node or a waiter is touched.
final class ForkGroup {

  /// How many forks are few: they end while the thread that waits for them wakes up.
  private static final int FEW = 192;

  private final StopNode node;
  private final ScopeSettings settings;
  private final Judge judge;
  private final Boundary boundary;
  private final @Nullable Deadline hardEnd;
  private final Waiters eachEnd = new Waiters();
  private final Waiters allEnd = new Waiters();

  private final Headcount heads = new Headcount();
  private final Thread opener;

  // written by the owner while it waits, and by the fork that calls it; 0 if it waits for the last
  private volatile int callAt;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private boolean bodyInside;
  private volatile @Nullable Runnable afterLast; // read by any thread

  // any thread; when what still lives is abandoned
  private final AtomicReference<@Nullable Deadline> end = new AtomicReference<>();

  /// The forks of a scope.
  ///
  /// @param hardEnd when a deadline with a reserve ends everything, null if there is none
  /// @param judge what the end of a fork means for the others
  /// @param opener who opens and closes the scope
  ForkGroup(
      StopNode node,
      ScopeSettings settings,
      @Nullable Deadline hardEnd,
      Judge judge,
      Thread opener) {
    this.node = node;
    this.opener = opener;
    this.settings = settings;
    this.hardEnd = hardEnd;
    this.judge = judge;
    boundary = new Boundary(node, judge.equals(Judge.FAIL_FAST));
  }

  StopNode node() {
    return node;
  }

  ScopeSettings settings() {
    return settings;
  }

  String path() {
    return node.path();
  }

  Boundary boundary() {
    return boundary;
  }

  /// {@return when a deadline with a reserve, here or above, ends everything; null if none does}
  @Nullable Deadline hardEnd() {
    return hardEnd;
  }

  /// {@return who waits for any fork to end}
  Waiters eachEnd() {
    return eachEnd;
  }

  <T extends @Nullable Object> Fork<T> fork(
      String name, Callable<? extends T> body, Fork.Kind kind) {
    return fork(name, body, kind, settings.threads());
  }

  <T extends @Nullable Object> Fork<T> fork(
      String name, Callable<? extends T> body, Fork.Kind kind, ThreadFactory threads) {
    StopReason reason = node.reason();
    if (reason != null) {
      node.markSeen();
      throw new StoppedException(reason);
    }
    Objects.requireNonNull(name, "a fork needs a name");
    Objects.requireNonNull(body, "a fork needs something to do");
    refuseIfClosed(name);
    Fork<T> fork = new Fork<>(this, name, body, kind, threads);
    boolean started = false;
    try {
      judge.begun(fork);
      fork.start();
      started = true;
      return fork;
    } finally {
      if (!started) { // no memory for a thread
        fork.discard();
        judge.takenBack(fork);
        lower(kind);
      }
    }
  }

  /// Runs a body on the calling thread as a guest of the scope.
  <T extends @Nullable Object> T host(String name, Callable<? extends T> body) throws Exception {
    refuseIfClosed(name);
    Fork<T> guest = new Fork<>(this, name, body, Fork.Kind.GUEST, settings.threads());
    guest.runBody();
    return guest.value();
  }

  /// Counts a fork, and gives it its place in the tree.
  ///
  /// Mostly it is the opener who forks, who is alone with what it writes. Others share a mutex.
  ///
  /// @param alone whether the thread runs nothing but the fork
  /// @return a node that a stop finds from now on
  StopNode admit(String name, Fork<?> fork, Thread thread, Fork.Kind kind, boolean alone) {
    boolean aside = kind != Fork.Kind.WORK;
    if (Thread.currentThread().equals(opener) && kind != Fork.Kind.GUEST) {
      if (heads.raiseByOpener(aside)) {
        return node.addFork(name, fork, thread, alone);
      }
    } else {
      boolean in;
      try (Mutex _ = mutex.enter()) {
        in = heads.raise(aside);
      }
      if (in) {
        return node.addChild(name, fork, node.time, null, thread, kind != Fork.Kind.GUEST);
      }
    }
    throw closed(name);
  }

  /// Before anything is made for it.
  private void refuseIfClosed(String name) {
    if (heads.isClosed()) {
      throw closed(name);
    }
  }

  private IllegalStateException closed(String name) {
    return new IllegalStateException(
        node.path() + " is closed: '" + name + "' cannot begin in it any more");
  }

  /// Called by the fork's thread, last of all.
  void ended(Fork<?> fork, Outcome<?> outcome) {
    try {
      switch (outcome) {
        case Outcome.Failed<?> failed -> failed(fork, failed.failure());
        case Outcome.Stopped<?> stopped -> markCut(fork, stopped.reason());
        case Outcome.DeadlineExceeded<?> late -> markCut(fork, late.reason());
        case Outcome.Succeeded<?> _, Outcome.Abandoned<?> _ -> {}
      }
      consult(fork, outcome);
    } finally {
      lower(fork.kind());
    }
  }

  /// What a guest throws is thrown to its caller.
  private void failed(Fork<?> fork, Throwable failure) {
    if (fork.kind() != Fork.Kind.GUEST) {
      boundary.failed(fork.path(), failure);
    }
  }

  private void markCut(Fork<?> fork, StopReason reason) {
    if (fork.kind() == Fork.Kind.WORK) {
      boundary.markCut(reason);
    }
  }

  private void consult(Fork<?> fork, Outcome<?> outcome) {
    boolean counts =
        switch (fork.kind()) {
          case WORK -> true;
          case DAEMON -> outcome instanceof Outcome.Failed;
          case GUEST -> false;
        };
    StopReason why = counts ? judge.ended(fork, outcome) : null;
    if (why != null && node.reason() == null) {
      boolean _ = node.stop(boundary.decide(why));
    }
  }

  private void lower(Fork.Kind kind) {
    heads.lower(kind != Fork.Kind.WORK);
    eachEnd.wake();
    if (allEnd.isAwaited() && isCalledFor(heads.workLeft())) {
      allEnd.wake();
    }
    if (afterLast != null && heads.noneLives()) {
      Runnable after = takeAfterLast();
      if (after != null) {
        Waker.runAnyhow(after);
      }
    }
  }

  private boolean isCalledFor(int left) {
    boolean few = left <= callAt;
    if (few) {
      callAt = 0;
    }
    return few || left == 0;
  }

  private @Nullable Runnable takeAfterLast() {
    try (Mutex _ = mutex.enter()) {
      Runnable after = afterLast;
      afterLast = null;
      return after;
    }
  }

  /// Runs this when no fork lives any more.
  ///
  /// @return false if that is so already, and then it is not run
  boolean afterLast(Runnable after) {
    try (Mutex _ = mutex.enter()) {
      afterLast = after;
      if (!forksEnded()) {
        return true; // who lowers the count to zero looks for it after that
      }
      afterLast = null;
      return false;
    }
  }

  /// The owner's thread is inside the body, or no longer.
  void bodyInside(boolean inside) {
    try (Mutex _ = mutex.enter()) {
      bodyInside = inside;
    }
    if (!inside) {
      allEnd.wake();
    }
  }

  /// {@return whether all forks have ended that are joined}
  boolean workEnded() {
    return heads.workEnded();
  }

  private boolean forksEnded() {
    return heads.noneLives();
  }

  private boolean allEnded() {
    try (Mutex _ = mutex.enter()) {
      return forksEnded() && !bodyInside;
    }
  }

  /// Waits, on the owner's thread, until no fork lives but daemons and guests; once the scope is
  /// stopped, for these too, and not beyond its end.
  void awaitForks() {
    awaitFew();
    keepVigil(heads::workLeft);
    await(allEnd, this::workEnded, this::forksEnded);
  }

  /// Where many forks live, a platform thread is woken before the last one ends, for that takes as
  /// long as the last few. Whatever else ends this wait ends the next.
  private void awaitFew() {
    if (Thread.currentThread().isVirtual() || heads.workLeft() <= 2 * FEW) {
      return;
    }
    try (Waiters.Place _ = allEnd.enter()) {
      callAt = FEW;
      Wait.Ending _ = Wait.until(node, null, () -> heads.workLeft() <= FEW);
    } finally {
      callAt = 0;
    }
  }

  private void keepVigil(IntSupplier left) {
    Vigil.FORKS.keep(left, () -> node.reason() != null);
  }

  /// Waits until this holds or no fork lives that is joined; once the scope is stopped, not beyond
  /// its end.
  void awaitNext(BooleanSupplier arrived) {
    BooleanSupplier done = () -> arrived.getAsBoolean() || workEnded();
    keepVigil(() -> done.getAsBoolean() ? 0 : heads.workLeft());
    await(eachEnd, done, done);
  }

  private void await(Waiters on, BooleanSupplier done, BooleanSupplier doneInStop) {
    if (done.getAsBoolean() && node.reason() == null) {
      return;
    }
    try (Waiters.Place _ = on.enter()) {
      Wait.Ending ending = Wait.until(node, null, done::getAsBoolean);
      if (ending == Wait.Ending.STOPPED && node.reason() == null) {
        Wait.throwIfCut(ending, Lease.current()); // of a scope inside of this one
      }
      if (ending == Wait.Ending.INTERRUPTED) {
        Wait.unwoken(() -> node.stop(new StopReason.ForeignInterrupt(StopReason.Origin.here())));
      }
      if (node.reason() != null && !doneInStop.getAsBoolean()) {
        node.markSeen();
        if (!Wait.throughStop(node, this::endOfStop, doneInStop, false)) {
          abandonRest();
        }
      }
    }
  }

  /// Waits, on a thread outside, until forks and body have ended, not beyond the end of the stop.
  void awaitAll() {
    try (Waiters.Place _ = allEnd.enter()) {
      if (!Wait.throughStop(node, this::endOfStop, this::allEnded, true)) {
        abandonRest();
      }
    }
  }

  private void abandonRest() {
    StopReason reason = node.reason();
    if (reason != null) {
      node.eachBelow(
          below -> {
            if (below.owner instanceof Fork<?> fork && !fork.hasEnded()) {
              fork.abandon(reason);
            }
          });
    }
    if (!workEnded()) {
      boundary.markCut();
    }
  }

  /// The plan of the first stop counts as it is; a later one can only bring the end forward.
  void follow(StopPlan plan, boolean first) {
    Deadline asked = first ? endBy(plan) : Deadline.after(plan.within(), node.time);
    Deadline otherwise = first ? asked : endByPlan();
    Deadline _ = end.updateAndGet(known -> (known == null ? otherwise : known).earlier(asked));
    allEnd.wake();
    node.eachBelow(
        below -> {
          if (below.owner instanceof Scope scope) {
            scope.group().allEnd.wake(); // what waits there ends with this scope at the latest
          }
        });
  }

  /// What is woken by a stop finds its plan.
  private Deadline endByPlan() {
    StopPlan given = node.planOfStop();
    return endBy(given == null ? settings.plan() : given);
  }

  private Deadline endBy(StopPlan plan) {
    return Deadline.from(node.askedAt(), plan.within(), node.time);
  }

  /// {@return when what still lives is abandoned: by the own plan, or earlier by that of a stopped
  /// scope above, or by the end of a deadline with a reserve}
  Deadline endOfStop() {
    Deadline asked = end.get();
    Deadline mine = asked == null ? endByPlan() : asked;
    mine = hardEnd == null ? mine : mine.earlier(hardEnd);
    return node.boundedAbove(mine);
  }

  void close() {
    try (Mutex _ = mutex.enter()) {
      heads.close();
    }
  }

  /// Stops the forks that still live and waits for them, on the owner's thread.
  void endForks(Supplier<StopReason> reason) {
    if (forksEnded()) {
      return;
    }
    Wait.unwoken(() -> node.stop(reason.get()));
    awaitForks();
  }

  boolean hasStragglers() {
    return !forksEnded();
  }
}
