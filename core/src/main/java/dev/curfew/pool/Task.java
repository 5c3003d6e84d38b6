// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.DeadlineExceededException;
import dev.curfew.Errand;
import dev.curfew.Errands;
import dev.curfew.Outcome;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The machine behind [PoolTask].
///
/// Invariants
///
/// 1. A task leaves WAITING once, by [#claim]: a worker runs it, a stop or a cancel ends it, the
///    pool hands it back, or its submitter refuses it. Whoever claims it accounts for it.
/// 2. The outcome is set before the future is completed, except by a cancel of what runs and by an
///    abandonment; only `Abandoned` is ever replaced.
/// 3. `asked` is written before `errand` is read, and `errand` before `asked`: a stop that comes
///    while the body is about to start is not lost.
/// 4. The observer is told once, after the outcome was set for the first time.
/// 5. An errand is used for the next task only if `asked` was null after the outcome was set, and
///    who asks reads the outcome before it stops the errand: a late stop reaches no other task.
///
/// Locks: none.
final class Task<T extends @Nullable Object> extends FutureTask<T>
    implements PoolTask<T>, Errand.Named {

  private static final int WAITING = 0;
  private static final int CLAIMED = 1;

  private static final VarHandle CLAIM = handle("claim", int.class);
  private static final VarHandle ASKED = handle("asked", StopReason.class);
  private static final VarHandle ERRAND = handle("errand", Errand.class);
  private static final VarHandle END = handle("end", Outcome.class);

  private final Crew crew;
  private final long number;
  private final @Nullable String name;

  /// What `execute` was given, null for a task with a result.
  private final @Nullable Runnable bare;

  // written by the submitter before the queue publishes the task
  private boolean accepted;
  private @Nullable Runnable observer;

  // whoever claimed the task
  private @Nullable Callable<? extends T> body;

  // any thread
  @SuppressWarnings("UnusedVariable") // by CLAIM
  private volatile int claim;

  private volatile @Nullable StopReason asked;
  private volatile @Nullable Errand errand;
  private volatile @Nullable Outcome<T> end;

  Task(Crew crew, @Nullable String name, Callable<? extends T> body, @Nullable Runnable bare) {
    super(
        () -> { // never: a task runs as an errand, and completes the future after it
          throw new AssertionError("a pool task runs by perform");
        });
    this.crew = crew;
    this.name = name;
    this.body = body;
    this.bare = bare;
    number = crew.number();
  }

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Task.class, field, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// Has this called when the outcome is there; before the task is submitted.
  void onEnd(Runnable tell) {
    observer = tell;
  }

  boolean isOf(Crew pool) {
    return crew == pool;
  }

  void accept() {
    accepted = true;
  }

  boolean claim() {
    return CLAIM.compareAndSet(this, WAITING, CLAIMED);
  }

  long number() {
    return number;
  }

  /// {@return its place while it runs}
  @Nullable Errand errand() {
    return errand;
  }

  @Override
  public String name() {
    String given = name;
    return given == null ? "task-" + number : given;
  }

  @Override
  public Optional<Outcome<T>> outcome() {
    return Optional.ofNullable(end);
  }

  /// Runs it on the calling thread, if nobody has claimed it.
  @Override
  public void run() {
    if (claim()) {
      Errands errands = Errands.of(crew.taskSettings());
      try {
        perform(errands);
      } finally {
        errands.rest();
      }
    }
  }

  /// Runs the claimed body as an errand. Whatever it throws becomes the outcome, nothing
  /// reaches the worker.
  ///
  /// @param errands those of the calling thread
  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome
  void perform(Errands errands) {
    Outcome<T> how;
    Throwable failure = null;
    try {
      Errand own = errands.next(this);
      errand = own;
      Outcome<T> returned = own.<@Nullable Outcome<T>, Exception>run(this::begin);
      if (returned == null) {
        errands.rest();
        neverBegan(stopReason());
        return;
      }
      how = returned;
    } catch (Throwable thrown) {
      failure = thrown;
      how = judge(thrown, stopReason());
    }
    if (failure != null || observer != null) {
      errands.rest(); // what is told of it runs outside of it
    }
    settle(how, failure);
    if (asked != null) {
      errands.rest();
    }
    if (how instanceof Outcome.Failed<T> failed && bare != null) {
      tellHandler(failed.failure());
    }
  }

  /// Called inside of the errand.
  ///
  /// @return null if the body is not to begin
  private @Nullable Outcome<T> begin() throws Exception {
    Errand own = errand;
    Callable<? extends T> work = body;
    if (own == null || work == null) {
      return null;
    }
    StopReason early = asked;
    if (early != null) {
      boolean _ = own.stop(early);
    }
    if (own.token().isStopped()) {
      return null;
    }
    T value = work.call();
    return new Outcome.Succeeded<>(value, own.token().isStopped());
  }

  private @Nullable StopReason stopReason() {
    Errand own = errand;
    return own == null ? null : own.token().reason().orElse(null);
  }

  /// The stop came between the claim and the body: the pool's own stop hands the task back.
  private void neverBegan(@Nullable StopReason reason) {
    if (reason instanceof StopReason.ParentStopped && crew.isStopped() && asked == null) {
      crew.handBack(this);
    } else {
      endUnbegun(
          reason == null ? new StopReason.FutureCancelled(StopReason.Origin.here()) : reason);
    }
  }

  private Outcome<T> judge(Throwable thrown, @Nullable StopReason reason) {
    if (reason != null
        && (thrown instanceof StoppedException || thrown instanceof DeadlineExceededException)) {
      return stopped(reason);
    }
    Crew.Stop all = crew.stop();
    if (all != null && Cancelled.isIn(thrown)) { // what it waited for went down with the pool
      return stopped(
          reason != null ? reason : new StopReason.ParentStopped(crew.path(), all.reason()));
    }
    if (reason == null) {
      if (thrown instanceof StoppedException other
          && other.reason() instanceof StopReason.ForeignInterrupt) {
        return stopped(other.reason());
      }
      if (thrown instanceof InterruptedException) {
        return stopped(new StopReason.ForeignInterrupt(StopReason.Origin.here()));
      }
    }
    return new Outcome.Failed<>(thrown, reason != null);
  }

  private static <T extends @Nullable Object> Outcome<T> stopped(StopReason reason) {
    return reason.root() instanceof StopReason.DeadlinePassed
        ? new Outcome.DeadlineExceeded<>(reason)
        : new Outcome.Stopped<>(reason);
  }

  private void settle(Outcome<T> how, @Nullable Throwable failure) {
    Outcome<?> before = (Outcome<?>) END.getAndSet(this, how);
    ERRAND.setRelease(this, null); // who still finds it stops what has ended
    body = null;
    if (accepted) {
      crew.tally().add(how);
      if (before != null) {
        crew.tally().takeBack(before);
      }
    }
    switch (how) {
      case Outcome.Succeeded<T> done -> set(done.value());
      case Outcome.Failed<T> failed -> setException(failed.failure());
      case Outcome.DeadlineExceeded<T> _ when failure instanceof DeadlineExceededException ->
          setException(failure);
      default -> {
        boolean _ = super.cancel(false);
      }
    }
    if (before == null) {
      tellObserver();
    }
  }

  private void tellObserver() {
    Runnable tell = observer;
    if (tell != null) {
      tell.run();
    }
  }

  private static void tellHandler(Throwable failure) {
    Thread self = Thread.currentThread();
    try {
      self.getUncaughtExceptionHandler().uncaughtException(self, failure);
    } catch (RuntimeException ignored) {
      // as the JVM does: a handler that fails has nobody left to tell
    }
  }

  /// The plan is over and it still runs: whoever waits for the future is let go.
  ///
  /// @param reason why it had been asked to stop
  void abandon(StopReason reason) {
    Outcome<T> given = new Outcome.Abandoned<>(reason);
    if (END.compareAndSet(this, null, given)) {
      if (accepted) {
        crew.tally().add(given);
      }
      boolean _ = super.cancel(false);
      tellObserver();
    }
  }

  /// Ends a claimed task whose body never ran.
  void endUnbegun(StopReason reason) {
    settle(stopped(reason), null);
  }

  /// Ends the future of a claimed task that the pool gives back or never accepted.
  ///
  /// @return the work, to be submitted again
  HandedBack giveBack(StopReason reason) {
    Callable<? extends T> work = body;
    if (work == null) {
      throw new AssertionError(name() + " was given back after it had run");
    }
    end = stopped(reason);
    body = null;
    errand = null;
    boolean _ = super.cancel(false);
    tellObserver();
    return new HandedBack(name(), work);
  }

  /// {@return what `shutdownNow` gives to its caller: the very thing that `execute` was given}
  Runnable plain(HandedBack work) {
    return bare == null ? work : bare;
  }

  @Override
  public boolean stop(StopReason reason) {
    if (claim()) {
      asked = reason;
      endUnbegun(reason);
      return true;
    }
    if (end != null || !ASKED.compareAndSet(this, null, reason)) {
      return false;
    }
    Errand own = errand;
    Outcome<T> how = end; // read after asked was written
    boolean over = how != null && !(how instanceof Outcome.Abandoned);
    return own == null || over || own.stop(reason);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (isDone()) {
      return false;
    }
    StopReason reason = new StopReason.FutureCancelled(StopReason.Origin.here());
    if (claim()) {
      endUnbegun(reason);
      return true;
    }
    boolean first = super.cancel(false);
    if (first && mayInterruptIfRunning) {
      boolean _ = stop(reason);
    }
    return first;
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    try {
      return super.get();
    } catch (CancellationException e) {
      throw explained(e);
    }
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return super.get(timeout, unit);
    } catch (CancellationException e) {
      throw explained(e);
    }
  }

  private CancellationException explained(CancellationException bareOne) {
    CancellationException told = new Cancelled(toString());
    told.initCause(bareOne);
    return told;
  }

  @Override
  public String toString() {
    Outcome<T> how = end;
    String state =
        switch (how) {
          case null -> isCancelled() ? "cancelled, its body still runs" : "not ended";
          case Outcome.Stopped<T> by -> "stopped, " + by.reason().chain();
          case Outcome.DeadlineExceeded<T> by -> "deadline exceeded, " + by.reason().chain();
          case Outcome.Abandoned<T> by -> "abandoned, " + by.reason().chain();
          case Outcome.Succeeded<T> _, Outcome.Failed<T> _ -> how.word();
        };
    return crew.path() + "/" + name() + ": " + state;
  }
}
