// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Acquires a resource at its first use, and tells a stop from a failure.
final class Acquiring {

  private Acquiring() {}

  /// Acquires on the calling thread, which a stop may interrupt meanwhile.
  ///
  /// @throws StoppedException if the thread is to stop, before or because acquiring was cut short
  /// @throws AcquireFailedException if it failed
  static <R> R acquire(String name, Callable<? extends R> acquire) {
    Lease lease = Lease.current();
    if (lease != null) {
      lease.node.check();
    }
    try {
      return Objects.requireNonNull(acquire.call(), "acquiring it returned null");
    } catch (Throwable thrown) {
      throw verdict(name, lease, thrown);
    }
  }

  private static RuntimeException verdict(String name, @Nullable Lease lease, Throwable thrown) {
    StopReason reason = lease == null ? null : lease.node.reason();
    boolean foreign = reason == null && StopShape.isForeignInterrupt(thrown);
    if (foreign) {
      Thread.currentThread().interrupt(); // it is kept
      reason = new StopReason.ForeignInterrupt(StopReason.Origin.here());
    } else if (lease != null && reason != null && StopShape.matches(thrown)) {
      lease.markSeen();
    } else {
      return new AcquireFailedException(name, thrown);
    }
    return thrown instanceof StoppedException stopped
        ? stopped
        : new StoppedException(reason, thrown);
  }
}
