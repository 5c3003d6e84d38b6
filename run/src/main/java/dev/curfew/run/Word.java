// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// One word of a command, after the shell's quotes were taken off.
///
/// Characters stand for single bytes here (Latin-1), so that a command of any encoding comes
/// through.
///
/// @param pieces what stands before, between and after the places of the input; at least one
record Word(List<String> pieces) {

  /// What is replaced by the input.
  static final String PLACE = "{}";

  Word {
    pieces = List.copyOf(pieces);
  }

  /// {@return the word with every `{}` in it as a place}
  static Word of(String latin1) {
    return new Word(List.of(latin1.split("\\{}", -1)));
  }

  boolean hasInput() {
    return pieces.size() > 1;
  }

  /// {@return the word with `{}` at the places of the input}
  String text() {
    return String.join(PLACE, pieces);
  }

  byte[] fill(byte[] input) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < pieces.size(); i++) {
      if (i > 0) {
        bytes.writeBytes(input);
      }
      bytes.writeBytes(pieces.get(i).getBytes(StandardCharsets.ISO_8859_1));
    }
    return bytes.toByteArray();
  }

  static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /// {@return text for people from the inner form}
  static String shown(String latin1) {
    return Input.printable(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// Collects a word piece by piece.
  static final class Builder {
    private final List<String> pieces = new ArrayList<>();
    private final StringBuilder piece = new StringBuilder();
    private boolean begun;

    void append(char c) {
      piece.append(c);
      begun = true;
    }

    void append(String text) {
      piece.append(text);
      begun = true;
    }

    /// Notes that there is a word even if it stays empty, as `''` does.
    void begin() {
      begun = true;
    }

    void place() {
      pieces.add(piece.toString());
      piece.setLength(0);
      begun = true;
    }

    boolean begun() {
      return begun;
    }

    /// {@return what was collected since the last place}
    String tail() {
      return piece.toString();
    }

    boolean hasPlace() {
      return !pieces.isEmpty();
    }

    Word build() {
      pieces.add(piece.toString());
      Word word = new Word(pieces);
      clear();
      return word;
    }

    void clear() {
      pieces.clear();
      piece.setLength(0);
      begun = false;
    }
  }
}
