// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A resource that many use and one place creates and destroys: opened by its first user, released
/// once after its last, and never used after that.
///
/// ```java
/// var database = Shared.in(scope, "database", Database::connect, Database::close);
/// scope.fork("reads", () -> database.with(open -> open.query(text)));
/// try (var use = database.use()) {
///   use.get().query(text);
/// }
/// ```
///
/// It stays open while nobody uses it, until it is retired: then there are no new users, and the
/// last one to leave is the last ever. A user that does not end, such as an abandoned fork, keeps
/// it open; [#close] says who that is.
///
/// **Threads.** Any. Acquired by the thread of a user; released by a thread of this library,
/// shielded, within the budget. A release that fails or hangs is told to who waits for it in
/// [#close], else to the uncaught-exception handler; one that hangs is in the [Ledger].
///
/// **Cost.** A use of an open resource is two atomic additions, and an entry in a list of users;
/// no lock. Counted use with a closed bit is how Netty and Linux keep what many share.
///
/// @param <R> the type of the resource
public final class Shared<R> implements AutoCloseable {

  private final Uses<R> uses;

  private Shared(Uses<R> uses) {
    this.uses = uses;
  }

  /// {@return a shared resource that belongs to no scope, and has to be closed}
  ///
  /// @param <R> the type of the resource
  /// @param name what messages call it
  /// @param acquire makes it, when somebody needs it
  /// @param release gives it back
  public static <R> Shared<R> of(
      String name, Callable<? extends R> acquire, Release<? super R> release) {
    Duration budget = ScopeSettings.DEFAULT.release();
    return new Shared<>(new Uses<>(name, StopNode.ROOT, budget, acquire, release));
  }

  /// {@return a shared resource that a scope owns: closed when that ends, after its forks have, in
  /// the order of [Scope#own]}
  ///
  /// The budget is [ScopeSettings#release]: so long the end of the scope waits for users, and so
  /// long for the release.
  ///
  /// @param <R> the type of the resource
  /// @param scope the owner
  /// @param name what messages call it
  /// @param acquire makes it, when somebody needs it
  /// @param release gives it back
  /// @throws IllegalStateException if the scope has ended
  public static <R> Shared<R> in(
      Scope scope, String name, Callable<? extends R> acquire, Release<? super R> release) {
    Holdings holdings = scope.closing().holdings();
    Uses<R> uses = new Uses<>(name, holdings.node(), holdings.budget(), acquire, release);
    holdings.add(name, uses::end);
    return new Shared<>(uses);
  }

  /// Begins to use it; opens it if nobody has. Close what is returned when done.
  ///
  /// Users that come while it is being opened wait for that. If it fails, all of them hear of it,
  /// and who comes later tries again. If it was cut short because its user is to stop, the next
  /// one tries.
  ///
  /// **Stopping.** Waits until stopped; opening it is interrupted. No checkpoint once it is open.
  ///
  /// @return the use
  /// @throws AcquireFailedException if it could not be opened, with the cause
  /// @throws StoppedException if the caller is to stop before it is open
  /// @throws IllegalStateException if it is retired, with the reason
  public Use<R> use() {
    return uses.use();
  }

  /// Uses it for one piece of work, as [#use].
  ///
  /// @param <T> the type of the value
  /// @param <X> what the work may throw
  /// @param work what to do with the resource, which it must not keep
  /// @return the value of the work
  /// @throws X what the work threw
  /// @throws AcquireFailedException if it could not be opened, with the cause
  /// @throws StoppedException if the caller is to stop before it is open
  /// @throws IllegalStateException if it is retired, with the reason
  public <T extends @Nullable Object, X extends Exception> T with(
      Work<? super R, ? extends T, X> work) throws X {
    try (Use<R> use = uses.use()) {
      return work.apply(use.get());
    }
  }

  /// Lets nobody use it any more, and returns at once. It is released when its last user has left.
  /// The first reason is kept.
  ///
  /// @param reason why; who comes too late is told
  /// @return whether this call was the first
  public boolean retire(StopReason reason) {
    return uses.retire(reason);
  }

  /// Retires it, and waits until it is released; for its users two seconds, or the budget of its
  /// scope, at most.
  ///
  /// @throws IllegalStateException if it is still used, and by whom: it is released when they have
  ///     left; or if its release failed
  @Override
  public void close() {
    closeAndAwait(uses.budget());
  }

  /// Retires it, and waits until it is released.
  ///
  /// **Stopping.** The wait is bounded; a stop of the caller does not shorten it. It is refused,
  /// once the resource is retired, to a thread that uses it itself.
  ///
  /// @param within how long to wait for its users at most; not negative. The release has its own
  ///     budget
  /// @throws IllegalStateException if it is still used, and by whom: it is released when they have
  ///     left; or if its release failed
  public void closeAndAwait(Duration within) {
    StopReason why = new StopReason.Requested("'" + name() + "' closed", StopReason.Origin.here());
    IllegalStateException problem = uses.end(why, within);
    if (problem != null) {
      throw problem;
    }
  }

  /// {@return the name it was made by}
  public String name() {
    return uses.name();
  }

  /// {@return who uses it at present, or waits for it to be opened; oldest first}
  public List<User> users() {
    return uses.users();
  }

  /// {@return whether it is retired and will not be used again: it is released, or was never open}
  public boolean isReleased() {
    return uses.isReleased();
  }

  @Override
  public String toString() {
    return uses.toString();
  }

  /// One who uses it.
  ///
  /// @param thread the name of the thread
  /// @param scope the path of the scope or fork it was in; empty outside all scopes
  /// @param since when it asked for the resource
  public record User(String thread, String scope, Instant since) {
    @Override
    public String toString() {
      return (thread.isEmpty() ? "an unnamed thread" : thread)
          + (scope.isEmpty() ? "" : " in " + scope)
          + " since "
          + since;
    }
  }

  /// What is done with the resource.
  ///
  /// @param <R> the type of the resource
  /// @param <T> the type of the value
  /// @param <X> what it may throw
  @FunctionalInterface
  public interface Work<R, T extends @Nullable Object, X extends Exception> {

    /// Does it.
    ///
    /// @param resource open until this returns
    /// @return the value
    /// @throws X as it likes
    T apply(R resource) throws X;
  }

  /// One use of the resource, which stays open at least until this is closed.
  ///
  /// **Threads.** May be handed to another thread, and closed there.
  ///
  /// @param <R> the type of the resource
  public static final class Use<R> implements AutoCloseable {

    final Thread thread = Thread.currentThread();
    private final Uses<R> uses;
    private final @Nullable StopNode node;
    private final Instant since = Instant.now();
    private final AtomicBoolean left = new AtomicBoolean();

    // written by the thread that asked, before it has this use in its hands
    private @Nullable R resource;

    Use(Uses<R> uses) {
      this.uses = uses;
      Lease lease = Lease.current();
      node = lease == null ? null : lease.node;
    }

    Use<R> with(R open) {
      resource = open;
      return this;
    }

    /// {@return the resource}
    ///
    /// @throws IllegalStateException if this use is over
    public R get() {
      R open = resource;
      if (open == null || left.get()) {
        throw new IllegalStateException(
            "this use of '" + uses.name() + "' is over: the resource may be released");
      }
      return open;
    }

    /// Ends this use; without effect the second time. Never waits and never throws.
    @Override
    public void close() {
      if (left.compareAndSet(false, true)) {
        uses.leave(this);
      }
    }

    User user() {
      return new User(thread.getName(), node == null ? "" : node.path(), since);
    }

    @Override
    public String toString() {
      return user() + (left.get() ? ", over" : "");
    }
  }
}
