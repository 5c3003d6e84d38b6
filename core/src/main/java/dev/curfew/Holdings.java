// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a scope owns, and how it is given back.
///
/// Invariants
///
/// 1. Between the return of `acquire` and the entry here there is no checkpoint, so nothing can be
///    lost.
/// 2. Each holding is released once, the last one acquired first, after the forks have ended.
/// 3. A holding bounds its release itself ([Releasing]); one that does not end keeps no other from
///    running.
///
/// Locks: the own mutex, for a few field writes; never held while anything foreign runs.
final class Holdings {

  private final StopNode node;
  private final Duration budget;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final ArrayDeque<Holding> held = new ArrayDeque<>(0);
  private boolean over;

  /// One thing that is owned.
  @FunctionalInterface
  interface Holding {

    /// Releases it within its bounds.
    ///
    /// @param failures where to put what went wrong
    void release(List<Throwable> failures);
  }

  Holdings(StopNode node, Duration budget) {
    this.node = node;
    this.budget = budget;
  }

  StopNode node() {
    return node;
  }

  /// {@return how long each release may take}
  Duration budget() {
    return budget;
  }

  <R extends @Nullable Object, X extends Exception> R own(
      String name, Body<? extends R, X> acquire, Release<? super R> release) throws X {
    refuseIfOver(name);
    Objects.requireNonNull(release, "say how '" + name + "' is released");
    R resource = acquire.run();
    Releasing releasing = new Releasing(name, node, budget, () -> release.release(resource));
    Holding holding = failures -> add(releasing.elsewhere(), failures);
    if (!enter(holding)) {
      List<Throwable> failures = new ArrayList<>();
      holding.release(failures);
      IllegalStateException late = ended(name);
      failures.forEach(late::addSuppressed);
      throw late;
    }
    return resource;
  }

  /// Owns what opens later, if at all.
  ///
  /// @throws IllegalStateException if the scope has ended
  void add(String name, Holding holding) {
    if (!enter(holding)) {
      throw ended(name);
    }
  }

  static void add(@Nullable Throwable failure, List<Throwable> failures) {
    if (failure != null) {
      failures.add(failure);
    }
  }

  private boolean enter(Holding holding) {
    try (Mutex _ = mutex.enter()) {
      if (!over) {
        held.push(holding);
      }
      return !over;
    }
  }

  private void refuseIfOver(String name) {
    boolean refused;
    try (Mutex _ = mutex.enter()) {
      refused = over;
    }
    if (refused) {
      throw ended(name);
    }
  }

  IllegalStateException ended(String name) {
    return new IllegalStateException(
        node.path() + " has ended: '" + name + "' cannot be acquired in it any more");
  }

  private @Nullable Holding next() {
    try (Mutex _ = mutex.enter()) {
      over = true;
      return held.poll();
    }
  }

  /// Releases everything, and tells what went wrong. Beyond the end of a deadline with a reserve
  /// nobody waits any more: then the rest is released in the background.
  List<Throwable> releaseAll() {
    List<Throwable> failures = new ArrayList<>(0);
    for (Holding holding = next(); holding != null; holding = next()) {
      if (isBeyondEnd()) {
        Holding first = holding;
        Waker.runAnyhow(() -> releaseRest(first));
        return failures;
      }
      holding.release(failures);
    }
    return failures;
  }

  private boolean isBeyondEnd() {
    Deadline ahead = Deadline.after(budget.plusSeconds(1), node.time);
    return node.notBeyondEnd(ahead).hasPassed();
  }

  private void releaseRest(Holding first) {
    List<Throwable> failures = new ArrayList<>(0);
    for (Holding holding = first; holding != null; holding = next()) {
      holding.release(failures);
    }
    Releasing.tellHandler(failures);
  }

  /// For what an abandoned fork may still have used: nobody is there to hear of failures but the
  /// handler for uncaught ones.
  void releaseLate() {
    Holding first = next();
    if (first != null) {
      releaseRest(first);
    }
  }
}
