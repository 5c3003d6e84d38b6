// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The deadline that the process which started this one has handed down.
///
/// It is read once, when the first scope is opened, and is a point on this program's own monotonic
/// clock from then on: a wall clock that is set afterwards moves nothing. A value that is not a
/// plain number of milliseconds is as good as none: a variable that somebody mistyped must not keep
/// a program from running.
final class Inherited {

  /// Who is said to have asked when it passes.
  static final String WHO = "the clock, at the deadline handed down by the parent process";

  private static final int LONGEST = 15; // digits: some thirty thousand years

  private Inherited() {}

  private static final class Holder {
    static final @Nullable Deadline DEADLINE =
        parse(System.getenv(Deadline.VARIABLE), System.currentTimeMillis());
  }

  /// {@return the deadline in a variable's value, null if there is none}
  ///
  /// @param nowMillis the wall clock
  static @Nullable Deadline parse(@Nullable String value, long nowMillis) {
    if (value == null
        || value.isEmpty()
        || value.length() > LONGEST
        || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    return Deadline.after(Duration.ofMillis(Math.max(0, Long.parseLong(value) - nowMillis)));
  }

  /// {@return the earlier of a deadline and the inherited one, null if there is neither}
  static @Nullable Deadline shortened(@Nullable Deadline own, TimeSource time) {
    return shortened(own, Holder.DEADLINE, time);
  }

  static @Nullable Deadline shortened(
      @Nullable Deadline own, @Nullable Deadline inherited, TimeSource time) {
    if (inherited == null || !inherited.time().equals(time)) {
      return own;
    }
    return own == null ? inherited : own.earlier(inherited);
  }

  static boolean isSource(@Nullable Deadline deadline) {
    return deadline != null && deadline.equals(Holder.DEADLINE);
  }
}
