// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What code does that can be stopped: check, sleep, look at what time is left.
///
/// All of it refers to the scope or fork that the calling thread is in; outside of every scope
/// nothing is ever stopped, and only an interrupt from outside ends a wait.
public final class Curfew {

  private Curfew() {}

  /// Ends the work here if it is to stop.
  ///
  /// **Cost.** Nothing, while nobody is stopping: it calls an empty method through a constant call
  /// site, which the JIT removes; loops stay vectorised. Where the JVM does not strip-mine counted
  /// loops (Serial and Parallel GC by default), it is one volatile read.
  ///
  /// **Stopping.** A thread that computes sees a stop a few milliseconds after it was asked for,
  /// and again at every check until it ends. In loops that wait no check is needed: [#sleep] and
  /// the other waits are checks. [StopToken#check] sees a stop at once, for one volatile read.
  ///
  /// @throws StoppedException if the thread's scope is stopped
  public static void checkpoint() {
    try {
      Gate.CHECK.invokeExact();
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Sleeps, and wakes at once when the thread's scope is stopped.
  ///
  /// **Stopping.** Woken without an interrupt.
  ///
  /// @param span how long, by the clock of the scope; not negative
  /// @throws StoppedException if the scope is stopped; also if the thread is interrupted from
  ///     outside, and then the flag stays set
  public static void sleep(Duration span) {
    Wait.sleep(span);
  }

  /// Runs clean-up that is to finish although its scope is stopped, within a budget.
  ///
  /// Inside, checkpoints and waits of Curfew do not see the stop, no interrupt of ours arrives, and
  /// a flag that was set is hidden; it is set again at the end. A handle on the outer token still
  /// tells the truth. When the budget is over the shield opens: the code inside is stopped like any
  /// other, with the reason *limit*. There is no shield without a bound.
  ///
  /// ```java
  /// try {
  ///   work(tx);
  /// } catch (StoppedException e) {
  ///   Curfew.shield(Duration.ofSeconds(2), () -> tx.rollback()); // overloaded: by a lambda
  ///   throw e;
  /// }
  /// ```
  ///
  /// **Stopping.** By its budget alone; inside another shield also by the end of that one, and in a
  /// scope that is stopped by the end of its plan.
  ///
  /// **Cost.** Some hundred nanoseconds; no second thread. The bound is what Trio's documentation
  /// asks its users to add by hand.
  ///
  /// @param <T> the type of the value
  /// @param <X> what the body may throw
  /// @param budget how long it may take; not negative
  /// @param body what to run
  /// @return the value of the body
  /// @throws X what the body threw
  public static <T extends @Nullable Object, X extends Exception> T shield(
      Duration budget, Body<? extends T, X> body) throws X {
    return Shield.run(budget, body);
  }

  /// Runs clean-up without a value, as [#shield(Duration, Body)].
  ///
  /// @param <X> what the body may throw
  /// @param budget how long it may take; not negative
  /// @param body what to run
  /// @throws X what the body threw
  public static <X extends Exception> void shield(Duration budget, Action<X> body) throws X {
    Shield.<@Nullable Void, X>run(
        budget,
        () -> {
          body.run();
          return null;
        });
  }

  /// Runs a body that is stopped when its time is over.
  ///
  /// The body runs on the calling thread, in a scope of its own, and is stopped as everything is:
  /// it ends at its next checkpoint, wait or interruptible call. Code that has none of these is
  /// better [#detached].
  ///
  /// @param <T> the type of the value
  /// @param <X> what the body may throw
  /// @param span how long it may take; not negative
  /// @param body what to run
  /// @return the value of the body
  /// @throws X what the body threw
  /// @throws DeadlineExceededException if the end of its time cut it short; a value that comes late
  ///     all the same is returned
  /// @throws StoppedException if another stop ended it
  public static <T extends @Nullable Object, X extends Exception> T within(
      Duration span, Body<? extends T, X> body) throws X {
    return Scope.run("within", s -> s.withDeadline(span), _ -> body.run());
  }

  /// Runs a body that is stopped when its time is over, as [#within], and has no value then.
  ///
  /// @param <T> the type of the value
  /// @param <X> what the body may throw
  /// @param span how long it may take; not negative
  /// @param body what to run
  /// @return the value of the body; empty if the end of its time cut it short
  /// @throws X what the body threw
  /// @throws StoppedException if another stop ended it
  public static <T, X extends Exception> Optional<T> tryWithin(
      Duration span, Body<? extends T, X> body) throws X {
    Scope scope = new Scope("within", s -> s.withDeadline(span), true, Judge.FAIL_FAST);
    try {
      return Optional.of(Scope.<T, X>run(scope, _ -> body.run()));
    } catch (DeadlineExceededException thrown) {
      if (scope.token().reason().filter(thrown.reason()::equals).isPresent()) {
        return Optional.empty();
      }
      throw thrown; // of a scope inside
    }
  }

  /// Makes a call that blocks, and says how it is freed when the calling thread's scope is stopped.
  ///
  /// While the call runs, the given way replaces that of the code around it: a fork's body is freed
  /// by an interrupt. Whatever the call throws after a stop that looks like an interrupt, itself or
  /// by a cause, and anything at all where an action freed it, becomes a [StoppedException] with
  /// that as its cause. While nobody stops, it passes as it is: an interrupt from outside, too.
  /// What the call returns is returned, for it has been taken; the next check throws.
  ///
  /// **Stopping.** A checkpoint before the call. An interrupt or an action that is on its way when
  /// the call returns is waited for, at most a second, so that it never hits the code behind; an
  /// action that takes longer is left behind in the [Ledger]. With the [StoppedException] the
  /// thread's interrupt flag is as it was before the call.
  ///
  /// @param <T> the type of the value
  /// @param <X> what the call may throw
  /// @param freedBy how a stop frees it
  /// @param call the call
  /// @return what the call returned
  /// @throws X what the call threw while nobody was stopping
  /// @throws StoppedException if the stop ended it
  public static <T extends @Nullable Object, X extends Exception> T blocking(
      Unblocking freedBy, Body<? extends T, X> call) throws X {
    Objects.requireNonNull(
        freedBy, "say how a stop frees the call, such as Unblocking.interrupt()");
    return Region.run(freedBy, call);
  }

  /// Makes a call that nothing frees, on a thread of its own, and leaves it there if the scope is
  /// stopped.
  ///
  /// For what nothing frees: a monitor, `lock()`, native code. What it returns after that goes to
  /// the disposer, what it throws to the uncaught-exception handler of its thread, and until then
  /// it is in the [Ledger] and in the report of the stop.
  ///
  /// **Stopping.** Woken without an interrupt; no interrupt reaches the call itself, but
  /// checkpoints and waits of Curfew see the stop in it.
  ///
  /// **Threads.** The call and the disposer run on a daemon platform thread: one that hangs in
  /// native code would hold up virtual threads. Locks and thread-locals of the caller are not
  /// theirs.
  ///
  /// **Cost.** A platform thread for each call.
  ///
  /// @param <T> the type of the value
  /// @param name what it does, for the ledger
  /// @param call the call
  /// @param disposer gets a value that came too late
  /// @return what the call returned
  /// @throws ExecutionException what the call threw
  /// @throws StoppedException if the scope is stopped before it returned
  public static <T extends @Nullable Object> T detached(
      String name, Callable<? extends T> call, Consumer<? super T> disposer)
      throws ExecutionException {
    return new Detached<T>(name, call, disposer).await();
  }

  /// Rehearses a stop in the background, so that the first real one is as fast as the later ones.
  ///
  /// A program is usually stopped once, and a first stop of many threads takes ten times as long as
  /// a warm one, because all of it runs for the first time. Call this at start-up; it begins once,
  /// and later calls return the same handle.
  ///
  /// **Cost.** Some hundred milliseconds of processor time, on a thread of this library and on the
  /// carriers of virtual threads. The gate of [#checkpoint] opens and closes once, which has code
  /// that holds a check compiled again: another reason to call it early.
  ///
  /// @return to wait for it, to end it early, and to read how long it took
  public static WarmUp warmUp() {
    return WarmUp.begin();
  }

  /// Adds a note to what the reports of a stop say of the calling thread's fork or scope: how its
  /// clean-up went, which child process had to be killed. Outside of all scopes it is lost.
  ///
  /// @param text one line or several; reports for people show the first forty lines. Of more than a
  ///     thousand notes the last are kept
  public static void note(String text) {
    Lease.note(text);
  }

  /// {@return the token of the calling thread's scope or fork; one that is never stopped outside of
  /// them}
  public static StopToken token() {
    Lease lease = Lease.current();
    return new StopToken(lease == null ? StopNode.ROOT : lease.node);
  }

  /// {@return what is left until the deadline of the calling thread's scope, zero once it has
  /// passed; empty without a deadline}
  public static Optional<Duration> remaining() {
    Lease lease = Lease.glimpse();
    return Optional.ofNullable(lease)
        .flatMap(in -> Optional.ofNullable(in.node.deadline))
        .map(Deadline::remaining);
  }

  /// {@return the paths of the scopes that are open in this JVM and of the errands that run, outer
  /// ones first}
  public static List<String> openScopes() {
    List<String> paths = new ArrayList<>();
    collect(StopNode.ROOT, paths);
    return paths;
  }

  private static void collect(StopNode node, List<String> paths) {
    for (StopNode child : node.children()) {
      if (child.owner instanceof Scope || (child.owner instanceof Errand it && !it.isIdle())) {
        paths.add(child.path());
      }
      collect(child, paths);
    }
  }
}
