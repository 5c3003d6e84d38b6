// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A scope whose forks are alike and are judged by a [Policy], whose result is that of the join.
///
/// ```java
/// try (var forks = Forks.open("replicas", Policy.<String>firstSuccess())) {
///   forks.fork("eu", eu::read);
///   forks.fork("us", us::read);
///   return forks.join();                       // the loser is stopped with 'sibling succeeded'
/// }
/// ```
///
/// It is a scope in everything else: it lies below the one around it, has a deadline and a plan if
/// its settings say so, and no fork outlives it unseen. When the policy has decided, the forks that
/// still run are stopped, and those that are begun after that never run: their outcome is
/// `stopped`.
///
/// A stop that comes from elsewhere is no result: if it cut a fork short, the join throws it. The
/// handles know how far each had come.
///
/// **Threads.** Any thread may fork, stop and look. Only the thread that opened it joins and closes
/// it.
///
/// @param <T> the type of the values of the forks
/// @param <R> the type of what they come to
public final class Forks<T extends @Nullable Object, R extends @Nullable Object>
    implements AutoCloseable {

  private final Scope scope;
  private final Gathering<T, R> gathering;

  private Forks(
      String name,
      Policy<T, R> policy,
      UnaryOperator<ScopeSettings> change,
      boolean interruptible) {
    gathering = new Gathering<>(policy);
    scope = new Scope(name, change, interruptible, gathering);
  }

  /// Runs a body that begins forks, waits for them, and returns what they come to.
  ///
  /// **Stopping.** The body is interrupted if the scope is stopped while it blocks, also by the
  /// policy; that ends the body alone. A body that throws something else stops the forks.
  ///
  /// @param <T> the type of the values of the forks
  /// @param <R> the type of what they come to
  /// @param <X> what the body may throw
  /// @param name its name in paths and reports
  /// @param policy judges the forks
  /// @param body begins them
  /// @return the result of the policy
  /// @throws X what the body threw
  /// @throws DeadlineExceededException if the scope's own deadline cut something short
  /// @throws StoppedException if another stop did that the policy did not decide on
  public static <T extends @Nullable Object, R extends @Nullable Object, X extends Exception> R run(
      String name, Policy<T, R> policy, Forking<T, R, X> body) throws X {
    return run(name, policy, UnaryOperator.identity(), body);
  }

  /// Runs a body that begins forks, with other settings; see [#run(String, Policy, Forking)].
  ///
  /// @param <T> the type of the values of the forks
  /// @param <R> the type of what they come to
  /// @param <X> what the body may throw
  /// @param name its name in paths and reports
  /// @param policy judges the forks
  /// @param change from the settings of the scope around to those of this one
  /// @param body begins them
  /// @return the result of the policy
  /// @throws X what the body threw
  /// @throws DeadlineExceededException if the scope's own deadline cut something short
  /// @throws StoppedException if another stop did that the policy did not decide on
  public static <T extends @Nullable Object, R extends @Nullable Object, X extends Exception> R run(
      String name, Policy<T, R> policy, UnaryOperator<ScopeSettings> change, Forking<T, R, X> body)
      throws X {
    Forks<T, R> forks = new Forks<>(name, policy, change, true);
    return Scope.run(forks.scope, _ -> forks.fill(body));
  }

  private <X extends Exception> R fill(Forking<T, R, X> body) throws X {
    try {
      body.run(this);
    } catch (Exception thrown) {
      boolean cut = StopShape.matches(thrown) && scope.group().boundary().isDecided();
      if (!cut) {
        throw thrown;
      }
    }
    return join();
  }

  /// Opens a scope for forks of one kind, for `try`-with-resources.
  ///
  /// @param <T> the type of the values of the forks
  /// @param <R> the type of what they come to
  /// @param name its name in paths and reports
  /// @param policy judges the forks
  /// @return the scope, bound to the calling thread until it is closed
  public static <T extends @Nullable Object, R extends @Nullable Object> Forks<T, R> open(
      String name, Policy<T, R> policy) {
    return open(name, policy, UnaryOperator.identity());
  }

  /// Opens a scope for forks of one kind with other settings.
  ///
  /// @param <T> the type of the values of the forks
  /// @param <R> the type of what they come to
  /// @param name its name in paths and reports
  /// @param policy judges the forks
  /// @param change from the settings of the scope around to those of this one
  /// @return the scope, bound to the calling thread until it is closed
  public static <T extends @Nullable Object, R extends @Nullable Object> Forks<T, R> open(
      String name, Policy<T, R> policy, UnaryOperator<ScopeSettings> change) {
    return new Forks<>(name, policy, change, false);
  }

  /// Starts a task on a thread of its own; once the policy has decided, one that never runs.
  ///
  /// @param name its name in paths and reports
  /// @param body what to run; it may be interrupted when the fork is stopped
  /// @return the handle
  /// @throws StoppedException if the scope is stopped by something else, with the reason
  /// @throws IllegalStateException if the scope is closed
  public Fork<T> fork(String name, Callable<? extends T> body) {
    return gathering.fork(scope.group(), name, body);
  }

  /// The forks in the order in which they end: each once, however it ended, until none of those
  /// that were begun is left.
  ///
  /// **Stopping.** `hasNext` waits until the next fork ends. Once this scope is stopped, it waits
  /// at most to the end of the plan; then there is none, and [#join] says why. An interrupt from
  /// outside stops the scope. If the caller is in another scope and that is stopped, it throws a
  /// [StoppedException].
  ///
  /// @return to be iterated once
  public Iterable<Fork<T>> completed() {
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return awaitNext();
          }

          @Override
          public Fork<T> next() {
            Fork<T> next = awaitNext() ? gathering.poll() : null;
            if (next == null) {
              throw new NoSuchElementException(path() + " has no fork left");
            }
            return next;
          }
        };
  }

  private boolean awaitNext() {
    scope.group().awaitNext(gathering::hasNext);
    return gathering.hasNext();
  }

  /// Waits until all forks have ended, and says what they come to.
  ///
  /// Where the policy stopped the others and one of those does not end within the plan, the result
  /// counts for more: that one is in the [Ledger] and in [#report].
  ///
  /// **Stopping.** Waits until the scope is stopped, and after that until its forks have ended, at
  /// most to the end of the [StopPlan]. An interrupt from outside stops the scope.
  ///
  /// @return the result of the policy
  /// @throws ForkFailedException if the policy takes a failure for one
  /// @throws DeadlineExceededException if this scope's own deadline cut a fork short
  /// @throws StoppedException if another stop did that the policy did not decide on
  /// @throws IllegalStateException on a thread other than the one that opened the scope
  public R join() {
    scope.awaitForks();
    Boundary boundary = scope.group().boundary();
    if (boundary.isCut()) {
      RuntimeException verdict = scope.closing().withStragglers(boundary.verdict(null));
      if (verdict != null) {
        throw verdict;
      }
    }
    R result = gathering.result(path());
    scope.closing().toldOfStragglers();
    return result;
  }

  /// Asks all forks to stop, and returns at once. The first reason is kept.
  ///
  /// @param reason why
  /// @return whether this call was the first to ask
  public boolean stop(StopReason reason) {
    return scope.stop(reason);
  }

  /// {@return how the stop went so far; empty if there was none}
  public Optional<StopReport> report() {
    return scope.report();
  }

  /// {@return the names from the outermost scope to this one, joined by slashes}
  public String path() {
    return scope.path();
  }

  /// {@return the token of this scope}
  public StopToken token() {
    return scope.token();
  }

  /// Ends the scope, as [Scope#close] does: what still runs is stopped and awaited.
  ///
  /// @throws AbandonedException if something did not end, and [#join] has not returned a result
  @Override
  public void close() {
    scope.close();
  }

  @Override
  public String toString() {
    return scope.toString();
  }
}
