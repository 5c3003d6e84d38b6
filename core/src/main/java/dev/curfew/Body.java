// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// Code with a value, and with an exception of its own.
///
/// @param <T> the type of its value
/// @param <X> what it may throw
@FunctionalInterface
public interface Body<T extends @Nullable Object, X extends Exception> {

  /// Runs.
  ///
  /// @return the value
  /// @throws X as it likes
  T run() throws X;
}
