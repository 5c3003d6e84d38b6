// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// How a fork ended. Done, failed, stopped, out of time and given up are five different things.
///
/// A value or an error that came after the stop was asked for is kept and marked `late`.
///
/// @param <T> the type of the value
public sealed interface Outcome<T extends @Nullable Object> {

  /// The body returned.
  ///
  /// @param <T> the type of the value
  /// @param value what it returned
  /// @param late whether the fork had been asked to stop before
  record Succeeded<T extends @Nullable Object>(T value, boolean late) implements Outcome<T> {}

  /// The body threw something of its own.
  ///
  /// @param <T> the type of the value
  /// @param failure what it threw
  /// @param late whether the fork had been asked to stop before
  record Failed<T extends @Nullable Object>(Throwable failure, boolean late)
      implements Outcome<T> {}

  /// The body ended because it was asked to; never a failure, never a used-up attempt.
  ///
  /// @param <T> the type of the value
  /// @param reason why it was asked
  record Stopped<T extends @Nullable Object>(StopReason reason) implements Outcome<T> {}

  /// The body ended because a deadline had come.
  ///
  /// @param <T> the type of the value
  /// @param reason the deadline as a reason
  record DeadlineExceeded<T extends @Nullable Object>(StopReason reason) implements Outcome<T> {}

  /// The body did not end within the plan, and is in the [Ledger] until it does; then its real
  /// outcome takes this one's place.
  ///
  /// @param <T> the type of the value
  /// @param reason why it had been asked to stop
  record Abandoned<T extends @Nullable Object>(StopReason reason) implements Outcome<T> {}

  /// {@return one word for reports}
  default String word() {
    return switch (this) {
      case Succeeded<T> s -> s.late ? "succeeded (late)" : "succeeded";
      case Failed<T> f ->
          (f.late ? "failed (late): " : "failed: ") + ForkFailedException.describe(f.failure);
      case Stopped<T> _ -> "stopped";
      case DeadlineExceeded<T> _ -> "deadline exceeded";
      case Abandoned<T> _ -> "abandoned";
    };
  }
}
