// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// One line at the bottom of a terminal, redrawn in place. What else goes to the terminal goes
/// through a stream of [#over], which takes the line away before.
///
/// Invariants
///
/// 1. While somebody writes over it the line is away, and nothing draws it.
/// 2. The line begins at the left edge: if the last output did not end its line, that is done
///    first.
/// 3. It is never wider than the terminal, so that one line is all there is to take away.
///
/// Locks: this, held while the line itself is written, never while other output is.
final class StatusLine {

  private static final String BACK = "\r\033[K";

  private final OutputStream terminal;

  // guarded by this
  private int writers;
  private boolean shown;
  private boolean lineOpen;

  /// A line that is not shown yet.
  ///
  /// @param terminal to the terminal
  StatusLine(OutputStream terminal) {
    this.terminal = terminal;
  }

  /// Shows a text in place of the one before, unless somebody writes at this moment.
  ///
  /// @param text without control characters but those of colour
  synchronized void draw(String text) throws IOException {
    if (writers > 0) {
      return;
    }
    send((lineOpen ? "\n" : "\r") + text + "\033[K");
    lineOpen = false;
    shown = true;
  }

  /// Takes the line away.
  synchronized void clear() throws IOException {
    if (shown) {
      send(BACK);
      shown = false;
    }
  }

  private void send(String text) throws IOException {
    terminal.write(text.getBytes(StandardCharsets.UTF_8));
    terminal.flush();
  }

  private synchronized void begin() throws IOException {
    writers++;
    clear();
  }

  private synchronized void end(byte last) {
    writers--;
    lineOpen = last != '\n';
  }

  /// {@return a stream to the same terminal that takes the line away while it writes}
  OutputStream over(OutputStream to) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        if (count == 0) {
          return;
        }
        begin();
        try {
          to.write(bytes, from, count);
        } finally {
          end(bytes[from + count - 1]);
        }
      }

      @Override
      public void flush() throws IOException {
        to.flush();
      }
    };
  }

  /// About right, and never too narrow for what names are made of.
  private static boolean isWide(int point) {
    return point >= 0x1f300 || (point >= 0x1100 && Character.isLetter(point));
  }

  /// {@return the text, cut so that it takes at most so many columns}
  static String fit(String text, int columns) {
    int taken = 0;
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      taken += isWide(point) ? 2 : 1;
      if (taken > columns) {
        return text.substring(0, at);
      }
      at += Character.charCount(point);
    }
    return text;
  }
}
