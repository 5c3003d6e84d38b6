// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The machine behind [Curfew#shield].
///
/// Invariants
///
/// 1. The code inside works for a node of its own, which is not below the one around it and is
///    stopped by the end of the budget alone.
/// 2. The end is not after that of a shield around it, nor after the end of the plan of a scope
///    that is stopped when the shield is entered, nor after a deadline with a reserve.
/// 3. A foreign interrupt that was set at the entry is set again at the exit; ours is taken back at
///    the entry and sent again, if it is still due, at the exit.
///
/// Locks: none.
final class Shield {

  private static final TimeSource.Alarm NONE = () -> {};

  private Shield() {}

  static <T extends @Nullable Object, X extends Exception> T run(
      Duration budget, Body<? extends T, X> body) throws X {
    Lease around = Lease.current();
    StopNode above = around == null ? StopNode.ROOT : around.node;
    Deadline end = end(above, Deadline.after(budget, above.time));
    return run("shield", above, end, budget, body);
  }

  /// Runs the body for a node of its own, until this end.
  static <T extends @Nullable Object, X extends Exception> T run(
      String name, StopNode above, Deadline end, Duration budget, Body<? extends T, X> body)
      throws X {
    StopNode node = StopNode.shielded(name, above, new Shield(), end);
    // The clock is foreign code, and may have no thread: nothing has been changed yet.
    return run(node, end.time().alarm(end.atNanos(), () -> open(node, budget)), body);
  }

  /// The same for what must run, if need be without an end: where no alarm can be had.
  static <T extends @Nullable Object, X extends Exception> T runAnyhow(
      String name, StopNode above, Deadline end, Duration budget, Body<? extends T, X> body)
      throws X {
    StopNode node = StopNode.shielded(name, above, new Shield(), end);
    TimeSource.Alarm alarm = NONE;
    try {
      alarm = end.time().alarm(end.atNanos(), () -> open(node, budget));
    } catch (RuntimeException | Error noAlarm) {
      // see above
    }
    return run(node, alarm, body);
  }

  private static <T extends @Nullable Object, X extends Exception> T run(
      StopNode node, TimeSource.Alarm alarm, Body<? extends T, X> body) throws X {
    Lease lease = new Lease(node, Thread.currentThread(), true);
    boolean inTime = node.addLease(lease);
    lease.enter();
    boolean foreign = Thread.interrupted();
    try {
      if (!inTime) { // the budget is over before it has begun
        new Pursuit(List.of(lease)).begin();
      }
      return Stay.run(lease, body);
    } catch (DeliveredStop stop) { // foreign code that used up the budget
      throw new StoppedException(stop.reason(), stop);
    } finally {
      try {
        alarm.cancel();
      } finally {
        leave(lease, foreign);
      }
    }
  }

  private static void leave(Lease lease, boolean foreign) {
    lease.pause(); // takes ours back before a foreign one is set again
    if (foreign) {
      Thread.currentThread().interrupt();
    }
    lease.close();
  }

  private static Deadline end(StopNode above, Deadline asked) {
    Deadline end = asked;
    for (StopNode node = above; node != null; node = node.parent) {
      if (node.owner instanceof Shield && node.deadline != null) {
        return end.earlier(node.deadline);
      }
      if (node.owner instanceof Scope scope) {
        end =
            sooner(
                end, node.reason() == null ? scope.group().hardEnd() : scope.group().endOfStop());
      }
      if (node.owner instanceof Errand errand && node.reason() != null) {
        end = end.earlier(errand.endOfStop());
      }
    }
    return end;
  }

  private static Deadline sooner(Deadline end, @Nullable Deadline other) {
    return other == null ? end : end.earlier(other);
  }

  private static void open(StopNode node, Duration budget) {
    StopReason.Origin origin = StopReason.Origin.ours("the clock", node.path());
    boolean _ =
        node.stop(
            new StopReason.LimitReached("the shield's budget of " + budget + " is over", origin));
  }
}
