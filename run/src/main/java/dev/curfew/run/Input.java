// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One input of a run: the bytes exactly as they were given, and their place in the list.
final class Input {

  /// The longest input that Linux passes on as one argument, in bytes.
  static final int LONGEST = 131_071;

  private static final int NAME_LENGTH = 60;
  private static final int NAME_BYTES = 512;

  private final long number;
  private final byte[] bytes;
  private final @Nullable String problem;

  private Input(long number, byte[] bytes, @Nullable String problem) {
    this.number = number;
    this.bytes = bytes;
    this.problem = problem;
  }

  /// {@return an input that can be run, unless its bytes cannot be an argument}
  ///
  /// @param number 1 for the first of the list
  /// @param bytes not copied; must not change any more
  static Input of(long number, byte[] bytes) {
    if (bytes.length > LONGEST) {
      return tooLong(number, Arrays.copyOf(bytes, NAME_BYTES), bytes.length);
    }
    for (byte b : bytes) {
      if (b == 0) {
        return new Input(number, bytes, "holds a NUL byte (inputs that end with NUL need -0)");
      }
    }
    return new Input(number, bytes, null);
  }

  static Input of(long number, String text) {
    return of(number, text.getBytes(StandardCharsets.UTF_8));
  }

  static Input tooLong(long number, byte[] beginning, long length) {
    String problem = "is " + length + " bytes long; an argument holds at most " + LONGEST;
    return new Input(number, beginning, problem);
  }

  /// {@return the place in the list, 1 for the first}
  long number() {
    return number;
  }

  /// {@return the bytes, not copied; of an input that is too long only the beginning}
  byte[] bytes() {
    return bytes;
  }

  /// {@return why this input cannot be run, to be read after 'input 7'; empty if it can}
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /// {@return the bytes as text, if they are UTF-8; a Java job can run on nothing else}
  Optional<String> text() {
    // What is no text comes back with other bytes; this is quicker than a decoder that reports.
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean same = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
    return same ? Optional.of(text) : Optional.empty();
  }

  /// {@return why this input cannot be given to a Java job; empty if it can}
  Optional<String> textProblem() {
    if (problem != null) {
      return problem();
    }
    return text().isPresent()
        ? Optional.empty()
        : Optional.of("is not UTF-8 text, which a Java job needs");
  }

  /// {@return a name for people: printable, on one line, shortened in the middle}
  String name() {
    if (bytes.length <= 2 * NAME_BYTES) {
      return shortened(printable(bytes));
    }
    // The ends are cut in whole characters of the text, so a split one at the seam never shows.
    byte[] head = Arrays.copyOf(bytes, NAME_BYTES);
    byte[] tail = Arrays.copyOfRange(bytes, bytes.length - NAME_BYTES, bytes.length);
    return shortened(printable(head) + printable(tail));
  }

  /// {@return the text with every control character and every byte that is no text made visible}
  static String printable(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    new String(bytes, StandardCharsets.UTF_8)
        .codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                  if (hidden(point)) {
                    text.append(String.format(point < 256 ? "\\x%02x" : "\\u{%x}", point));
                  } else {
                    text.appendCodePoint(point);
                  }
                }
              }
            });
    return text.toString();
  }

  @Override
  public String toString() {
    return "input " + number + " (" + name() + ")";
  }

  /// Format characters turn the direction of a line round, or make two names look the same.
  private static boolean hidden(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  private static String shortened(String text) {
    int length = text.codePointCount(0, text.length());
    if (length <= NAME_LENGTH) {
      return text;
    }
    int half = NAME_LENGTH / 2;
    int head = text.offsetByCodePoints(0, half);
    int tail = text.offsetByCodePoints(text.length(), 1 - half);
    return text.substring(0, head) + "…" + text.substring(tail);
  }
}
