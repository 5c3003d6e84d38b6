// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
  private final TimeSource.@Nullable Alarm alarm;

  private Scope(String name, UnaryOperator<ScopeSettings> change, boolean interruptible) {
    Lease around = Lease.current();
    StopNode parent = around == null ? StopNode.ROOT : around.node;
    ScopeSettings settings = change.apply(settingsAround(parent).inherited());
    Deadline own =
        settings.deadline().map(span -> Deadline.after(span, settings.time())).orElse(null);
    node = parent.addChild(name, this, settings.time(), own);
    token = new StopToken(node);
    group = new ForkGroup(node, settings);
    boolean region = interruptible || (around != null && around.isInterruptible());
    lease = new Lease(node, Thread.currentThread(), region);
    boolean ready = false;
    try {
      alarm = own == null ? null : own.time().alarm(own.atNanos(), this::deadlinePassed);
      ready = true;
    } finally {
      if (!ready) { // the clock is foreign code
        node.remove();
      }
    }
    boolean inTime = node.addLease(lease);
    lease.enter();
    group.bodyInside(true);
    if (!inTime) {
      new Pursuit(List.of(lease)).begin();
    }
  }

  private static ScopeSettings settingsAround(StopNode node) {
    for (StopNode at = node; at != null; at = at.parent) {
      if (at.owner instanceof Scope scope) {
        return scope.group.settings();
      }
    }
    return ScopeSettings.DEFAULT;
  }

  private void deadlinePassed() {
    StopReason.Origin origin = StopReason.Origin.ours("the clock", path());
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
    Scope scope = new Scope(name, change, true);
    T value;
    try {
      value = body.run(scope);
    } catch (Throwable thrown) {
      RuntimeException verdict = scope.leave(thrown);
      if (verdict != null && !verdict.equals(thrown)) {
        throw verdict;
      }
      throw thrown;
    }
    RuntimeException verdict = scope.leave(null);
    if (verdict != null) {
      throw verdict;
    }
    return value;
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
    return new Scope(name, change, false);
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
    return group.fork(name, body);
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
        });
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
    if (!Thread.currentThread().equals(lease.thread)) {
      throw new IllegalStateException(
          path() + " is joined by the thread that opened it, " + lease.thread.getName());
    }
    group.awaitForks();
    RuntimeException verdict = withStragglers(group.verdict(null));
    if (verdict != null) {
      throw verdict;
    }
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
    boolean first = node.stop(reason);
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
    return reportOf(reason);
  }

  /// {@return how the stop went so far; empty if there was none}
  public Optional<StopReport> report() {
    return Optional.ofNullable(node.reason()).map(this::reportOf);
  }

  private StopReport reportOf(StopReason asked) {
    StopReason reason = node.reason();
    StopWave wave = node.wave();
    long since = node.askedNanos();
    List<StopReport.Part> parts = new ArrayList<>();
    long took = 0;
    for (Lease reached : wave == null ? List.<Lease>of() : wave.leases()) {
      if (reached.node.isBelow(node)) {
        parts.add(reached.part(since));
        long ended = reached.endedNanos();
        took = Math.max(took, (ended == 0 ? System.nanoTime() : ended) - since);
      }
    }
    return new StopReport(
        path(),
        reason == null ? asked : reason,
        wave == null ? Instant.now() : wave.asked,
        Duration.ofNanos(group.endOfStop().atNanos() - node.askedAt()),
        Duration.ofNanos(took),
        parts);
  }

  /// Ends the scope: stops the forks that still run, waits for them to the end of the plan, and
  /// unbinds the calling thread.
  ///
  /// **Stopping.** The wait is bounded by the [StopPlan].
  ///
  /// @throws AbandonedException if something did not end
  /// @throws IllegalStateException if a scope that was opened later is still open, or on another
  ///     thread
  @Override
  public void close() {
    if (!lease.isOpen()) {
      return;
    }
    if (Lease.current() != lease) {
      throw new IllegalStateException(
          path()
              + " is closed out of order: close what was opened later first, on "
              + lease.thread.getName());
    }
    end(() -> closed("left before join", StopReason.Origin.here()));
    RuntimeException stragglers = withStragglers(null);
    if (stragglers != null) {
      throw stragglers;
    }
  }

  /// Ends the lambda form.
  private @Nullable RuntimeException leave(@Nullable Throwable thrown) {
    if (thrown != null && node.reason() != null && StopShape.matches(thrown)) {
      node.markSeen();
    }
    RuntimeException leftOpen = null;
    try {
      leftOpen = closeInner(lease);
      if (thrown == null) {
        group.awaitForks();
      }
    } finally {
      end(() -> closed(thrown == null ? "its body returned" : "its body threw " + thrown, ours()));
    }
    RuntimeException verdict = group.verdict(thrown);
    if (verdict == null && thrown == null) {
      verdict = leftOpen;
    }
    if (verdict == null && thrown != null && group.hasStragglers()) {
      addStragglers(thrown);
      return null;
    }
    return withStragglers(verdict);
  }

  private StopReason.Origin ours() {
    return StopReason.Origin.ours(lease.thread.getName(), path());
  }

  private StopReason closed(String how, StopReason.Origin origin) {
    return new StopReason.ScopeClosed(path(), how, origin);
  }

  /// Whatever foreign code throws on the way, the thread is unbound.
  private void end(Supplier<StopReason> ifForksRun) {
    group.close();
    try {
      if (alarm != null) {
        alarm.cancel();
      }
      group.endForks(ifForksRun);
    } finally {
      lease.close();
      group.bodyInside(false);
      node.remove();
    }
  }

  /// Ends the scopes that were opened inside of a body and are open still when it ends, so that no
  /// fork of theirs outlives it unseen.
  ///
  /// @throws IllegalStateException if there was one; their forks have ended, or are in the ledger
  static void closeLeftOpen(Lease body) {
    RuntimeException leftOpen = closeInner(body);
    if (leftOpen != null) {
      throw leftOpen;
    }
  }

  private static @Nullable RuntimeException closeInner(Lease body) {
    RuntimeException leftOpen = null;
    for (Lease at = Lease.current(); at != null && at != body; at = Lease.current()) {
      if (!(at.node.owner instanceof Scope inner)) {
        break;
      }
      inner.end(() -> inner.closed("left open by " + body.node.path(), inner.ours()));
      leftOpen =
          new IllegalStateException(
              inner.path() + " was left open: use try-with-resources for Scope.open");
    }
    return leftOpen;
  }

  private @Nullable RuntimeException withStragglers(@Nullable RuntimeException verdict) {
    if (!group.hasStragglers()) {
      return verdict;
    }
    StopReason reason = node.reason();
    if (reason == null) {
      return verdict;
    }
    if (verdict == null) {
      return new AbandonedException(reportOf(reason));
    }
    addStragglers(verdict);
    return verdict;
  }

  private void addStragglers(Throwable carrier) {
    StopReason reason = node.reason();
    for (Throwable kept : carrier.getSuppressed()) {
      if (kept instanceof AbandonedException) {
        return; // it comes from join
      }
    }
    if (reason != null && !(carrier instanceof AbandonedException)) {
      carrier.addSuppressed(new AbandonedException(reportOf(reason)));
    }
  }

  ForkGroup group() {
    return group;
  }

  /// {@return the name it was opened by}
  public String name() {
    return node.name;
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
