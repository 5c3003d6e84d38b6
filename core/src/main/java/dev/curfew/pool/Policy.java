// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

/// When the end of one task of a batch stops the others.
///
/// @param stopsOnFailure whether the first failure does
/// @param stopsOnSuccess whether the first success does
public record Policy(boolean stopsOnFailure, boolean stopsOnSuccess) {

  /// {@return the first failure stops the rest}
  public static Policy failFast() {
    return new Policy(true, false);
  }

  /// {@return every task runs to its own end}
  public static Policy collectAll() {
    return new Policy(false, false);
  }

  /// {@return the first success stops the rest}
  public static Policy firstSuccess() {
    return new Policy(false, true);
  }
}
