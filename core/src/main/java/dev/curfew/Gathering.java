// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The machine behind [Forks]: who was begun, who has ended in which order, and what the policy
/// makes of it.
///
/// Invariants
///
/// 1. A fork is in `begun` before its thread starts, and is never taken out once it has.
/// 2. A fork that ends is put into `ended` once, before it stops to count as running.
/// 3. The policy is asked outside of the mutex, once for each fork that ran.
///
/// Locks: the own mutex, a leaf.
///
/// @param <T> the type of the values of the forks
/// @param <R> the type of what they come to
final class Gathering<T extends @Nullable Object, R extends @Nullable Object> implements Judge {

  private final Policy<T, R> policy;
  private final Predicate<Ended<T>> watch;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Fork<T>> begun = new ArrayList<>();
  private final ArrayDeque<Fork<T>> ended = new ArrayDeque<>();
  private @Nullable Throwable policyFailure;

  Gathering(Policy<T, R> policy) {
    this.policy = policy;
    watch = policy.watch().get();
  }

  @Override
  @SuppressWarnings("unchecked") // only forks of this type are begun here
  public void begun(Fork<?> fork) {
    try (Mutex _ = mutex.enter()) {
      begun.add((Fork<T>) fork);
    }
  }

  @Override
  public void takenBack(Fork<?> fork) {
    try (Mutex _ = mutex.enter()) {
      begun.remove(fork);
    }
  }

  @Override
  @SuppressWarnings("unchecked") // only forks of this type are begun here
  public @Nullable StopReason ended(Fork<?> fork, Outcome<?> outcome) {
    boolean decided;
    try {
      decided = watch.test(new Ended<>(fork.path(), (Outcome<T>) outcome));
    } catch (RuntimeException | Error thrown) {
      decided = true;
      failed(thrown);
    }
    arrived((Fork<T>) fork);
    return decided ? Judge.reason(fork, outcome) : null;
  }

  private void failed(Throwable thrown) {
    try (Mutex _ = mutex.enter()) {
      policyFailure = policyFailure == null ? thrown : policyFailure;
    }
  }

  private void arrived(Fork<T> fork) {
    try (Mutex _ = mutex.enter()) {
      ended.add(fork);
    }
  }

  /// Begins a fork; if the policy has decided, one that never runs.
  Fork<T> fork(ForkGroup group, String name, Callable<? extends T> body) {
    try {
      return group.fork(name, body, Fork.Kind.WORK);
    } catch (StoppedException stopped) {
      if (!group.boundary().isDecided()) {
        throw stopped;
      }
      Fork<T> never =
          new Fork<>(group, name, new StopReason.ParentStopped(group.path(), stopped.reason()));
      begun(never);
      arrived(never);
      return never;
    }
  }

  boolean hasNext() {
    try (Mutex _ = mutex.enter()) {
      return !ended.isEmpty();
    }
  }

  @Nullable Fork<T> poll() {
    try (Mutex _ = mutex.enter()) {
      return ended.poll();
    }
  }

  /// {@return what the forks come to; asked when they have ended}
  R result(String path) {
    List<Ended<T>> all = new ArrayList<>();
    Throwable failure;
    List<Fork<T>> forks;
    try (Mutex _ = mutex.enter()) {
      failure = policyFailure;
      forks = List.copyOf(begun);
    }
    for (Fork<T> fork : forks) {
      fork.outcome().ifPresent(outcome -> all.add(new Ended<>(fork.path(), outcome)));
    }
    if (failure != null) {
      throw new IllegalStateException("the policy of " + path + " failed: " + failure, failure);
    }
    return policy.result().apply(all);
  }
}
