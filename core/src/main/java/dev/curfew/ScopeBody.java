// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// What runs inside a scope.
///
/// @param <T> the type of its value
/// @param <X> what it may throw
@FunctionalInterface
public interface ScopeBody<T extends @Nullable Object, X extends Exception> {

  /// Runs.
  ///
  /// @param scope the scope it runs in, for forks
  /// @return the value of the scope
  /// @throws X as it likes
  T run(Scope scope) throws X;
}
