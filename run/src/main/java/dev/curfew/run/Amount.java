// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as people write them: `250ms`, `10s`, `5m`, `1h30m`, `2d`; a plain number is seconds.
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
      return checked(text, nanos(trimmed, 1_000_000_000L));
    }
    if (trimmed.startsWith("-") && isAmount(trimmed.substring(1))) {
      throw refused(text, "is negative");
    }
    Matcher parts = PARTS.matcher(trimmed);
    if (trimmed.isEmpty() || !parts.matches()) {
      throw refused(text, "is not a duration");
    }
    BigDecimal sum = BigDecimal.ZERO;
    for (int unit = 0; unit < NANOS.length; unit++) {
      String number = parts.group(unit + 1);
      if (number != null) {
        sum = sum.add(nanos(number, NANOS[unit]));
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
      BigDecimal seconds = BigDecimal.valueOf(millis, 3).stripTrailingZeros();
      return seconds.toPlainString() + "s";
    }
    Duration rounded = Duration.ofSeconds((millis + 500) / 1_000);
    return part(rounded.toDays(), "d")
        + part(rounded.toHoursPart(), "h")
        + part(rounded.toMinutesPart(), "m")
        + part(rounded.toSecondsPart(), "s");
  }

  private static String part(long number, String unit) {
    return number == 0 ? "" : number + unit;
  }

  private static boolean isAmount(String text) {
    return !text.isEmpty() && (NUMBER.matcher(text).matches() || PARTS.matcher(text).matches());
  }

  private static BigDecimal nanos(String number, long nanosPerUnit) {
    return new BigDecimal(number).multiply(BigDecimal.valueOf(nanosPerUnit));
  }

  private static Duration checked(String text, BigDecimal nanos) {
    if (nanos.compareTo(BigDecimal.valueOf(LONGEST.toNanos())) > 0) {
      throw refused(text, "is too long (at most 100000d)");
    }
    return Duration.ofNanos(nanos.setScale(0, RoundingMode.HALF_UP).longValueExact());
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
