// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The forks of one scope: who lives, who failed, whom the stop cut short, and how the scope ends.
///
/// Invariants
///
/// 1. `live` counts the forks whose threads have not ended; it is raised before a fork's thread
///    starts and lowered after its outcome is set.
/// 2. Once `closed`, no fork is added.
/// 3. The first failure stops the siblings before it lowers `live`, so that whoever sees the group
///    empty sees the stop too.
/// 4. Every failure is kept, also those that come after the stop.
///
/// Locks: the own monitor, for a few field writes; never while a node or a waiter is touched.
final class ForkGroup {

  private final StopNode node;
  private final ScopeSettings settings;
  private final Waiters eachEnd = new Waiters();
  private final Waiters allEnd = new Waiters();

  // guarded by this
  private final List<Failure> failures = new ArrayList<>(0);
  private int live;
  private boolean closed;
  private boolean cut;
  private boolean bodyInside;
  private @Nullable Runnable afterLast;

  // guarded by this; when what still lives is abandoned
  private @Nullable Deadline end;

  ForkGroup(StopNode node, ScopeSettings settings) {
    this.node = node;
    this.settings = settings;
  }

  StopNode node() {
    return node;
  }

  ScopeSettings settings() {
    return settings;
  }

  /// {@return who waits for any fork to end}
  Waiters eachEnd() {
    return eachEnd;
  }

  <T extends @Nullable Object> Fork<T> fork(String name, Callable<? extends T> body) {
    StopReason reason = node.reason();
    if (reason != null) {
      node.markSeen();
      throw new StoppedException(reason);
    }
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException(
            node.path() + " is closed: '" + name + "' cannot be forked in it any more");
      }
      live++;
    }
    Fork<T> fork = null;
    boolean started = false;
    try {
      fork = new Fork<>(this, name, body, settings.threads());
      fork.start();
      started = true;
      return fork;
    } finally {
      if (!started) { // no memory for a thread, or a factory that makes none
        if (fork != null) {
          fork.discard();
        }
        lower();
      }
    }
  }

  /// Called by the fork's thread, last of all.
  void ended(Fork<?> fork, Outcome<?> outcome) {
    try {
      switch (outcome) {
        case Outcome.Failed<?> failed -> failed(fork, failed.failure());
        case Outcome.Stopped<?> stopped -> markCut(stopped.reason());
        case Outcome.DeadlineExceeded<?> late -> markCut(late.reason());
        case Outcome.Succeeded<?> _, Outcome.Abandoned<?> _ -> {}
      }
    } finally {
      lower();
    }
  }

  private void failed(Fork<?> fork, Throwable failure) {
    synchronized (this) {
      failures.add(new Failure(fork.path(), failure));
    }
    if (node.reason() == null) {
      StopReason.Origin origin = StopReason.Origin.ours(fork.name(), node.path());
      boolean _ = node.stop(new StopReason.SiblingFailed(fork.path(), failure, origin));
    }
  }

  /// A fork that was stopped alone leaves its scope whole; one that went down with the scope does
  /// not.
  private synchronized void markCut(StopReason reason) {
    cut |= reason instanceof StopReason.ParentStopped;
  }

  private void lower() {
    boolean last;
    Runnable after = null;
    synchronized (this) {
      live--;
      last = live == 0;
      if (last) {
        after = afterLast;
        afterLast = null;
      }
    }
    eachEnd.wake();
    if (last) {
      allEnd.wake();
    }
    if (after != null) {
      Waker.run(after);
    }
  }

  /// Runs this when no fork lives any more.
  ///
  /// @return false if that is so already, and then it is not run
  synchronized boolean afterLast(Runnable after) {
    if (live == 0) {
      return false;
    }
    afterLast = after;
    return true;
  }

  /// The owner's thread is inside the body, or no longer.
  void bodyInside(boolean inside) {
    synchronized (this) {
      bodyInside = inside;
    }
    if (!inside) {
      allEnd.wake();
    }
  }

  private synchronized boolean forksEnded() {
    return live == 0;
  }

  private synchronized boolean allEnded() {
    return live == 0 && !bodyInside;
  }

  /// Waits, on the owner's thread, until no fork lives; once the scope is stopped, not beyond its
  /// end.
  void awaitForks() {
    try (Waiters.Place _ = allEnd.enter()) {
      Wait.Ending ending = Wait.until(node, null, this::forksEnded);
      if (ending == Wait.Ending.STOPPED && node.reason() == null) {
        Wait.throwIfCut(ending, Lease.current()); // of a scope inside of this one
      }
      if (ending == Wait.Ending.INTERRUPTED) {
        Wait.unwoken(() -> node.stop(new StopReason.ForeignInterrupt(StopReason.Origin.here())));
      }
      if (node.reason() != null && !forksEnded()) {
        node.markSeen();
        if (!Wait.throughStop(node, this::endOfStop, this::forksEnded, false)) {
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
    synchronized (this) {
      cut |= live > 0;
    }
  }

  /// The plan of the first stop counts as it is; a later one can only bring the end forward.
  void follow(StopPlan plan, boolean first) {
    Deadline asked = first ? endBy(plan) : Deadline.after(plan.within(), node.time);
    synchronized (this) {
      Deadline known = end != null ? end : first ? asked : endBy(settings.plan());
      end = known.earlier(asked);
    }
    allEnd.wake();
    node.eachBelow(
        below -> {
          if (below.owner instanceof Scope scope) {
            scope.group().allEnd.wake(); // what waits there ends with this scope at the latest
          }
        });
  }

  private Deadline endBy(StopPlan plan) {
    return Deadline.from(node.askedAt(), plan.within(), node.time);
  }

  /// {@return when what still lives is abandoned: by the own plan, or earlier by that of a stopped
  /// scope above}
  Deadline endOfStop() {
    Deadline mine;
    synchronized (this) {
      mine = end == null ? endBy(settings.plan()) : end;
    }
    for (StopNode above = node.parent; above != null; above = above.parent) {
      if (above.reason() != null && above.owner instanceof Scope scope) {
        return mine.earlier(scope.group().endOfStop());
      }
    }
    return mine;
  }

  synchronized void close() {
    closed = true;
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

  /// How the scope ends, once its forks have: what its boundary throws, or null for its value.
  ///
  /// @param thrown what the body threw, null if it returned
  @Nullable RuntimeException verdict(@Nullable Throwable thrown) {
    StopReason reason = node.reason();
    boolean bodyCut = thrown != null && reason != null && StopShape.matches(thrown);
    RuntimeException verdict = null;
    Failure first = firstFailure();
    if (first != null && (thrown == null || bodyCut)) {
      verdict = new ForkFailedException(first.fork, first.failure);
    } else if (thrown != null && !bodyCut) {
      verdict = null;
    } else if (reason != null && (bodyCut || isCut())) {
      verdict = cutShort(reason, thrown);
    }
    Throwable carrier = verdict != null ? verdict : thrown;
    if (carrier != null) {
      keepTheRest(carrier);
    }
    return verdict;
  }

  private RuntimeException cutShort(StopReason reason, @Nullable Throwable thrown) {
    if (reason instanceof StopReason.DeadlinePassed) {
      return new DeadlineExceededException(reason, thrown);
    }
    if (thrown instanceof StoppedException stopped && stopped.reason().equals(reason)) {
      return stopped;
    }
    return thrown == null ? new StoppedException(reason) : new StoppedException(reason, thrown);
  }

  private synchronized @Nullable Failure firstFailure() {
    return failures.isEmpty() ? null : failures.getFirst();
  }

  private synchronized boolean isCut() {
    return cut;
  }

  private synchronized void keepTheRest(Throwable carrier) {
    List<Throwable> kept = new ArrayList<>(List.of(carrier.getSuppressed()));
    kept.add(carrier);
    if (carrier.getCause() != null) {
      kept.add(carrier.getCause());
    }
    for (Failure failure : failures) {
      if (!kept.contains(failure.failure)) {
        carrier.addSuppressed(failure.failure);
      }
    }
  }

  private record Failure(String fork, Throwable failure) {}
}
