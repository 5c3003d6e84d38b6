// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// Thrown at the boundary of the scope whose own deadline cut its work short.
///
/// Inside that scope, and below it, the same event is a [StoppedException]: only the scope that set
/// the deadline turns it into this, so that a time-out, a stop and a failure are never confused.
public final class DeadlineExceededException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient StopReason reason;

  DeadlineExceededException(StopReason reason, @Nullable Throwable cause) {
    super(reason.why(), cause);
    this.reason = reason;
  }

  /// {@return the deadline as a reason}
  public StopReason reason() {
    return reason;
  }
}
