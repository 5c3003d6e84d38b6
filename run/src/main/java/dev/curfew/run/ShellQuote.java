// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Writes words so that a shell reads them back unchanged.
final class ShellQuote {

  private static final Pattern BARE = Pattern.compile("[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*");

  private ShellQuote() {}

  /// {@return the word in quotes where it needs them}
  ///
  /// Control characters and bytes that are no text come as `$'\033'`, which a terminal cannot act
  /// on.
  static String quote(byte[] word) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(word)).toString();
      if (BARE.matcher(text).matches()) {
        return text;
      }
      if (Input.printable(word).equals(text)) {
        return "'" + text.replace("'", "'\\''") + "'";
      }
    } catch (CharacterCodingException notText) {
      return escaped(word);
    }
    return escaped(word);
  }

  private static String escaped(byte[] word) {
    StringBuilder quoted = new StringBuilder("$'");
    for (byte b : word) {
      switch (b) {
        case '\n' -> quoted.append("\\n");
        case '\'', '\\' -> quoted.append('\\').append((char) b);
        default -> {
          if (b >= ' ' && b < 127) {
            quoted.append((char) b);
          } else {
            quoted.append(String.format("\\%03o", b & 0xff));
          }
        }
      }
    }
    return quoted.append('\'').toString();
  }
}
