// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Thrown where a stop takes effect: at a checkpoint, by a Curfew wait, or at the boundary of a
/// scope.
///
/// Let it pass. Code that catches it loses nothing but time, for the next check throws a new one as
/// long as the token is stopped. It is a class of our own, not
/// `java.util.concurrent.CancellationException`, so that a foreign future cannot pose as a stop.
public final class StoppedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient StopReason reason;

  /// Tells a caller that what it waited for was stopped: for code that stands between work and
  /// those who wait for it, as a pool does. To stop something, call `stop`.
  ///
  /// @param reason why the work was stopped
  public StoppedException(StopReason reason) {
    super(reason.chain());
    this.reason = reason;
  }

  StoppedException(StopReason reason, Throwable cause) {
    super(reason.chain(), cause);
    this.reason = reason;
  }

  /// {@return why the work was stopped}
  public StopReason reason() {
    return reason;
  }
}
