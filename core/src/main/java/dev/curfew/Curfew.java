// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /// {@return the token of the calling thread's scope or fork; one that is never stopped outside of
  /// them}
  public static StopToken token() {
    Lease lease = Lease.current();
    return new StopToken(lease == null ? StopNode.ROOT : lease.node);
  }

  /// {@return what is left until the deadline of the calling thread's scope, zero once it has
  /// passed; empty without a deadline}
  public static Optional<Duration> remaining() {
    Lease lease = Lease.current();
    return Optional.ofNullable(lease)
        .flatMap(in -> Optional.ofNullable(in.node.deadline))
        .map(Deadline::remaining);
  }

  /// {@return the paths of the scopes that are open in this JVM, outer ones first}
  public static List<String> openScopes() {
    List<String> paths = new ArrayList<>();
    collect(StopNode.ROOT, paths);
    return paths;
  }

  private static void collect(StopNode node, List<String> paths) {
    for (StopNode child : node.children()) {
      if (child.owner instanceof Scope scope) {
        paths.add(scope.path());
      }
      collect(child, paths);
    }
  }
}
