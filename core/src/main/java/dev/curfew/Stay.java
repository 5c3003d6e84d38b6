// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// The body of a stay in the tree: it ends as itself, and leaves nothing open.
///
/// Locks: none.
final class Stay {

  private Stay() {}

  /// Runs a body. If it throws, that carries the news of scopes that it left open.
  ///
  /// @param place where it runs, null outside all scopes
  /// @throws DeliveredStop if the body has swallowed one
  /// @throws IllegalStateException if it returned and left a scope open
  static <T extends @Nullable Object, X extends Exception> T run(
      @Nullable Lease place, Body<? extends T, X> body) throws X {
    T value;
    try {
      value = body.run();
      if (place != null) {
        place.throwIfDelivered();
      }
    } catch (Throwable thrown) {
      RuntimeException leftOpen = Closing.closeInner(place);
      if (leftOpen != null) {
        thrown.addSuppressed(leftOpen);
      }
      throw thrown;
    }
    RuntimeException leftOpen = Closing.closeInner(place);
    if (leftOpen != null) {
      throw leftOpen;
    }
    return value;
  }
}
