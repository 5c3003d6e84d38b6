// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import java.util.concurrent.CancellationException;

/// What those get who wait for a task that was stopped or handed back. A task that ends by it has
/// not failed by itself.
final class Cancelled extends CancellationException {

  private static final long serialVersionUID = 1L;

  /// No chain of causes is longer, unless it runs in a circle.
  private static final int DEPTH = 16;

  Cancelled(String message) {
    super(message);
  }

  /// Whether something was thrown for this reason, itself or by a cause.
  static boolean isIn(Throwable thrown) {
    try {
      Throwable at = thrown;
      for (int depth = 0; at != null && depth < DEPTH; depth++, at = at.getCause()) {
        if (at instanceof Cancelled) {
          return true;
        }
      }
      return false;
    } catch (RuntimeException | Error broken) {
      return false; // an exception of somebody's own may be unable to tell
    }
  }
}
