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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.RunnableFuture;
import org.jspecify.annotations.Nullable;

/// The machine behind [PoolTask].
///
/// Invariants
///
/// 1. A task leaves WAITING once, by [#claim]: a worker runs it, a stop or a cancel ends it, the
///    pool hands it back, or its submitter refuses it. Whoever claims it accounts for it.
/// 2. With the outcome the future is completed, see [Promise].
/// 3. `asked` is written before `place` is read, and the claim sets `place`, after which `asked` is
///    read: a stop that comes while the body is about to start is not lost.
/// 4. The observer is told once, after the outcome was set for the first time.
/// 5. An errand is used for the next task only if its task was claimed and `asked` was null after
///    the outcome was set, and who asks reads the outcome before it stops the errand: a late stop
///    reaches no other task.
///
/// Locks: none.
final class Task<T extends @Nullable Object> extends Promise<T>
    implements PoolTask<T>, RunnableFuture<T>, Errand.Named {

  /// The place of one that is claimed and does not run.
  private static final Object NOWHERE = new Object();

  private static final VarHandle ASKED = handle("asked", StopReason.class);
  private static final VarHandle BEGUN = handle("begun", boolean.class);
  private static final VarHandle NUMBER = handle("number", long.class);
  private static final VarHandle PLACE = handle("place", Object.class);

  /// How most tasks without a value end.
  private static final Outcome<?> DONE = new Outcome.Succeeded<@Nullable Void>(null, false);

  private final Crew crew;
  private final @Nullable String name;

  /// Whether the work is a Callable; else it is a Runnable.
  private final boolean calls;

  /// Whether somebody has the handle to hear of a failure.
  private final boolean handle;

  // its turn in the queue, drawn as it is put there; 0 until then
  private volatile long number;

  // written by the submitter before the queue publishes the task
  private boolean accepted;
  private @Nullable Runnable observer;

  // whoever claimed the task
  private @Nullable Object work;

  @SuppressWarnings("UnusedVariable") // by BEGUN
  private volatile boolean begun;

  // any thread
  private volatile @Nullable StopReason asked;

  // null while it waits, its errand while it runs there, else NOWHERE
  private volatile @Nullable Object place;

  /// A task to be submitted.
  ///
  Task(Crew crew, @Nullable String name, Callable<? extends T> body) {
    this(crew, name, body, true, true);
  }

  /// A task without a value.
  ///
  /// @param handle whether anybody gets the handle; if not, a failure is told to the handler of the
  ///     thread
  Task(Crew crew, @Nullable String name, Runnable body, boolean handle) {
    this(crew, name, body, false, handle);
  }

  private Task(Crew crew, @Nullable String name, Object work, boolean calls, boolean handle) {
    this.crew = crew;
    this.name = name;
    this.work = Objects.requireNonNull(work);
    this.calls = calls;
    this.handle = handle;
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

  /// Whether its body has begun, or never will.
  boolean isDecided() {
    return begun || now() != null;
  }

  boolean claim() {
    return PLACE.compareAndSet(this, null, NOWHERE);
  }

  /// Claims it for the worker that took it from the queue, as its next errand.
  boolean claim(Errands row) {
    Errand own = row.next(this);
    boolean claimed = PLACE.compareAndSet(this, null, own);
    if (!claimed) {
      row.rest(); // a guest has no next task
    }
    return claimed;
  }

  /// Written by the submitter before the queue publishes the task.
  void number(long drawn) {
    NUMBER.set(this, drawn);
  }

  /// {@return its turn in the queue; if it is in none, the turn it would have had when it was first
  /// asked for}
  long number() {
    if (number == 0) {
      boolean _ = NUMBER.compareAndSet(this, 0L, crew.number());
    }
    return number;
  }

  /// {@return its place while it runs}
  @Nullable Errand errand() {
    return place instanceof Errand own ? own : null;
  }

  @Override
  public String name() {
    String given = name;
    return given == null ? "task-" + number() : given;
  }

  @Override
  public Optional<Outcome<T>> outcome() {
    return Optional.ofNullable(now());
  }

  /// Runs it on the calling thread, if nobody has claimed it.
  @Override
  public void run() {
    Errands row = Errands.of(crew.taskSettings());
    try {
      if (claim(row)) {
        perform(row, crew.tally());
      }
    } finally {
      row.rest();
    }
  }

  /// Runs the claimed body as an errand. Whatever it throws becomes the outcome, nothing
  /// reaches the worker.
  ///
  /// @param row the errands of the calling thread, of which this is one
  /// @param tally counts it
  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome
  void perform(Errands row, Tally tally) {
    Errand own = errand();
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
    if (!handle && how instanceof Outcome.Failed<T> failed) {
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
    StopReason reason = own.token().reason().orElse(null); // asked for once, as it may come now
    if (reason instanceof StopReason.DeadlinePassed) {
      own.token().check(); // for its future it is the same whether it began before its time was up
    }
    if (reason != null) {
      return null;
    }
    BEGUN.setRelease(this, true);
    if (calls) {
      return succeeded(callable().call(), own);
    }
    runnable().run();
    return succeeded(null, own);
  }

  private Runnable runnable() {
    return (Runnable) work();
  }

  private Callable<?> callable() {
    return (Callable<?>) work();
  }

  private Object work() {
    Object now = work;
    if (now == null) {
      throw new AssertionError(name() + " has run already");
    }
    return now;
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
    PLACE.setRelease(this, NOWHERE); // who still finds the errand stops what has ended
    work = null;
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
    } catch (Throwable ignored) {
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

  /// {@return the work of a claimed task that did not begin, to be submitted again}
  HandedBack handBack() {
    return new HandedBack(name(), calls ? callable() : Executors.callable(runnable()));
  }

  /// Ends the future of a task that was handed back.
  void endHandedBack(StopReason reason) {
    Outcome<?> _ = complete(stopped(reason), null);
    PLACE.setRelease(this, NOWHERE);
    work = handle ? null : work;
    tellObserver();
  }

  /// {@return what `shutdownNow` gives to its caller: the very thing that `execute` was given}
  Runnable plain(HandedBack given) {
    return handle ? given : runnable();
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
    Errand own = errand(); // read, as the outcome, after asked was written
    Outcome<T> how = now();
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
