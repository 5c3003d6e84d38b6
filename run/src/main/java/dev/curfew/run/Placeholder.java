// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What stands in a command for the input, for a part of its path, or for a number; the words are
/// GNU parallel's, and so is what they make of odd paths.
///
/// Everything is done on bytes, for a path need not be text.
enum Placeholder {
  /// The input.
  INPUT("{}"),
  /// Without its extension.
  STEM("{.}"),
  /// Without its folder.
  BASE("{/}"),
  /// Its folder.
  FOLDER("{//}"),
  /// Without folder and extension.
  BASE_STEM("{/.}"),
  /// The place of the input in the list, 1 for the first.
  NUMBER("{#}"),
  /// A number from 1 to `--jobs` that no other running job has.
  SLOT("{%}");

  /// No slot is taken: the command is only shown.
  static final int NO_SLOT = 0;

  final String token;

  Placeholder(String token) {
    this.token = token;
  }

  /// {@return the placeholder that begins at this index, null if none does}
  static @Nullable Placeholder at(String text, int index) {
    if (index < text.length() && text.charAt(index) == '{') {
      for (Placeholder each : values()) {
        if (text.startsWith(each.token, index)) {
          return each;
        }
      }
    }
    return null;
  }

  /// {@return whether there is one anywhere in the text}
  static boolean isIn(String text) {
    return Arrays.stream(values()).anyMatch(each -> text.contains(each.token));
  }

  /// {@return what takes its place}
  ///
  /// @param slot of the job, [#NO_SLOT] to leave `{%}` as it is
  byte[] of(Input input, int slot) {
    byte[] path = input.bytes();
    return switch (this) {
      case INPUT -> path;
      case STEM -> stem(path);
      case BASE -> base(path);
      case FOLDER -> folder(path);
      case BASE_STEM -> stem(base(path));
      case NUMBER -> ascii(Long.toString(input.number()));
      case SLOT -> ascii(slot == NO_SLOT ? token : Integer.toString(slot));
    };
  }

  private static byte[] stem(byte[] path) {
    int dot = last(path, '.', path.length);
    return dot > last(path, '/', path.length) ? Arrays.copyOf(path, dot) : path;
  }

  private static byte[] base(byte[] path) {
    return Arrays.copyOfRange(path, last(path, '/', path.length) + 1, path.length);
  }

  /// As `dirname` has it: slashes at the end do not count.
  private static byte[] folder(byte[] path) {
    int slash = last(path, '/', withoutSlashes(path, path.length));
    if (slash < 0) {
      return ascii(path.length > 0 && path[0] == '/' ? "/" : ".");
    }
    int end = withoutSlashes(path, slash);
    return end == 0 ? ascii("/") : Arrays.copyOf(path, end);
  }

  private static int withoutSlashes(byte[] path, int end) {
    int length = end;
    while (length > 0 && path[length - 1] == '/') {
      length--;
    }
    return length;
  }

  private static int last(byte[] path, char wanted, int before) {
    int index = before - 1;
    while (index >= 0 && path[index] != wanted) {
      index--;
    }
    return index;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
