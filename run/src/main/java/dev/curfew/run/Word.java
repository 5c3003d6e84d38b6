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
/// @param pieces what stands before, between and after the places; one more than places
/// @param places what stands between the pieces
record Word(List<String> pieces, List<Placeholder> places) {

  /// What is replaced by the input.
  static final String PLACE = Placeholder.INPUT.token;

  Word {
    pieces = List.copyOf(pieces);
    places = List.copyOf(places);
  }

  /// {@return the word with every placeholder in it as a place}
  static Word of(String latin1) {
    Builder word = new Builder();
    for (int at = 0; at < latin1.length(); ) {
      Placeholder here = Placeholder.at(latin1, at);
      if (here == null) {
        word.append(latin1.charAt(at++));
      } else {
        word.place(here);
        at += here.token.length();
      }
    }
    return word.build();
  }

  /// {@return the word that a text makes}
  static Word ofText(String text) {
    return of(latin1(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// {@return the text that the word was made of}
  String typed() {
    StringBuilder typed = new StringBuilder(pieces.getFirst());
    for (int i = 0; i < places.size(); i++) {
      typed.append(places.get(i).token).append(pieces.get(i + 1));
    }
    return new String(
        typed.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /// {@return a word without places}
  static Word fixed(String latin1) {
    return new Word(List.of(latin1), List.of());
  }

  /// {@return the word that a placeholder makes alone}
  static Word of(Placeholder place) {
    return new Word(List.of("", ""), List.of(place));
  }

  boolean hasInput() {
    return !places.isEmpty();
  }

  /// {@return the word with `{}` at every place, whatever part of the input comes there}
  String text() {
    return String.join(PLACE, pieces);
  }

  /// {@return the word for an input}
  ///
  /// @param slot see [Placeholder#of]
  byte[] fill(Input input, int slot) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < pieces.size(); i++) {
      if (i > 0) {
        bytes.writeBytes(places.get(i - 1).of(input, slot));
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
    private final List<Placeholder> places = new ArrayList<>();
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

    void place(Placeholder place) {
      pieces.add(piece.toString());
      places.add(place);
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
      return !places.isEmpty();
    }

    Word build() {
      pieces.add(piece.toString());
      Word word = new Word(pieces, places);
      clear();
      return word;
    }

    void clear() {
      pieces.clear();
      places.clear();
      piece.setLength(0);
      begun = false;
    }
  }
}
