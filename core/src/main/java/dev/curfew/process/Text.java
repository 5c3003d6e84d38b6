// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

/// Names that come from outside, made fit for terminals and log lines.
final class Text {
  private static final int LONGEST = 1_000;

  private Text() {}

  /// {@return the text without control characters, and not longer than 1,000 characters}
  static String printable(String text) {
    if (isPlain(text)) {
      return text;
    }
    String shown = text.length() > LONGEST ? text.substring(0, cut(text)) + "..." : text;
    var clean = new StringBuilder(shown.length());
    shown.codePoints().map(c -> isShown(c) ? c : '?').forEach(clean::appendCodePoint);
    return clean.toString();
  }

  /// Never inside of a character.
  private static int cut(String text) {
    return Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
  }

  private static boolean isShown(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE -> false;
      default -> true;
    };
  }

  private static boolean isPlain(String text) {
    boolean plain = text.length() <= LONGEST;
    for (int i = 0; plain && i < text.length(); i++) {
      plain = text.charAt(i) >= ' ' && text.charAt(i) < 127;
    }
    return plain;
  }
}
