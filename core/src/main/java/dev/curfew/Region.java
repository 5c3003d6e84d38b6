// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// The machine behind [Curfew#blocking]: a lease of its own for one call.
///
/// Invariants
///
/// 1. The token is read after the lease is entered: a stop that came before is seen here, and one
///    that comes later finds the lease.
/// 2. A call that the stop has ended is not followed by a second wake-up: the flag is clear for the
///    clean-up behind. One that returned its value is: the next blocking call is to end.
///
/// Locks: none.
final class Region {

  private Region() {}

  static <T extends @Nullable Object, X extends Exception> T run(
      Unblocking freedBy, Body<? extends T, X> call) throws X {
    Lease around = Lease.current();
    if (around == null) {
      return call.run(); // nothing stops it here
    }
    StopNode node = around.node;
    Unblocker unblocker =
        freedBy instanceof Unblocking.By by ? new Unblocker(node, by.attempts()) : null;
    Lease lease =
        unblocker != null
            ? new Lease(node, Thread.currentThread(), unblocker)
            : new Lease(node, Thread.currentThread(), freedBy instanceof Unblocking.Interrupt);
    boolean _ = node.addLease(lease);
    lease.enter();
    boolean stopped = false;
    try {
      node.check();
      return Stay.run(lease, call);
    } catch (Exception | DeliveredStop thrown) {
      RuntimeException stop = asStop(node, lease.endedBy(thrown), unblocker != null);
      stopped = stop != null;
      if (stop != null) {
        lease.markSeen();
        throw stop;
      }
      throw thrown;
    } finally {
      leave(lease, unblocker, !stopped);
    }
  }

  private static void leave(Lease lease, @Nullable Unblocker unblocker, boolean rearm) {
    try {
      if (unblocker != null) {
        unblocker.close();
      }
    } finally {
      lease.close(rearm);
    }
  }

  /// {@return what the caller gets if the stop has ended the call, else null}
  private static @Nullable StoppedException asStop(
      StopNode node, @Nullable Throwable thrown, boolean byAction) {
    StopReason reason = node.reason();
    if (reason == null || thrown == null || !(byAction || StopShape.matches(thrown))) {
      return null;
    }
    return thrown instanceof StoppedException own ? own : new StoppedException(reason, thrown);
  }
}
