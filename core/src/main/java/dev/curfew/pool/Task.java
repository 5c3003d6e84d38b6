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
import java.util.concurrent.RunnableFuture;
import org.jspecify.annotations.Nullable;

/// The machine behind [PoolTask].
///
/// Invariants
///
/// 1. A task leaves WAITING once, by [#claim]: a worker runs it, a stop or a cancel ends it, the
///    pool hands it back, or its submitter refuses it. Whoever claims it accounts for it.
/// 2. With the outcome the future is completed, see [Promise].
/// 3. `asked` is written before `errand` is read, and `errand` before the claim, after which
///    `asked` is read: a stop that comes while the body is about to start is not lost.
/// 4. The observer is told once, after the outcome was set for the first time.
/// 5. An errand is used for the next task only if its task was claimed and `asked` was null after
///    the outcome was set, and who asks reads the outcome before it stops the errand: a late stop
///    reaches no other task.
///
/// Locks: none.
final class Task<T extends @Nullable Object> extends Promise<T>
    implements PoolTask<T>, RunnableFuture<T>, Errand.Named {

  private static final int WAITING = 0;
  private static final int CLAIMED = 1;

  private static final VarHandle CLAIM = handle("claim", int.class);
  private static final VarHandle ASKED = handle("asked", StopReason.class);
  private static final VarHandle ERRAND = handle("errand", Errand.class);

  /// How most tasks without a value end.
  private static final Outcome<?> DONE = new Outcome.Succeeded<@Nullable Void>(null, false);

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

  /// A task to be submitted.
  ///
  /// @param body what to run; null if that is `bare`
  /// @param bare what `execute` was given; null for a task with a handle
  Task(
      Crew crew,
      @Nullable String name,
      @Nullable Callable<? extends T> body,
      @Nullable Runnable bare) {
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

  /// Claims it for the worker that took it from the queue, as its next errand.
  boolean claim(Errands row) {
    Errand own = row.next(this);
    ERRAND.setRelease(this, own);
    boolean claimed = claim();
    if (!claimed) {
      boolean _ = ERRAND.compareAndSet(this, own, null);
      row.rest(); // a stop may have seen it here, and a guest has no next task
    }
    return claimed;
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
    return Optional.ofNullable(now());
  }

  /// Runs it on the calling thread, if nobody has claimed it.
  @Override
  public void run() {
    if (claim()) {
      Errands row = Errands.of(crew.taskSettings());
      try {
        errand = row.next(this);
        perform(row, crew.tally());
      } finally {
        row.rest();
      }
    }
  }

  /// Runs the claimed body as an errand. Whatever it throws becomes the outcome, nothing
  /// reaches the worker.
  ///
  /// @param row the errands of the calling thread, of which this is one
  /// @param tally counts it
  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome
  void perform(Errands row, Tally tally) {
    Errand own = errand;
    if (own == null) {
      throw new AssertionError(name() + " is performed without an errand");
    }
    Outcome<T> how;
    Throwable failure = null;
    try {
      Outcome<T> returned = own.<@Nullable Outcome<T>, Exception>run(() -> begin(own));
      if (returned == null) {
        row.rest();
        neverBegan(own.token().reason().orElse(null));
        return;
      }
      how = returned;
    } catch (Throwable thrown) {
      failure = thrown;
      how = judge(thrown, own.token().reason().orElse(null));
    }
    if (failure != null || observer != null) {
      row.rest(); // what is told of it runs outside of it
    }
    settle(how, failure, tally);
    if (asked != null) {
      row.rest();
    }
    if (how instanceof Outcome.Failed<T> failed && bare != null) {
      tellHandler(failed.failure());
    }
  }

  /// Called inside of the errand.
  ///
  /// @return null if the body is not to begin
  private @Nullable Outcome<T> begin(Errand own) throws Exception {
    StopReason early = asked;
    if (early != null) {
      boolean _ = own.stop(early);
    }
    if (own.token().isStopped()) {
      return null;
    }
    Callable<? extends T> work = body;
    if (work != null) {
      return succeeded(work.call(), own);
    }
    if (bare != null) {
      bare.run();
    }
    return succeeded(null, own);
  }

  @SuppressWarnings("unchecked") // null is a value of every type
  private static <T extends @Nullable Object> Outcome<T> succeeded(
      @Nullable Object value, Errand in) {
    boolean late = in.token().isStopped();
    Outcome<?> how =
        value == null && !late ? DONE : new Outcome.Succeeded<@Nullable Object>(value, late);
    return (Outcome<T>) how;
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

  private void settle(Outcome<T> how, @Nullable Throwable failure, Tally tally) {
    if (accepted) {
      tally.add(how); // who waits for the task finds it counted
    }
    Outcome<?> before = complete(how, failure);
    ERRAND.setRelease(this, null); // who still finds it stops what has ended
    body = null;
    if (before == null) {
      tellObserver();
    } else if (accepted) {
      tally.takeBack(before);
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
    if (giveUp(given)) {
      if (accepted) {
        crew.tally().add(given);
      }
      tellObserver();
    }
  }

  /// Ends a claimed task whose body never ran.
  void endUnbegun(StopReason reason) {
    settle(stopped(reason), null, crew.tally());
  }

  /// Ends the future of a claimed task that the pool gives back or never accepted.
  ///
  /// @return the work, to be submitted again
  HandedBack giveBack(StopReason reason) {
    Callable<?> work = bare == null ? body : StoppablePool.calling(bare);
    if (work == null) {
      throw new AssertionError(name() + " was given back after it had run");
    }
    Outcome<?> _ = complete(stopped(reason), null);
    body = null;
    ERRAND.setRelease(this, null);
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
    if (now() != null || !ASKED.compareAndSet(this, null, reason)) {
      return false;
    }
    Errand own = errand;
    Outcome<T> how = now(); // read after asked was written
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
    boolean first = cut();
    if (first && mayInterruptIfRunning) {
      boolean _ = stop(reason);
    }
    return first;
  }

  @Override
  public String toString() {
    Outcome<T> how = now();
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
