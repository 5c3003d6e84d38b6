// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;

/// A point in time by which something is to have ended: absolute and monotonic, so that it does not
/// drift when it is handed on.
///
/// Of nested deadlines the earlier one counts ([#earlier]). The idea is gRPC's and Trio's: relative
/// time-outs add up, absolute deadlines do not.
///
/// @param time the clock it belongs to
/// @param atNanos the point in nanoseconds on that clock
public record Deadline(TimeSource time, long atNanos) {

  /// The environment variable by which a deadline travels to a child process, and from there to
  /// all scopes that lie in no other: they can only have an earlier one. In milliseconds since
  /// 1970, by the wall clock, which any program on the machine can read; a value that is not one to
  /// fifteen digits is ignored.
  public static final String VARIABLE = "CURFEW_DEADLINE";

  /// The longest span a deadline may lie ahead; longer ones are cut to it.
  private static final Duration LONGEST = Duration.ofDays(365L * 100);

  /// {@return the deadline that lies this far ahead on the machine's clock}
  ///
  /// @param span how far ahead; not negative
  public static Deadline after(Duration span) {
    return after(span, TimeSource.system());
  }

  /// {@return the deadline that lies this far ahead on a clock}
  ///
  /// @param span how far ahead; not negative
  /// @param time the clock
  public static Deadline after(Duration span, TimeSource time) {
    if (span.isNegative()) {
      throw new IllegalArgumentException("a deadline cannot lie in the past: " + span);
    }
    return from(time.nanos(), span, time);
  }

  /// {@return the deadline that lies this far after a point in time}
  static Deadline from(long startNanos, Duration span, TimeSource time) {
    Duration cut = span.compareTo(LONGEST) > 0 ? LONGEST : span;
    return new Deadline(time, startNanos + cut.toNanos());
  }

  /// {@return what is left, zero once it has passed}
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, atNanos - time.nanos()));
  }

  /// {@return whether it has passed}
  public boolean hasPassed() {
    return atNanos - time.nanos() <= 0;
  }

  /// {@return the earlier of two deadlines of the same clock; of different clocks, this one}
  ///
  /// @param other another deadline
  public Deadline earlier(Deadline other) {
    return other.time.equals(time) && other.atNanos - atNanos < 0 ? other : this;
  }

  @Override
  public String toString() {
    return "in " + remaining();
  }
}
