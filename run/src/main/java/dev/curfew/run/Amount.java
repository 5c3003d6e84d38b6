// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as people write them: `250ms`, `10s`, `5m`, `1h30m`, `2d`; a plain number is seconds.
///
/// Counted in `long`: the class of decimal numbers alone takes longer to load than all of a command
/// line takes to read.
final class Amount {

  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}(\\.\\d{1,9})?");
  private static final Pattern PARTS = Pattern.compile(parts("d", "h", "m", "s", "ms"));
  private static final long[] NANOS = {
    86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L
  };
  private static final Duration LONGEST = Duration.ofDays(100_000);

  private Amount() {}

  /// {@return the duration that the text stands for}
  ///
  /// @param text units from large to small, each at most once, none for seconds; fractions allowed
  static Duration parse(String text) {
    String trimmed = text.strip();
    if (NUMBER.matcher(trimmed).matches()) {
      Sum sum = new Sum();
      sum.add(trimmed, 1_000_000_000L);
      return checked(text, sum);
    }
    if (trimmed.startsWith("-") && isAmount(trimmed.substring(1))) {
      throw refused(text, "is negative");
    }
    Matcher parts = PARTS.matcher(trimmed);
    if (trimmed.isEmpty() || !parts.matches()) {
      throw refused(text, "is not a duration");
    }
    Sum sum = new Sum();
    for (int unit = 0; unit < NANOS.length; unit++) {
      String number = parts.group(unit + 1);
      if (number != null) {
        sum.add(number, NANOS[unit]);
      }
    }
    return checked(text, sum);
  }

  /// {@return the duration in short, as `parse` reads it: `250ms`, `1.5s`, `1h30m`}
  ///
  /// @param duration rounded: to a millisecond below a minute, to a second above
  static String text(Duration duration) {
    if (duration.isNegative()) {
      return "-" + text(duration.negated());
    }
    if (duration.isZero()) {
      return "0s";
    }
    long millis = Math.max(1, duration.plusNanos(500_000).toMillis());
    if (millis < 1_000) {
      return millis + "ms";
    }
    if (millis < 60_000) {
      return seconds(millis) + "s";
    }
    Duration rounded = Duration.ofSeconds((millis + 500) / 1_000);
    return part(rounded.toDays(), "d")
        + part(rounded.toHoursPart(), "h")
        + part(rounded.toMinutesPart(), "m")
        + part(rounded.toSecondsPart(), "s");
  }

  private static String seconds(long millis) {
    String part = Long.toString(1_000 + millis % 1_000).substring(1);
    int digits = part.length();
    while (digits > 0 && part.charAt(digits - 1) == '0') {
      digits--;
    }
    return millis / 1_000 + (digits == 0 ? "" : "." + part.substring(0, digits));
  }

  private static String part(long number, String unit) {
    return number == 0 ? "" : number + unit;
  }

  private static boolean isAmount(String text) {
    return !text.isEmpty() && (NUMBER.matcher(text).matches() || PARTS.matcher(text).matches());
  }

  private static Duration checked(String text, Sum sum) {
    long nanos = sum.nanos();
    if (nanos < 0 || nanos > LONGEST.toNanos()) {
      throw refused(text, "is too long (at most 100000d)");
    }
    return Duration.ofNanos(nanos);
  }

  /// What was read, exactly: whole nanoseconds, and what is below them in thousandths.
  private static final class Sum {
    private static final int DIGITS = 9;

    private long nanos;
    private long thousandths;
    private boolean tooLong;

    void add(String number, long nanosPerUnit) {
      int point = number.indexOf('.');
      try {
        long whole = Long.parseLong(point < 0 ? number : number.substring(0, point));
        nanos = Math.addExact(nanos, Math.multiplyExact(whole, nanosPerUnit));
      } catch (ArithmeticException overflow) {
        tooLong = true;
      }
      if (point >= 0) {
        String digits = number.substring(point + 1);
        long billionths = Long.parseLong(digits + "0".repeat(DIGITS - digits.length()));
        thousandths += billionths * (nanosPerUnit / 1_000_000);
      }
    }

    /// {@return the sum rounded half up, -1 if it is too long to be counted}
    long nanos() {
      long more = (thousandths + 500) / 1_000;
      return tooLong || nanos > Long.MAX_VALUE - more ? -1 : nanos + more;
    }
  }

  private static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException(
        "'"
            + text
            + "' "
            + why
            + ": write it like 250ms, 10s, 5m, 1h30m, 2d, or 90 for 90 seconds");
  }

  private static String parts(String... units) {
    StringBuilder pattern = new StringBuilder();
    for (String unit : units) {
      pattern.append("(?:(").append(NUMBER.pattern().replace("(", "(?:")).append(")");
      pattern.append(unit.equals("m") ? "m(?!s)" : unit).append(")?");
    }
    return pattern.toString();
  }
}
