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

  /// {@return the reason for which others are stopped because this one has ended as it has}
  ///
  /// @param origin who noticed
  public StopReason asReason(StopReason.Origin origin) {
    return switch (outcome) {
      case Outcome.Failed<T> failed -> new StopReason.SiblingFailed(path, failed.failure(), origin);
      case Outcome.Succeeded<T> _ -> new StopReason.SiblingSucceeded(path, origin);
      case Outcome.Stopped<T> _, Outcome.DeadlineExceeded<T> _, Outcome.Abandoned<T> _ ->
          new StopReason.LimitReached("the policy, when " + path + " ended", origin);
    };
  }

  @Override
  public String toString() {
    return path + ": " + outcome.word();
  }
}
