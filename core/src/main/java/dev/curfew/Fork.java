// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// One task of a scope, with a thread and a token of its own.
///
/// **Stopping.** The body may be interrupted while it runs, and only then: by the stop of this
/// fork, of its scope, or of one above.
///
/// **Threads.** Any thread may hold and use the handle.
///
/// @param <T> the type of its value
public final class Fork<T extends @Nullable Object> {

  private static final VarHandle OUTCOME = handle("outcome");
  private static final VarHandle GIVEN = handle("given");

  /// How most forks without a value end.
  private static final Outcome<?> DONE = new Outcome.Succeeded<@Nullable Void>(null, false);

  private final ForkGroup group;
  private final Kind kind;
  private final Callable<? extends T> body;
  private final StopNode node;
  private final Lease lease;

  // written before the thread starts, read by it
  private boolean begun;

  // own thread
  private @Nullable Leaving leaving;

  // any thread; written by the fork's own thread, without a barrier: that comes with the count
  private volatile @Nullable Outcome<T> outcome;

  // any thread; written once by one that abandons it, and counts until the outcome is there
  private volatile @Nullable Outcome<T> given;

  /// Who waits for a fork, and on whose thread it runs.
  enum Kind {
    /// On a thread of its own; joined by its scope.
    WORK,
    /// On a thread of its own; told to stop when those that are joined have ended.
    DAEMON,
    /// On a thread that is not ours; told to stop when its scope ends.
    GUEST
  }

  Fork(ForkGroup group, String name, Callable<? extends T> body, Kind kind, ThreadFactory threads) {
    this.group = group;
    this.kind = kind;
    ForkDecorator decorator = group.settings().decorator();
    this.body = decorator == null || kind == Kind.GUEST ? body : decorated(decorator, name, body);
    // foreign code, so before anything is linked
    Thread thread =
        kind == Kind.GUEST
            ? Thread.currentThread()
            : ScopeSettings.newThread(threads, name, this::runThread);
    // one that comes too late is stopped from the start, and never begins
    node = group.admit(name, this, thread, kind, ScopeSettings.runNothingElse(threads));
    lease = node.ownLease();
    node.ownerReady();
  }

  /// A fork that never begins, because its scope was decided before.
  Fork(ForkGroup group, String name, StopReason reason) {
    this.group = group;
    this.kind = Kind.WORK;
    this.body =
        () -> {
          throw new AssertionError(name + " never begins");
        };
    node = group.node().addChild(name, this, group.node().time, null);
    lease = new Lease(node, Thread.currentThread(), false);
    outcome = stopped(reason);
    discard();
  }

  @SuppressWarnings("unchecked") // a decorator returns what the body returned, as it promises
  private static <T extends @Nullable Object> Callable<T> decorated(
      ForkDecorator decorator, String name, Callable<? extends T> body) {
    return (Callable<T>) decorator.decorate(name, (Callable<@Nullable Object>) body);
  }

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(Fork.class, field, Outcome.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// {@return the fork whose body the calling thread runs, null on a thread of others}
  static @Nullable Fork<?> running() {
    Lease outermost = Lease.outermost();
    return outermost != null
            && outermost.node.owner instanceof Fork<?> fork
            && fork.lease == outermost
        ? fork
        : null;
  }

  /// {@return what its thread does when it has left the body; for that thread only}
  Leaving leaving() {
    if (leaving == null) {
      leaving = new Leaving();
    }
    return leaving;
  }

  /// Whether its thread works for this node or one below.
  boolean isBelow(StopNode above) {
    return node.isBelow(above);
  }

  void start() {
    begun = true;
    lease.thread.start();
  }

  private void runThread() {
    if (begun) { // not by a thread factory that starts what it makes
      runBody();
    }
  }

  void runBody() {
    lease.enter();
    Outcome<T> end;
    try {
      StopReason before = node.lookAbove();
      end = before != null ? stopped(before) : call();
    } finally {
      if (leaving != null) {
        leaving.run();
      }
      lease.closeLast();
    }
    OUTCOME.setRelease(this, end);
    node.remove();
    try {
      group.ended(this, end);
    } finally {
      if (given != null) { // read after it was counted out, see abandon
        Ledger.strike(this);
      }
    }
  }

  /// Whatever the body throws is an outcome; nothing is lost and nothing reaches the thread's
  /// handler.
  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome, the thread ends here
  private Outcome<T> call() {
    try {
      T value = Stay.<T, Exception>run(lease, body::call);
      return succeeded(value, node.reason() != null);
    } catch (Throwable thrown) {
      StopReason reason = node.reason();
      if (reason != null && isStop(thrown)) {
        return stopped(reason);
      }
      if (reason == null && kind != Kind.GUEST && StopShape.isForeignInterrupt(thrown)) {
        return stopped(new StopReason.ForeignInterrupt(StopReason.Origin.here()));
      }
      return new Outcome.Failed<>(thrown, reason != null);
    }
  }

  /// What foreign code has made of a stop that was delivered to it is put down, for it is no
  /// outcome.
  private boolean isStop(Throwable thrown) {
    if (StopShape.matches(thrown)) {
      return true;
    }
    if (!(lease.endedBy(thrown) instanceof DeliveredStop)) {
      return false;
    }
    Lease.note("after the stop it threw " + ForkFailedException.describe(thrown));
    return true;
  }

  @SuppressWarnings("unchecked") // null is a value of every type that allows it
  private static <T extends @Nullable Object> Outcome<T> succeeded(T value, boolean late) {
    return value == null && !late ? (Outcome<T>) DONE : new Outcome.Succeeded<>(value, late);
  }

  private Outcome<T> stopped(StopReason reason) {
    lease.markSeen();
    return reason.root() instanceof StopReason.DeadlinePassed
        ? new Outcome.DeadlineExceeded<>(reason)
        : new Outcome.Stopped<>(reason);
  }

  /// Ends a guest's call: its value, or what its caller is to see.
  T value() throws Exception {
    return switch (known()) {
      case Outcome.Succeeded<T> done -> done.value();
      case Outcome.Failed<T> failed when failed.failure() instanceof Exception e -> throw e;
      case Outcome.Failed<T> failed when failed.failure() instanceof Error e -> throw e;
      case Outcome.Failed<T> failed -> throw new ForkFailedException(path(), failed.failure());
      case Outcome.Stopped<T> stopped -> throw new StoppedException(stopped.reason());
      case Outcome.DeadlineExceeded<T> late -> throw new StoppedException(late.reason());
      case null, default -> throw new IllegalStateException(path() + " has not ended");
    };
  }

  /// Takes back a fork whose thread could not be started.
  void discard() {
    lease.discard();
    node.remove();
  }

  /// It did not end within the plan: it goes to the ledger, and its real outcome comes when it
  /// ends.
  ///
  /// Either this sees the outcome, or the fork, which is counted out between writing that and
  /// looking here, sees that it was abandoned.
  void abandon(StopReason reason) {
    if (!hasEnded() && GIVEN.compareAndSet(this, null, new Outcome.Abandoned<T>(reason))) {
      // until its real outcome is there, a little after its thread has left
      Ledger.abandon(this, path(), lease.thread, reason, () -> !hasEnded());
      if (hasEnded()) {
        Ledger.strike(this); // it has looked for its entry before there was one
      }
    }
  }

  private @Nullable Outcome<T> known() {
    Outcome<T> now = outcome;
    return now != null ? now : given;
  }

  /// {@return the name it was forked by}
  public String name() {
    return node.name();
  }

  Kind kind() {
    return kind;
  }

  /// {@return the path of its scope}
  String scopePath() {
    return group.node().path();
  }

  /// {@return the names from the outermost scope to this fork, joined by slashes}
  public String path() {
    return node.path();
  }

  /// {@return the token of this fork: stopped with it or with anything above}
  public StopToken token() {
    return new StopToken(node);
  }

  /// Asks this fork alone to stop, and returns at once. Its siblings go on.
  ///
  /// @param reason why
  /// @return whether this call was the first to ask
  public boolean stop(StopReason reason) {
    return node.stop(reason);
  }

  /// {@return how it ended; empty while it runs}
  public Optional<Outcome<T>> outcome() {
    return Optional.ofNullable(known());
  }

  /// {@return whether its thread has left the body}
  public boolean hasEnded() {
    return outcome != null;
  }

  /// Waits until this fork has ended.
  ///
  /// **Stopping.** A stop of the caller's scope ends the wait, as does an interrupt.
  ///
  /// @param within how long at most; not negative
  /// @return whether it has ended
  /// @throws StoppedException if the caller is to stop
  public boolean join(Duration within) {
    Lease caller = Lease.current();
    TimeSource time = caller == null ? node.time : caller.node.time;
    try (Waiters.Place _ = group.eachEnd().enter()) {
      Wait.Ending ending = Wait.until(this, Deadline.after(within, time), this::hasEnded);
      Wait.throwIfCut(ending, caller);
      return ending == Wait.Ending.DONE;
    }
  }

  /// The value, once the fork has ended; after [Scope#join] it has.
  ///
  /// @return what the body returned
  /// @throws ForkFailedException if it failed
  /// @throws StoppedException if it was stopped, out of time or abandoned
  /// @throws IllegalStateException if it still runs
  public T get() {
    return switch (known()) {
      case null ->
          throw new IllegalStateException(
              path() + " still runs: join its scope before you ask for its value");
      case Outcome.Succeeded<T> done -> done.value();
      case Outcome.Failed<T> failed -> throw new ForkFailedException(path(), failed.failure());
      case Outcome.Stopped<T> stopped -> throw new StoppedException(stopped.reason());
      case Outcome.DeadlineExceeded<T> late -> throw new StoppedException(late.reason());
      case Outcome.Abandoned<T> given -> throw new StoppedException(given.reason());
    };
  }

  @Override
  public String toString() {
    Outcome<T> now = known();
    return path() + ": " + (now == null ? "running" : now.word());
  }
}
