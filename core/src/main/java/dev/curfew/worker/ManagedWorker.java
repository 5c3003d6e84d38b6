// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Body;
import dev.curfew.Release;
import dev.curfew.ScopeSettings;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A thread that owns a resource: opens it, uses it for others in the order in which they ask, and
/// closes it; for what belongs to one thread, such as a connection, a device or a native handle.
///
/// ```java
/// try (var db = ManagedWorker.open("db", Db::connect, Db::close)) {
///   Future<Integer> count = db.submit("count", c -> c.count("orders"));
///   Order order = db.call("find 7", c -> c.find(7));
/// }
/// ```
///
/// The resource is acquired, used and released on that one thread, and released once whichever way
/// the worker ends. A task that fails harms nobody but its own future. Each task runs in a scope of
/// its own, so it can be stopped alone, and an interrupt that was meant for it never reaches the
/// next one.
///
/// A worker that is opened inside a scope is stopped with it.
///
/// **Threads.** Any thread may use a worker; those who ask wait for each other.
///
/// @param <R> the type of the resource
public final class ManagedWorker<R> implements AutoCloseable {

  private final String name;
  private final Steward<R> steward;

  private ManagedWorker(String name, Steward<R> steward) {
    this.name = name;
    this.steward = steward;
  }

  /// Opens a worker with its own platform thread, and waits until it has its resource.
  ///
  /// **Stopping.** Waits until the caller is stopped or interrupted; then the acquisition is
  /// stopped too, and has until the end of the plan.
  ///
  /// @param <R> the type of the resource
  /// @param <X> what acquiring it may throw
  /// @param name its name in paths, reports and messages
  /// @param acquire makes the resource, on the worker's thread
  /// @param release gives it back, on the worker's thread
  /// @return the worker, to be stopped or closed
  /// @throws X what acquiring the resource threw; then nothing is left of the worker
  /// @throws dev.curfew.StoppedException if the caller is stopped
  public static <R, X extends Exception> ManagedWorker<R> open(
      String name, Body<? extends R, X> acquire, Release<? super R> release) throws X {
    return open(name, acquire, release, UnaryOperator.identity());
  }

  /// Opens a worker with other settings.
  ///
  /// @param <R> the type of the resource
  /// @param <X> what acquiring it may throw
  /// @param name its name in paths, reports and messages
  /// @param acquire makes the resource, on the worker's thread
  /// @param release gives it back, on the worker's thread
  /// @param change from the default settings to those of this worker: its plan, clock and thread,
  ///     and how long the release may take
  /// @return the worker, to be stopped or closed
  /// @throws X what acquiring the resource threw; then nothing is left of the worker
  /// @throws dev.curfew.StoppedException if the caller is stopped
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // acquire throws nothing else
  public static <R, X extends Exception> ManagedWorker<R> open(
      String name,
      Body<? extends R, X> acquire,
      Release<? super R> release,
      UnaryOperator<ScopeSettings> change)
      throws X {
    Objects.requireNonNull(acquire);
    Objects.requireNonNull(release);
    String around = StopReason.Origin.here().scope();
    String path = around.isEmpty() ? name : around + "/" + name;
    ScopeSettings settings = change.apply(ScopeSettings.DEFAULT.withPlatformThreads());
    Steward<R> steward = new Steward<>(path, acquire, release, settings);
    Throwable failure = steward.open();
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw (X) failure;
    }
    return new ManagedWorker<>(name, steward);
  }

  /// {@return the name it was opened by}
  public String name() {
    return name;
  }

  /// {@return its name, after the path of the scope it was opened in}
  public String path() {
    return steward.path();
  }

  /// Has something done with the resource, after what was asked for before.
  ///
  /// Cancelling the future with `true` stops the task, with the reason `FutureCancelled`. A task
  /// that was stopped, or never begun since the worker was, is `CANCELLED`.
  ///
  /// @param <T> the type of the value
  /// @param task its name in paths and reports
  /// @param body what to do; may be interrupted when it is stopped
  /// @return its value, some time
  /// @throws java.util.concurrent.RejectedExecutionException if the worker takes no more tasks,
  ///     with the reason
  public <T extends @Nullable Object> Future<T> submit(
      String task, Use<? super R, ? extends T> body) {
    return steward.submit(Objects.requireNonNull(task), Objects.requireNonNull(body));
  }

  /// Has something done with the resource, and waits for it.
  ///
  /// **Stopping.** A stop of the caller's scope ends the wait, as does an interrupt; the task is
  /// stopped then too.
  ///
  /// @param <T> the type of the value
  /// @param task its name in paths and reports
  /// @param body what to do; may be interrupted when it is stopped
  /// @return its value
  /// @throws ExecutionException around what the body threw
  /// @throws java.util.concurrent.CancellationException if the task was stopped, with the reason
  /// @throws java.util.concurrent.RejectedExecutionException if the worker takes no more tasks,
  ///     with the reason
  /// @throws dev.curfew.StoppedException if the caller is to stop
  public <T extends @Nullable Object> T call(String task, Use<? super R, ? extends T> body)
      throws ExecutionException {
    refuseInside("called");
    Turn<R, T> turn = steward.submit(Objects.requireNonNull(task), Objects.requireNonNull(body));
    try {
      steward.await(turn);
    } catch (StoppedException cut) {
      boolean _ = turn.cancel(true);
      throw cut;
    }
    return switch (turn.state()) {
      case SUCCESS -> turn.resultNow();
      case FAILED -> throw new ExecutionException(turn.exceptionNow());
      case CANCELLED, RUNNING -> throw turn.stopped();
    };
  }

  /// Asks the worker to stop by its own plan, and returns at once: tasks that have not begun are
  /// ended, the running one is told, and then the resource is released. The first reason is kept.
  ///
  /// @param reason why
  public void stop(StopReason reason) {
    steward.stop(reason);
  }

  /// Stops the worker, and waits until its resource is released and its thread has ended, at most
  /// to the end of the plan. What does not end goes to the ledger, and then the resource is
  /// released when it does.
  ///
  /// **Stopping.** The wait is bounded by the plan; a stop of the caller does not shorten it.
  ///
  /// @param reason why
  /// @param plan how long to wait
  /// @return how it went
  /// @throws IllegalStateException in a task of this worker, which would wait for itself
  public ManagedReport stopAndAwait(StopReason reason, StopPlan plan) {
    refuseInside("awaited");
    return steward.stopAndAwait(reason, plan);
  }

  /// {@return how the stop went so far; empty if nobody has asked for one}
  public Optional<ManagedReport> report() {
    return steward.report();
  }

  /// {@return whether its thread has ended, and its resource is released}
  public boolean hasEnded() {
    return steward.hasEnded();
  }

  /// Takes no more tasks, and waits until those that were accepted are done and the resource is
  /// released.
  ///
  /// **Stopping.** Waits until the worker or the caller is stopped or interrupted; then what still
  /// runs is stopped too, and has until the end of the plan.
  ///
  /// @throws IllegalStateException around what releasing the resource threw, if it did; also in a
  ///     task of this worker, which would wait for itself
  @Override
  public void close() {
    refuseInside("closed");
    steward.close();
  }

  private void refuseInside(String what) {
    if (steward.isInside()) {
      throw new IllegalStateException(
          path() + " cannot be " + what + " by a task of its own, which has the resource already");
    }
  }

  @Override
  public String toString() {
    return steward.toString();
  }
}
