// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// One task that has ended: what a [Policy] judges.
///
/// @param <T> the type of the value
/// @param path the names from the outermost scope or pool to the task, joined by slashes
/// @param outcome how it ended
public record Ended<T extends @Nullable Object>(String path, Outcome<T> outcome) {

  /// {@return whether it returned a value}
  public boolean hasSucceeded() {
    return outcome instanceof Outcome.Succeeded;
  }

  /// {@return whether it threw something of its own}
  public boolean hasFailed() {
    return outcome instanceof Outcome.Failed;
  }

  @Override
  public String toString() {
    return path + ": " + outcome.word();
  }
}
