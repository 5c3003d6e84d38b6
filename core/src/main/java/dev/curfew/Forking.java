// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// What begins forks under a policy; see [Forks#run].
///
/// @param <T> the type of the values of the forks
/// @param <R> the type of what they come to
/// @param <X> what it may throw
@FunctionalInterface
public interface Forking<
    T extends @Nullable Object, R extends @Nullable Object, X extends Exception> {

  /// Begins the forks.
  ///
  /// @param forks where
  /// @throws X as it likes
  void run(Forks<T, R> forks) throws X;
}
