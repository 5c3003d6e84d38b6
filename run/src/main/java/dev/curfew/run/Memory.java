// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An amount of memory, as people write it: `256m`, `2g`.
///
/// @param bytes how much
/// @param text as typed
record Memory(long bytes, String text) {

  private static final long LEAST = 2L << 20;
  private static final Pattern FORM = Pattern.compile("(\\d{1,6})([kmgt])");

  /// {@return the amount that the text stands for}
  static Memory parse(String text) {
    Matcher form = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no amount of memory: write it like 64m, 512m or 2g");
    }
    int shift =
        switch (form.group(2)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> 40;
        };
    long bytes = Long.parseLong(form.group(1)) << shift;
    if (bytes < LEAST) {
      throw new IllegalArgumentException("'" + text + "' is too little: a JVM needs 2m at least");
    }
    return new Memory(bytes, text);
  }

  @Override
  public String toString() {
    return text;
  }
}
