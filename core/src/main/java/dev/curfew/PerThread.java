// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.Callable;

/// A resource of which every thread has its own: opened by the thread's first [#get], and released
/// when the thread or the scope ends.
///
/// ```java
/// var parsers = PerThread.in(scope, "parser", Parser::open, Parser::close);
/// for (Path file : files) {
///   pool.submit(file.toString(), () -> parsers.get().parse(file));
/// }
/// ```
///
/// In a fork below the scope it is released when the fork's body has left: on that thread,
/// shielded, within [ScopeSettings#release], the last one acquired first. A fork that had to be
/// abandoned keeps its own until it ends. All others have theirs until the scope ends, which may be
/// long before a worker of a pool does, and then it is released by a thread of this library; if
/// they have ended before, sooner or later by then, and a worker of a pool itself. A plain
/// thread-local leaks it.
///
/// A release that fails keeps no other from running; what it throws is attached to what the scope
/// throws, or goes to the uncaught-exception handler if the scope is gone.
///
/// **Threads.** Any; who is no fork below the scope must not use what it got once the scope has
/// ended. So let the scope end after the pool.
///
/// **Cost.** A look into a map; no lock.
///
/// @param <R> the type of the resource
public final class PerThread<R> {

  private final ThreadHoldings<R> holdings;

  private PerThread(ThreadHoldings<R> holdings) {
    this.holdings = holdings;
  }

  /// {@return a per-thread resource that a scope owns}
  ///
  /// @param <R> the type of the resource
  /// @param scope the owner
  /// @param name what messages call it
  /// @param acquire makes one, on the thread that needs it
  /// @param release gives one back
  /// @throws IllegalStateException if the scope has ended
  public static <R> PerThread<R> in(
      Scope scope, String name, Callable<? extends R> acquire, Release<? super R> release) {
    Holdings owner = scope.closing().holdings();
    ThreadHoldings<R> holdings = new ThreadHoldings<>(name, owner, acquire, release);
    owner.add(name, holdings::end);
    return new PerThread<>(holdings);
  }

  /// {@return the calling thread's own, opened if it has none}
  ///
  /// **Stopping.** Opening it is interrupted. No checkpoint once it is open.
  ///
  /// @throws AcquireFailedException if it could not be opened, with the cause; the next call tries
  ///     again
  /// @throws StoppedException if the thread is to stop before it is open
  /// @throws IllegalStateException if the scope has ended
  public R get() {
    return holdings.get();
  }

  /// {@return the name it was made by}
  public String name() {
    return holdings.name();
  }

  /// {@return how many threads have one open}
  public int open() {
    return holdings.open();
  }

  @Override
  public String toString() {
    return "'" + name() + "': open in " + open() + " threads";
  }
}
