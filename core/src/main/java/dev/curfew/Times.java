// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// When a scope is stopped by its own deadline, and when one with a reserve, here or above, ends
/// everything.
record Times(@Nullable Deadline stop, @Nullable Deadline end) {

  /// The times of a scope.
  ///
  /// @param endAbove when a deadline with a reserve above ends everything
  /// @param counted whether what the parent process allows counts above already
  static Times of(ScopeSettings settings, @Nullable Deadline endAbove, boolean counted) {
    Times own = of(settings, endAbove);
    return counted || !settings.handedDown()
        ? own
        : new Times(Inherited.shortened(own.stop, settings.time()), own.end);
  }

  private static Times of(ScopeSettings settings, @Nullable Deadline endAbove) {
    if (settings.deadline().isEmpty()) {
      return new Times(null, endAbove);
    }
    Deadline own = Deadline.after(settings.deadline().get(), settings.time());
    if (settings.reserve().isZero()) {
      return new Times(own, endAbove);
    }
    Deadline end = endAbove == null ? own : endAbove.earlier(own);
    return new Times(new Deadline(own.time(), own.atNanos() - settings.reserve().toNanos()), end);
  }
}
