// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import java.util.List;

/// What a [Source] gave in one go.
///
/// @param <T> the type of the items
/// @param items the worker's from now on, perhaps none
/// @param last whether the source has ended, and nothing comes after these
public record Claim<T>(List<T> items, boolean last) {

  /// Copies the list.
  public Claim {
    items = List.copyOf(items);
  }

  /// {@return a claim of these, after which more may come}
  ///
  /// @param <T> the type of the items
  /// @param items the worker's from now on, perhaps none
  public static <T> Claim<T> of(List<T> items) {
    return new Claim<>(items, false);
  }

  /// {@return a claim of these, after which nothing comes}
  ///
  /// @param <T> the type of the items
  /// @param items the worker's from now on, perhaps none
  public static <T> Claim<T> last(List<T> items) {
    return new Claim<>(items, true);
  }
}
