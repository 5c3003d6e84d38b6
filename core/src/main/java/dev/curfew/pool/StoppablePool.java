// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Policy;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// An executor that can be stopped on time, says what became of every task, and can be opened
/// again.
///
/// ```java
/// try (var pool = StoppablePool.open("images", s -> s.withWorkers(8))) {
///   inputs.forEach(i -> pool.submit(i.name(), () -> convert(i)));
///   PoolReport report =
///       pool.stopAndAwait(StopReason.requested("deploy"), StopPlan.within(Duration.ofSeconds(5)));
///   var next = pool.reopen(s -> s.withWorkers(4));
///   report.handedBack().forEach(task -> task.submitTo(next));
/// }
/// ```
///
/// It keeps the contract of `ExecutorService`. Each task runs as an errand of its own, so
/// checkpoints, Curfew waits, forks and deadlines work in it, it can be stopped alone, and an
/// interrupt that was meant for it never reaches the next one. A pool that is opened inside a scope
/// is stopped with that scope.
///
/// A stop takes no more tasks, hands back those that have not started, lets the running ones end on
/// their own for the drain span, tells and wakes the rest, and abandons at the end of the plan what
/// still runs. A task that was handed back counts as cancelled for those who wait for its future;
/// its work can be submitted again.
///
/// Where others make a future around what they give to [#execute], as
/// `CompletableFuture.supplyAsync(…, pool)` does, a task that was handed back leaves that future
/// open: nobody but the task knows it. Run or submit again what [PoolReport#handedBack] or
/// [#shutdownNow] returns, or complete those futures yourself.
///
/// **Threads.** Any thread may submit, stop and look. Workers are daemon threads, started when they
/// are needed.
public final class StoppablePool extends AbstractExecutorService {

  private static final Duration MARGIN = Duration.ofSeconds(1);

  private final String name;
  private final Crew crew;

  private StoppablePool(String name, String path, PoolSettings settings) {
    this.name = name;
    crew = new Crew(path, settings);
    crew.keeper().open();
  }

  /// Opens a pool with the default settings.
  ///
  /// @param name its name in paths, reports and messages
  /// @return the pool, to be stopped or closed
  public static StoppablePool open(String name) {
    return open(name, UnaryOperator.identity());
  }

  /// Opens a pool.
  ///
  /// @param name its name in paths, reports and messages
  /// @param change from the default settings to those of this pool
  /// @return the pool, to be stopped or closed
  public static StoppablePool open(String name, UnaryOperator<PoolSettings> change) {
    return open(name, change.apply(PoolSettings.defaults()));
  }

  private static StoppablePool open(String name, PoolSettings settings) {
    String around = StopReason.Origin.here().scope();
    return new StoppablePool(name, around.isEmpty() ? name : around + "/" + name, settings);
  }

  /// Opens a fresh pool of the same name once this one is stopped; any number of times.
  ///
  /// @param change from the settings of this pool to those of the next
  /// @return the next pool
  /// @throws IllegalStateException if this pool is not stopped, or its stop is not over
  public StoppablePool reopen(UnaryOperator<PoolSettings> change) {
    if (!crew.keeper().isClosed()) {
      throw new IllegalStateException(
          path()
              + (isShutdown() ? " is still being stopped" : " is open")
              + ": call stopAndAwait before reopen");
    }
    return open(name, change.apply(crew.settings()));
  }

  /// {@return the name it was opened by}
  public String name() {
    return name;
  }

  /// {@return its name, after the path of the scope it was opened in}
  public String path() {
    return crew.path();
  }

  /// Submits a task by name.
  ///
  /// @param <T> the type of its value
  /// @param task its name in paths and reports
  /// @param body what to run
  /// @return the handle
  /// @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks, with
  ///     the reason
  public <T extends @Nullable Object> PoolTask<T> submit(String task, Callable<? extends T> body) {
    return submit(new Task<T>(crew, Objects.requireNonNull(task), body));
  }

  /// Submits a task without a value by name.
  ///
  /// @param task its name in paths and reports
  /// @param body what to run
  /// @return the handle
  /// @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks, with
  ///     the reason
  public PoolTask<@Nullable Void> submit(String task, Runnable body) {
    return submit(new Task<@Nullable Void>(crew, Objects.requireNonNull(task), body, true));
  }

  /// Opens a batch: tasks that are stopped, awaited and read together.
  ///
  /// @param <T> the type of the values of the tasks
  /// @param <R> the type of what they come to
  /// @param batch its name in paths and reports
  /// @param policy when the end of one task stops the others, and what they come to
  /// @return the batch, to be closed
  public <T extends @Nullable Object, R extends @Nullable Object> Batch<T, R> batch(
      String batch, Policy<T, R> policy) {
    return new Batch<>(Objects.requireNonNull(batch), crew, Objects.requireNonNull(policy));
  }

  private <T extends @Nullable Object> PoolTask<T> submit(Task<T> task) {
    crew.submit(task);
    return task;
  }

  @Override
  public <T extends @Nullable Object> PoolTask<T> submit(Callable<T> body) {
    return submit(new Task<T>(crew, null, body));
  }

  @Override
  public PoolTask<?> submit(Runnable body) {
    Task<?> task = new Task<@Nullable Void>(crew, null, body, true);
    crew.submit(task);
    return task;
  }

  @Override
  public <T extends @Nullable Object> PoolTask<T> submit(Runnable body, T value) {
    return submit(new Task<T>(crew, null, Executors.callable(body, value)));
  }

  /// Runs this some time, without a handle. If it throws, the uncaught-exception handler of its
  /// thread is told.
  ///
  /// @param body what to run
  /// @throws java.util.concurrent.RejectedExecutionException if the pool takes no more tasks, with
  ///     the reason
  @Override
  public void execute(Runnable body) {
    if (body instanceof Task<?> task && task.isOf(crew)) {
      crew.submit(task); // one of newTaskFor
    } else {
      crew.submit(new Task<@Nullable Void>(crew, null, body, false));
    }
  }

  @Override
  protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> body) {
    return new Task<>(crew, null, body);
  }

  @Override
  protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable body, T value) {
    return new Task<>(crew, null, Executors.callable(body, value));
  }

  /// Runs these until one succeeds, and stops the others.
  ///
  /// **Stopping.** An interrupt ends the wait, as does a stop of the pool.
  ///
  /// @throws ExecutionException if none succeeds, with the failure of the last; a task that was
  ///     stopped or handed back counts as cancelled
  @Override
  public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> bodies)
      throws InterruptedException, ExecutionException {
    try (FirstSuccess<T> any = new FirstSuccess<>(crew)) {
      return any.of(bodies);
    }
  }

  /// Runs these until one succeeds or the time is over, and stops the others.
  ///
  /// **Stopping.** An interrupt ends the wait, as does a stop of the pool.
  ///
  /// @throws ExecutionException if none succeeds, with the failure of the last; a task that was
  ///     stopped or handed back counts as cancelled
  @Override
  public <T extends @Nullable Object> T invokeAny(
      Collection<? extends Callable<T>> bodies, long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    try (FirstSuccess<T> any = new FirstSuccess<>(crew)) {
      return any.of(bodies, unit.toNanos(timeout));
    }
  }

  /// Takes no more tasks; those that were accepted are still run.
  @Override
  public void shutdown() {
    crew.shutdown();
  }

  /// Stops the pool without a drain, and returns at once.
  ///
  /// **Stopping.** Waits, some microseconds as a rule and a second at most, for workers that are
  /// about to begin a task or to hand it back.
  ///
  /// @return the tasks that never started, each once: what `execute` was given, and a [HandedBack]
  ///     for each task with a handle
  @Override
  public List<Runnable> shutdownNow() {
    crew.stop(StopReason.requested("shutdownNow"), crew.settings().plan(), Duration.ZERO);
    return crew.claimHandedBack();
  }

  /// Asks the pool to stop by its own plan, and returns at once. The first reason is kept.
  ///
  /// @param reason why
  public void stop(StopReason reason) {
    crew.stop(reason, crew.settings().plan(), crew.settings().drain());
  }

  /// Stops the pool, and waits until it has, at most to the end of the plan.
  ///
  /// If it is being stopped already, the first reason stays and the plan can only bring the end
  /// forward.
  ///
  /// **Stopping.** The wait is bounded by the plan; a stop of the caller does not shorten it.
  ///
  /// @param reason why
  /// @param plan how long to wait, the drain included
  /// @return what became of every task
  /// @throws IllegalStateException in a task of this pool, which would wait for itself
  public PoolReport stopAndAwait(StopReason reason, StopPlan plan) {
    if (crew.isInside()) {
      throw new IllegalStateException(
          path() + " cannot be awaited by a task of its own: call stop(reason) here");
    }
    crew.stop(reason, plan, crew.settings().drain());
    crew.keeper().awaitClosed(plan.within().plus(MARGIN));
    return crew.report().orElseThrow();
  }

  /// {@return how the stop went so far; empty if nobody has asked for one}
  public Optional<PoolReport> report() {
    return crew.report();
  }

  @Override
  public boolean isShutdown() {
    return !crew.isOpen();
  }

  /// {@return whether the pool takes no more tasks and nothing of it runs: not while an abandoned
  /// task lives}
  @Override
  public boolean isTerminated() {
    return crew.keeper().isTerminated();
  }

  /// Waits until nothing of the pool runs.
  ///
  /// **Stopping.** An interrupt ends the wait, as does the time-out.
  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return crew.keeper().awaitTermination(timeout, unit);
  }

  /// Takes no more tasks and waits until those that were accepted have ended.
  ///
  /// **Stopping.** Waits until the pool or the caller is stopped; then what still runs is stopped
  /// too, and has until the end of the plan. An interrupt counts as a stop of the caller, and stays
  /// set. What does not end is abandoned, and [#report] says so: unlike the JDK's, this never waits
  /// for ever once it was told to end.
  @Override
  public void close() {
    if (crew.isInside()) {
      throw new IllegalStateException(
          path() + " cannot be closed by a task of its own: call shutdown() or stop(reason) here");
    }
    crew.shutdown();
    Optional<StopReason> cut = crew.keeper().drain();
    cut.ifPresent(this::stop);
    if (cut.isPresent() || crew.isStopped()) {
      crew.keeper().awaitClosed(crew.settings().plan().within().plus(MARGIN));
    }
  }

  @Override
  public String toString() {
    return path() + ": " + crew;
  }
}
