// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.io.IOException;
import java.io.ObjectOutputStream;
import org.jspecify.annotations.Nullable;

/// Thrown where a stop takes effect: at a checkpoint, by a Curfew wait, or at the boundary of a
/// scope.
///
/// Let it pass. Code that catches it loses nothing but time, for the next check throws a new one as
/// long as the token is stopped. It is a class of our own, not
/// `java.util.concurrent.CancellationException`, so that a foreign future cannot pose as a stop.
///
/// **Cost.** Inside a fork or an errand it has no stack trace, for there it becomes an outcome that
/// keeps the reason alone, and tracing ten thousand forks takes longer than stopping them. The
/// reason tells who asked and where. To see where a fork was when it was stopped, start the JVM
/// with `-Ddev.curfew.traces=true`. The idea is Kotlin's, whose cancellations are traced in debug
/// mode only.
public final class StoppedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private static final String TRACES = "dev.curfew.traces";

  private final transient StopReason reason;

  /// Put together when somebody asks, for few do.
  private @Nullable String message;

  /// Tells a caller that what it waited for was stopped: for code that stands between work and
  /// those who wait for it, as a pool does. To stop something, call `stop`.
  ///
  /// @param reason why the work was stopped
  public StoppedException(StopReason reason) {
    this.reason = reason;
  }

  StoppedException(StopReason reason, Throwable cause) {
    super(null, cause);
    this.reason = reason;
  }

  private StoppedException(StopReason reason, boolean traced) {
    super(null, null, true, traced);
    this.reason = reason;
  }

  /// One that a fork is to end by.
  static StoppedException inFork(StopReason reason) {
    return new StoppedException(reason, Boolean.getBoolean(TRACES));
  }

  /// {@return why the work was stopped}
  public StopReason reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    String text = message;
    if (text == null) {
      text = reason.chain();
      message = text;
    }
    return text;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    String _ = getMessage(); // the reason stays behind
    out.defaultWriteObject();
  }
}
