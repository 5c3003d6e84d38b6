// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Deadline;
import dev.curfew.Ended;
import dev.curfew.Outcome;
import dev.curfew.Policy;
import dev.curfew.Signal;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.mutex.Mutex;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tasks of a pool that are stopped, awaited and read together.
///
/// ```java
/// try (var batch = pool.batch("monday", Policy.<Image>failFast())) {
///   inputs.forEach(i -> batch.submit(i.name(), () -> convert(i)));
///   batch.completed().forEach(task -> progress.add(task.name()));
///   List<Image> images = batch.join();
/// }
/// ```
///
/// Its [Policy] says when the end of one task stops the others, and what they come to. Its tasks
/// share the pool's queue and workers with all others; stopping a batch leaves those
/// alone. A batch ends with its pool.
///
/// Invariants
///
/// 1. A submitted task is in `open` until its outcome is there, and in `ended` until it was read.
/// 2. Once `reason` is set no task is added but one that is stopped before it begins, and all in
///    `open` have been or are being stopped.
/// 3. The policy is asked once for each task that ended, outside of the mutex.
///
/// Locks: the own mutex, a leaf: tasks are submitted, stopped and abandoned outside of it.
///
/// **Threads.** Any.
///
/// @param <T> the type of the values of the tasks
/// @param <R> the type of what they come to
public final class Batch<T extends @Nullable Object, R extends @Nullable Object>
    implements AutoCloseable {

  private final String name;
  private final Crew crew;
  private final Policy<T, R> policy;
  private final Predicate<Ended<T>> watch;
  private final Signal changed = new Signal();
  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final Set<Task<T>> open = new LinkedHashSet<>();
  private final ArrayDeque<PoolTask<T>> ended = new ArrayDeque<>();
  private final List<Task<T>> begun = new ArrayList<>();
  private @Nullable StopReason reason;
  private @Nullable StopReason decision;
  private @Nullable StopReason cutBy;
  private @Nullable Throwable policyFailure;
  private @Nullable Deadline end;
  private boolean closed;

  Batch(String name, Crew crew, Policy<T, R> policy) {
    this.name = name;
    this.crew = crew;
    this.policy = policy;
    watch = policy.watch().get();
  }

  /// {@return its name below the path of its pool}
  public String path() {
    return crew.path() + "/" + name;
  }

  /// Submits a task to the pool, as a part of this batch; once the policy has decided, one that
  /// never runs.
  ///
  /// @param task its name, below that of the batch
  /// @param body what to run
  /// @return the handle
  /// @throws RejectedExecutionException if the batch is stopped by something else or the pool takes
  ///     no more tasks, with the reason
  public PoolTask<T> submit(String task, Callable<? extends T> body) {
    Objects.requireNonNull(task);
    Task<T> one = new Task<>(crew, name + "/" + task, body);
    one.onEnd(() -> ended(one));
    StopReason why;
    boolean over;
    try (Mutex _ = mutex.enter()) {
      why = reason;
      over = closed;
      if (why == null && !over) {
        add(one);
      }
    }
    if (over) {
      throw refused(task, "it is closed");
    }
    if (why != null) {
      refuseUnlessDecided(task, why);
      try (Mutex _ = mutex.enter()) {
        add(one);
      }
      boolean _ = one.stop(new StopReason.ParentStopped(path(), why));
      return one;
    }
    boolean accepted = false;
    try {
      crew.submit(one);
      accepted = true;
    } finally {
      if (!accepted) {
        forget(one);
      }
    }
    return one;
  }

  /// Under the mutex.
  private void add(Task<T> task) {
    open.add(task);
    begun.add(task);
  }

  private void refuseUnlessDecided(String task, StopReason why) {
    if (!isDecided()) {
      throw refused(task, why.chain());
    }
  }

  private RejectedExecutionException refused(String task, String why) {
    return new RejectedExecutionException(
        "%s takes no more tasks, '%s' was refused: %s".formatted(path(), task, why));
  }

  /// Whether it was the policy that stopped it.
  private boolean isDecided() {
    StopReason decided;
    StopReason why;
    try (Mutex _ = mutex.enter()) {
      decided = decision;
      why = reason;
    }
    return decided != null && decided.equals(why);
  }

  private void forget(Task<T> task) {
    try (Mutex _ = mutex.enter()) {
      open.remove(task);
      begun.remove(task);
    }
    changed.wakeAll();
  }

  private void ended(Task<T> task) {
    Outcome<T> outcome = task.outcome().orElseThrow();
    StopReason why = consult(task, outcome);
    if (why != null && decides(why)) {
      stop(why);
    }
    try (Mutex _ = mutex.enter()) {
      open.remove(task);
      ended.add(task);
      cutBy = cutBy == null ? cut(outcome) : cutBy;
    }
    changed.wakeAll();
  }

  /// {@return whether it is the first; the tasks that its stop ends come here, too, each inside of
  /// that stop}
  private boolean decides(StopReason why) {
    try (Mutex _ = mutex.enter()) {
      boolean first = decision == null && reason == null;
      decision = first ? why : decision;
      return first;
    }
  }

  private @Nullable StopReason consult(Task<T> task, Outcome<T> outcome) {
    Ended<T> end = new Ended<>(place(task), outcome);
    try {
      if (!watch.test(end)) {
        return null;
      }
    } catch (RuntimeException | Error thrown) {
      try (Mutex _ = mutex.enter()) {
        policyFailure = policyFailure == null ? thrown : policyFailure;
      }
    }
    return end.asReason(StopReason.Origin.here());
  }

  /// A task that was stopped alone cuts nothing short; one that went down with the batch or with
  /// the pool does.
  private static @Nullable StopReason cut(Outcome<?> outcome) {
    return switch (outcome) {
      case Outcome.Stopped<?> by when by.reason() instanceof StopReason.ParentStopped ->
          by.reason();
      case Outcome.DeadlineExceeded<?> by when by.reason() instanceof StopReason.ParentStopped ->
          by.reason();
      case Outcome.Abandoned<?> by -> by.reason();
      default -> null;
    };
  }

  private String place(Task<T> task) {
    return crew.path() + "/" + task.name();
  }

  /// Asks the tasks of this batch to stop, by the plan of the pool, and returns at once. The first
  /// reason is kept.
  ///
  /// @param why why
  public void stop(StopReason why) {
    stop(why, crew.settings().plan());
  }

  /// Asks the tasks of this batch to stop, and returns at once. A second plan can only bring the
  /// end forward.
  ///
  /// @param why why
  /// @param plan when what still runs is given up; it is for those who wait to find out
  public void stop(StopReason why, StopPlan plan) {
    Deadline asked = Deadline.after(plan.within());
    List<Task<T>> inside;
    try (Mutex _ = mutex.enter()) {
      reason = reason == null ? why : reason;
      end = end == null ? asked : end.earlier(asked);
      inside = List.copyOf(open);
    }
    StopReason below = new StopReason.ParentStopped(path(), why);
    for (Task<T> task : inside.reversed()) { // what waits goes first, or a freed worker runs it
      boolean _ = task.stop(below);
    }
    changed.wakeAll();
  }

  /// The tasks in the order in which they end: each once, however it ended, until none of those
  /// that were submitted is left.
  ///
  /// **Stopping.** `hasNext` waits until the next task ends, and throws a `StoppedException` if the
  /// caller is stopped or interrupted. Once the batch is stopped, it waits at most to the end of
  /// the plan.
  ///
  /// @return to be iterated once
  public Iterable<PoolTask<T>> completed() {
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            await(true);
            return hasEnded();
          }

          @Override
          public PoolTask<T> next() {
            await(true);
            return poll();
          }
        };
  }

  private boolean hasEnded() {
    try (Mutex _ = mutex.enter()) {
      return !ended.isEmpty();
    }
  }

  private PoolTask<T> poll() {
    try (Mutex _ = mutex.enter()) {
      PoolTask<T> next = ended.poll();
      if (next == null) {
        throw new NoSuchElementException(path() + " has no task left");
      }
      return next;
    }
  }

  private boolean isQuiet() {
    try (Mutex _ = mutex.enter()) {
      return open.isEmpty();
    }
  }

  private @Nullable Deadline end() {
    try (Mutex _ = mutex.enter()) {
      return end;
    }
  }

  /// Once there is an end the wait has a bound; a second stop may bring it forward.
  ///
  /// @throws IllegalStateException in a task of this batch, which would wait for itself
  private void await(boolean orOne) {
    refuseInside();
    Signal.Awaited rest = () -> isQuiet() || (orOne && hasEnded());
    while (!rest.holds()) {
      Deadline end = end();
      if (end == null) {
        changed.await(() -> rest.holds() || end() != null);
      } else if (!changed.await(end, () -> rest.holds() || !end.equals(end()))) {
        abandonRest();
        return;
      }
    }
  }

  private void refuseInside() {
    Task<?> own = crew.current();
    if (own != null && isOpen(own)) {
      throw new IllegalStateException(
          path() + " cannot be awaited by its own task '" + own.name() + "'");
    }
  }

  private boolean isOpen(Task<?> task) {
    try (Mutex _ = mutex.enter()) {
      return open.stream().anyMatch(task::equals);
    }
  }

  private void abandonRest() {
    List<Task<T>> rest;
    StopReason why;
    try (Mutex _ = mutex.enter()) {
      rest = List.copyOf(open);
      why = reason;
    }
    if (why != null) {
      for (Task<T> task : rest) {
        task.abandon(why);
      }
    }
  }

  /// Waits until all tasks that were submitted have ended, and says what they come to.
  ///
  /// A task of this batch cannot join it.
  ///
  /// **Stopping.** As [#await]. A stop that the policy did not decide on is no result: if it cut a
  /// task short, it is thrown.
  ///
  /// @return the result of the policy
  /// @throws dev.curfew.ForkFailedException if the policy takes a failure for one
  /// @throws StoppedException if the caller is stopped or interrupted, or if a stop of the batch or
  ///     of the pool cut a task short; [#report] says what became of each
  public R join() {
    await(false);
    List<Ended<T>> all = new ArrayList<>();
    Throwable failure;
    StopReason cut;
    List<Task<T>> tasks;
    try (Mutex _ = mutex.enter()) {
      failure = policyFailure;
      cut = cutBy;
      tasks = List.copyOf(begun);
    }
    if (failure != null) {
      throw new IllegalStateException("the policy of " + path() + " failed: " + failure, failure);
    }
    if (cut != null && !isDecided()) {
      throw new StoppedException(cut);
    }
    for (Task<T> task : tasks) {
      task.outcome().ifPresent(how -> all.add(new Ended<>(place(task), how)));
    }
    return policy.result().apply(all);
  }

  /// Waits until all tasks that were submitted have ended, however.
  ///
  /// **Stopping.** Waits until the batch or the caller is stopped; after a stop of the batch at
  /// most to the end of its plan.
  ///
  /// @return what became of them
  /// @throws StoppedException if the caller is stopped or interrupted
  public BatchReport await() {
    await(false);
    return report();
  }

  /// {@return what became of the tasks so far}
  public BatchReport report() {
    try (Mutex _ = mutex.enter()) {
      Tally tally = Tally.owned();
      List<String> abandoned = new ArrayList<>();
      for (Task<T> task : begun) {
        Outcome<T> how = task.outcome().orElse(null);
        if (how != null) {
          tally.add(how);
        }
        if (how instanceof Outcome.Abandoned<T>) {
          abandoned.add(task.name());
        }
      }
      return new BatchReport(path(), Optional.ofNullable(reason), tally.counts(), abandoned);
    }
  }

  /// Takes no more tasks, stops what still runs, and waits for it.
  ///
  /// **Stopping.** The wait is bounded by the plan; what does not end is in [#report].
  @Override
  public void close() {
    refuseInside();
    if (closesQuietly()) {
      return;
    }
    stop(
        new StopReason.ScopeClosed(
            path(), "left before its tasks had ended", StopReason.Origin.here()));
    while (!isQuiet()) {
      Deadline end = Objects.requireNonNull(end());
      if (!changed.awaitShielded(end, () -> isQuiet() || !end.equals(end()))) {
        abandonRest();
        return;
      }
    }
  }

  /// Closes it; to be left alone if none of its tasks is open.
  private boolean closesQuietly() {
    try (Mutex _ = mutex.enter()) {
      closed = true;
      return open.isEmpty();
    }
  }

  @Override
  public String toString() {
    return report().text();
  }
}
