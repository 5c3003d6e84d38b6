// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// The machine behind [Curfew#blocking]: a lease of its own for one call.
final class Region {

  private Region() {}

  static <T extends @Nullable Object, X extends Exception> T run(
      Unblocking freedBy, Body<? extends T, X> call) throws X {
    Lease around = Lease.current();
    if (around == null) {
      return call.run(); // nothing stops it here
    }
    StopNode node = around.node;
    node.check();
    Lease lease = lease(node, freedBy);
    boolean _ = node.addLease(lease);
    lease.enter();
    try {
      return call.run();
    } catch (Exception thrown) {
      StopReason reason = node.reason();
      boolean freed = freedBy instanceof Unblocking.By || StopShape.matches(thrown);
      if (reason != null && freed && !(thrown instanceof StoppedException)) {
        lease.markSeen();
        throw new StoppedException(reason, thrown);
      }
      throw thrown;
    } finally {
      lease.close();
    }
  }

  private static Lease lease(StopNode node, Unblocking freedBy) {
    Thread self = Thread.currentThread();
    return switch (freedBy) {
      case Unblocking.Interrupt _ -> new Lease(node, self, true);
      case Unblocking.FlagOnly _ -> new Lease(node, self, false);
      case Unblocking.By by -> new Lease(node, self, () -> free(node, by.action()));
    };
  }

  @SuppressWarnings("InterruptedExceptionSwallowed") // our own thread, whose flag means nothing
  private static void free(StopNode node, Action<?> action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("a blocking call in " + node.path() + " was not freed", e);
    }
  }
}
