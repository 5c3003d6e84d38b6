// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.Arrays;

/// What a woven checkpoint throws into code that does not know of stops.
///
/// It is an error, not an exception, so that fewer handlers take it for something of their own. Its
/// kind decides nothing: foreign code swallows and wraps what it likes, so the boundary of a fork
/// or scope judges by whether a stop was delivered ([Delivery]).
final class DeliveredStop extends Error {

  private static final long serialVersionUID = 1L;

  private final transient StopReason reason;

  /// @param machinery how many of the innermost frames say nothing of where it was delivered
  DeliveredStop(StopReason reason, int machinery) {
    this.reason = reason;
    StackTraceElement[] all = getStackTrace();
    setStackTrace(Arrays.copyOfRange(all, Math.min(machinery, all.length), all.length));
  }

  StopReason reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    return reason == null ? "stopped" : reason.chain(); // serialisation leaves the reason behind
  }
}
