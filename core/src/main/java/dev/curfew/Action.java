// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Code without a value, and with an exception of its own.
///
/// @param <X> what it may throw
@FunctionalInterface
public interface Action<X extends Exception> {

  /// Runs.
  ///
  /// @throws X as it likes
  void run() throws X;
}
