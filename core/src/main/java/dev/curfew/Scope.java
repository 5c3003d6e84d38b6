// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The lexical owner of forks, and the thing that is stopped.
///
/// ```java
/// Page page = Scope.run("checkout", s -> s.withDeadline(Duration.ofSeconds(2)), scope -> {
///   var user = scope.fork("user", () -> users.load(id));
///   var cart = scope.fork("cart", () -> carts.load(id));
///   scope.join();
///   return render(user.get(), cart.get());
/// });
/// ```
///
/// A scope that is opened inside another one, on the same thread or in a fork, lies below it and is
/// stopped with it. The first fork that fails stops its siblings; every failure is kept. No fork
/// outlives its scope unseen: once the scope is stopped its forks have until the end of the
/// [StopPlan], and those that still run then are abandoned to the [Ledger].
///
/// Forks of one kind that come to one result are better begun by [Forks], under a [Policy].
///
/// There are two forms. [#run] takes a body, joins what the body has left running, and turns its
/// own deadline into [DeadlineExceededException]. [#open] is for `try`-with-resources, where the
/// scope has to outlive a method; there only [#join] converts, and closing before it stops the
/// forks. In the first form the body itself may be interrupted by a stop; in the second it is not,
/// since nobody can tell what the thread does in between, unless the thread is in a fork or in a
/// body of the first form anyway.
///
/// A value is never dropped: if a stop was asked for but nothing was cut short by it, the scope
/// returns normally, and the next check throws.
///
/// **Threads.** Any thread may fork, stop and look. Only the thread that opened the scope joins and
/// closes it.
///
/// Structured concurrency is Trio's nursery and the JDK's `StructuredTaskScope`; level-triggered
/// stops with reasons and bounded ends are what this adds.
public final class Scope implements AutoCloseable {

  private final StopNode node;
  private final StopToken token;
  private final ForkGroup group;
  private final Lease lease;
  private final Closing closing;

  /// Opens a scope on the calling thread.
  ///
  /// @param interruptible whether a stop may interrupt the thread
  /// @param judge what the end of a fork means for the others
  Scope(String name, UnaryOperator<ScopeSettings> change, boolean interruptible, Judge judge) {
    Lease around = Lease.current();
    StopNode parent = around == null ? StopNode.ROOT : around.node;
    ScopeSettings outside = ScopeSettings.in(parent);
    ScopeSettings settings = change.apply(outside.inherited());
    Times times = Times.of(settings, endAbove(parent), around != null && outside.handedDown());
    Deadline own = times.stop();
    node = parent.addChild(name, this, settings.time(), own);
    token = new StopToken(node);
    group = new ForkGroup(node, settings, times.end(), judge, Thread.currentThread());
    boolean region = interruptible || (around != null && around.isInterruptible());
    lease = new Lease(node, Thread.currentThread(), region);
    TimeSource.Alarm alarm = null;
    boolean ready = false;
    try {
      alarm = own == null ? null : own.time().alarm(own.atNanos(), this::deadlinePassed);
      ready = true;
    } finally {
      if (!ready) { // the clock is foreign code
        node.remove();
      }
    }
    closing = new Closing(node, group, lease, alarm, settings.release());
    node.ownerReady();
    boolean inTime = node.addLease(lease);
    lease.enter();
    group.bodyInside(true);
    if (!inTime) {
      new Pursuit(List.of(lease)).begin();
    }
  }

  private static @Nullable Deadline endAbove(StopNode node) {
    for (StopNode at = node; at != null; at = at.parent) {
      if (at.owner instanceof Scope scope) {
        return scope.group.hardEnd();
      }
    }
    return null;
  }

  private void deadlinePassed() {
    String who = Inherited.isSource(node.deadline) ? Inherited.WHO : "the clock";
    StopReason.Origin origin = StopReason.Origin.ours(who, path());
    boolean _ = node.stop(new StopReason.DeadlinePassed(path(), origin));
  }

  /// Runs a body in a new scope, and ends when the body and all forks have.
  ///
  /// **Stopping.** The body is interrupted if the scope is stopped while it blocks. A body that
  /// returns joins its forks; one that throws stops them.
  ///
  /// @param <T> the type of the value
  /// @param <X> what the body may throw
  /// @param name its name in paths and reports
  /// @param body what to run
  /// @return the value of the body
  /// @throws X what the body threw
  /// @throws ForkFailedException if a fork failed
  /// @throws StoppedException if the stop of this scope cut something short
  public static <T extends @Nullable Object, X extends Exception> T run(
      String name, ScopeBody<? extends T, X> body) throws X {
    return run(name, UnaryOperator.identity(), body);
  }

  /// Runs a body in a new scope with other settings.
  ///
  /// @param <T> the type of the value
  /// @param <X> what the body may throw
  /// @param name its name in paths and reports
  /// @param change from the settings of the scope around to those of this one
  /// @param body what to run
  /// @return the value of the body
  /// @throws X what the body threw
  /// @throws ForkFailedException if a fork failed
  /// @throws DeadlineExceededException if this scope's own deadline cut something short
  /// @throws StoppedException if another stop did
  public static <T extends @Nullable Object, X extends Exception> T run(
      String name, UnaryOperator<ScopeSettings> change, ScopeBody<? extends T, X> body) throws X {
    return run(new Scope(name, change, true, Judge.FAIL_FAST), body);
  }

  /// Runs a body in this scope, which was opened for it, and ends the scope.
  static <T extends @Nullable Object, X extends Exception> T run(
      Scope scope, ScopeBody<? extends T, X> body) throws X {
    T value;
    try {
      value = body.run(scope);
      scope.lease.throwIfDelivered();
    } catch (Throwable thrown) {
      RuntimeException verdict = scope.closing.leave(thrown);
      if (verdict != null && !verdict.equals(thrown)) {
        throw verdict;
      }
      throw thrown;
    }
    RuntimeException verdict = scope.closing.leave(null);
    if (verdict != null) {
      throw verdict;
    }
    return value;
  }

  /// Tries several ways at once; the first that succeeds is the answer, and the others are stopped.
  ///
  /// @param <T> the type of the answer
  /// @param name its name in paths and reports; the ways are numbered from 1
  /// @param ways what to try
  /// @return the first value
  /// @throws ForkFailedException if all ways failed, with the later failures suppressed
  /// @throws StoppedException if a stop of the scope around cut it short
  @SafeVarargs
  public static <T extends @Nullable Object> T race(String name, Callable<? extends T>... ways) {
    if (ways.length == 0) {
      throw new IllegalArgumentException(name + " has nobody to race");
    }
    return Forks.run(
        name,
        Policy.<T>firstSuccess(),
        forks -> {
          for (int way = 0; way < ways.length; way++) {
            Fork<T> _ = forks.fork(Integer.toString(way + 1), ways[way]);
          }
        });
  }

  /// Opens a scope for `try`-with-resources.
  ///
  /// @param name its name in paths and reports
  /// @return the scope, bound to the calling thread until it is closed
  public static Scope open(String name) {
    return open(name, UnaryOperator.identity());
  }

  /// Opens a scope with other settings.
  ///
  /// @param name its name in paths and reports
  /// @param change from the settings of the scope around to those of this one
  /// @return the scope, bound to the calling thread until it is closed
  public static Scope open(String name, UnaryOperator<ScopeSettings> change) {
    return new Scope(name, change, false, Judge.FAIL_FAST);
  }

  /// Starts a task on a thread of its own.
  ///
  /// @param <T> the type of its value
  /// @param name its name in paths and reports
  /// @param body what to run; it may be interrupted when the fork is stopped
  /// @return the handle
  /// @throws StoppedException if the scope is stopped, with the reason
  /// @throws IllegalStateException if the scope is closed
  public <T extends @Nullable Object> Fork<T> fork(String name, Callable<? extends T> body) {
    return group.fork(name, body, Fork.Kind.WORK);
  }

  /// Starts a task on a thread of another kind than those of the other forks, such as a platform
  /// thread for the one that computes.
  ///
  /// @param <T> the type of its value
  /// @param name its name in paths and reports
  /// @param threads makes its thread
  /// @param body what to run; it may be interrupted when the fork is stopped
  /// @return the handle
  /// @throws StoppedException if the scope is stopped, with the reason
  /// @throws IllegalStateException if the scope is closed
  public <T extends @Nullable Object> Fork<T> fork(
      String name, ThreadFactory threads, Callable<? extends T> body) {
    Objects.requireNonNull(threads, "a fork needs a thread");
    return group.fork(name, body, Fork.Kind.WORK, threads);
  }

  /// Starts a task without a value on a thread of its own.
  ///
  /// @param name its name in paths and reports
  /// @param body what to run; it may be interrupted when the fork is stopped
  /// @return the handle
  /// @throws StoppedException if the scope is stopped, with the reason
  /// @throws IllegalStateException if the scope is closed
  public Fork<@Nullable Void> fork(String name, Runnable body) {
    return group.fork(
        name,
        () -> {
          body.run();
          return null;
        },
        Fork.Kind.WORK);
  }

  /// Starts a task in the background of this scope: [#join] does not wait for it, and when the
  /// forks that are joined have ended and the body has returned it is stopped.
  ///
  /// If it fails, it fails the scope as any fork does.
  ///
  /// @param name its name in paths and reports
  /// @param body what to run; it may be interrupted when the fork is stopped
  /// @return the handle
  /// @throws StoppedException if the scope is stopped, with the reason
  /// @throws IllegalStateException if the scope is closed
  public Fork<@Nullable Void> forkDaemon(String name, Action<?> body) {
    return group.fork(
        name,
        () -> {
          body.run();
          return null;
        },
        Fork.Kind.DAEMON);
  }

  /// Does something again and again in the background of this scope, in a fork of its own, as
  /// [#forkDaemon] does it: stop the fork, or the scope, to end it.
  ///
  /// The first run is one period from now. Runs never overlap; a beat that comes while one still
  /// runs is left out, not made up for. Unlike that of a `ScheduledExecutorService`, a run that
  /// throws is not forgotten: it fails the scope.
  ///
  /// @param name its name in paths and reports
  /// @param period from beat to beat, by the clock of the scope; longer than nothing
  /// @param body what to do
  /// @return the handle
  /// @throws StoppedException if the scope is stopped, with the reason
  /// @throws IllegalStateException if the scope is closed
  public Fork<@Nullable Void> every(String name, Duration period, Action<?> body) {
    Periodic beats = new Periodic(node.time, period, body);
    return forkDaemon(name, beats);
  }

  /// Carries this scope to a thread that is not one of its forks, such as that of an event loop or
  /// of a foreign pool: while the call runs there, checkpoints, waits and nested scopes in it
  /// belong to this scope.
  ///
  /// The scope does not own that thread: it is told to stop, but interrupted only inside of
  /// [Curfew#blocking]. [#join] does not wait for the call; when the scope ends, a call that still
  /// runs is told to stop and has until the end of the plan, as a fork has.
  ///
  /// @param <T> the type of the value
  /// @param name its name in paths and reports
  /// @param body what to run
  /// @return runs the body on whatever thread calls it, any number of times; throws what the body
  ///     throws, [StoppedException] if the stop of the scope ended it, and `IllegalStateException`
  ///     once the scope is closed
  public <T extends @Nullable Object> Callable<T> bind(String name, Callable<? extends T> body) {
    return () -> group.host(name, body);
  }

  /// Carries this scope to a thread that is not one of its forks, as [#bind(String, Callable)].
  ///
  /// @param name its name in paths and reports
  /// @param body what to run
  /// @return runs the body on whatever thread calls it
  public Runnable bind(String name, Runnable body) {
    return () -> {
      try {
        group.<@Nullable Void>host(
            name,
            () -> {
              body.run();
              return null;
            });
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception impossible) {
        throw new AssertionError(impossible);
      }
    };
  }

  /// Has this scope stopped when a token of another tree is, such as that of a [StopSource].
  ///
  /// @param other the token; it keeps nothing of this scope once that has ended
  public void linkTo(StopToken other) {
    closing.keep(Link.of(other, node));
  }

  /// Acquires a resource that this scope owns from the moment it is there.
  ///
  /// It is released when the scope ends, after its forks have, whichever way it ends: once, the
  /// last one acquired first, each shielded and within [ScopeSettings#release]. A release that
  /// throws or hangs keeps no other from running; what it throws is attached to what the scope
  /// throws. If a fork had to be abandoned, everything is released when that has ended.
  ///
  /// **Threads.** Released by a thread of this library: unlock locks in `finally`, on their own
  /// thread.
  ///
  /// @param <R> the type of the resource
  /// @param <X> what acquiring it may throw
  /// @param name what messages call it
  /// @param acquire makes it; a stop may interrupt it, and then there is nothing to release
  /// @param release gives it back
  /// @return the resource
  /// @throws X what acquiring it threw
  /// @throws IllegalStateException if the scope has ended; a resource made meanwhile is released
  public <R extends @Nullable Object, X extends Exception> R own(
      String name, Body<? extends R, X> acquire, Release<? super R> release) throws X {
    return closing.holdings().own(name, acquire, release);
  }

  /// Acquires a resource that this scope owns, as [#own(String, Body, Release)]; released by its
  /// `close`.
  ///
  /// @param <R> the type of the resource
  /// @param <X> what acquiring it may throw
  /// @param name what messages call it
  /// @param acquire makes it
  /// @return the resource
  /// @throws X what acquiring it threw
  public <R extends AutoCloseable, X extends Exception> R own(
      String name, Body<? extends R, X> acquire) throws X {
    return own(name, acquire, AutoCloseable::close);
  }

  /// Waits until all forks have ended.
  ///
  /// **Stopping.** Waits until the scope is stopped, and after that until its forks have ended, at
  /// most to the end of the [StopPlan]. An interrupt from outside stops the scope.
  ///
  /// @throws ForkFailedException if a fork failed; later failures are suppressed exceptions of it
  /// @throws DeadlineExceededException if this scope's own deadline cut a fork short
  /// @throws StoppedException if another stop did
  /// @throws IllegalStateException on a thread other than the one that opened the scope
  public void join() {
    awaitForks();
    RuntimeException verdict = closing.withStragglers(group.boundary().verdict(null));
    if (verdict != null) {
      throw verdict;
    }
  }

  /// Waits on the owner's thread, as [#join] does.
  void awaitForks() {
    if (!Thread.currentThread().equals(lease.thread)) {
      throw new IllegalStateException(
          path() + " is joined by the thread that opened it, " + lease.thread.getName());
    }
    group.awaitForks();
  }

  /// Asks everything in this scope to stop, and returns at once. The first reason is kept.
  ///
  /// @param reason why
  /// @return whether this call was the first to ask
  public boolean stop(StopReason reason) {
    return node.stop(reason);
  }

  /// Asks everything in this scope to stop, and returns at once.
  ///
  /// If the scope is being stopped already, the first reason stays and the plan can only bring the
  /// end forward.
  ///
  /// @param reason why
  /// @param plan when what still runs is abandoned
  /// @return whether this call was the first to ask
  public boolean stop(StopReason reason, StopPlan plan) {
    boolean first = node.stop(reason, plan);
    group.follow(plan, first);
    return first;
  }

  /// Asks everything in this scope to stop, and waits until it has, at most to the end of the plan.
  ///
  /// If the scope is being stopped already, the plan can only bring the end forward.
  ///
  /// **Stopping.** The wait is bounded by the plan; a stop of the caller does not shorten it.
  ///
  /// @param reason why
  /// @param plan how long to wait
  /// @return how it went
  /// @throws IllegalStateException inside of what it would stop, where it would wait for itself
  public StopReport stopAndAwait(StopReason reason, StopPlan plan) {
    Lease caller = Lease.current();
    if (caller != null && caller.node.isBelow(node)) {
      throw new IllegalStateException(
          path() + " cannot be awaited from inside of it: call stop(reason) here");
    }
    boolean _ = stop(reason, plan);
    group.awaitAll();
    return closing.report(reason);
  }

  /// {@return how the stop went so far; empty if there was none}
  public Optional<StopReport> report() {
    return Optional.ofNullable(node.reason()).map(closing::report);
  }

  /// Ends the scope: stops the forks that still run, waits for them to the end of the plan, and
  /// unbinds the calling thread.
  ///
  /// **Stopping.** The wait is bounded by the [StopPlan].
  ///
  /// @throws AbandonedException if something did not end
  /// @throws IllegalStateException if one opened later is still open, or on another thread
  @Override
  public void close() {
    if (!lease.isOpen()) {
      return;
    }
    if (!Thread.currentThread().equals(lease.thread)) {
      throw new IllegalStateException(
          path() + " is closed by the thread that opened it, " + lease.thread.getName());
    }
    if (Lease.current() != lease) {
      throw new IllegalStateException(
          path() + " is closed out of order: close what was opened later first");
    }
    RuntimeException problem = closing.close();
    if (problem != null) {
      throw problem;
    }
  }

  ForkGroup group() {
    return group;
  }

  Closing closing() {
    return closing;
  }

  /// {@return the name it was opened by}
  public String name() {
    return node.name();
  }

  /// {@return the names from the outermost scope to this one, joined by slashes}
  public String path() {
    return node.path();
  }

  /// {@return the token of this scope}
  public StopToken token() {
    return token;
  }

  /// {@return the earliest deadline of this scope and those above; empty if none has one}
  public Optional<Deadline> deadline() {
    return Optional.ofNullable(node.deadline);
  }

  @Override
  public String toString() {
    return token.toString();
  }
}
