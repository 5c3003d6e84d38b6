// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// The inputs of a run, one after the other, in bounded memory.
///
/// Invariants
///
/// 1. Nothing is read before it is asked for, and an input is handed out as soon as its end was
///    read: a slow pipe never holds back what it has already given.
/// 2. Of a line that is too long only the beginning is kept while the rest is skipped.
///
/// **Threads.** One reader, the caller; reading waits as long as the source does.
///
/// Locks: none.
final class Inputs implements Iterator<Input>, AutoCloseable {

  private static final int BUFFER = 65_536;
  private static final int KEPT_OF_TOO_LONG = 512;

  private final String source;
  private final InputStream stream;
  private final byte separator;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;

  private long number;
  private boolean ended;
  private @Nullable Input next;

  private Inputs(String source, InputStream stream, byte separator) {
    this.source = source;
    this.stream = stream;
    this.separator = separator;
  }

  /// {@return the words as inputs}
  ///
  /// @param words what stands after `:::`, see [RawArguments]
  static Iterator<Input> words(List<byte[]> words) {
    Iterator<byte[]> rest = words.iterator();
    return new Iterator<>() {
      private long number;

      @Override
      public boolean hasNext() {
        return rest.hasNext();
      }

      @Override
      public Input next() {
        return Input.of(++number, rest.next());
      }
    };
  }

  /// {@return the lines of a file}
  ///
  /// @param nul whether inputs end with NUL instead of newline
  static Inputs file(Path file, boolean nul) {
    if (Files.isDirectory(file)) {
      throw new UserError("The input file " + file + " is a folder: name a file with -a.");
    }
    try {
      return stream(file.toString(), Files.newInputStream(file), nul);
    } catch (NoSuchFileException missing) {
      throw new UserError("The input file " + file + " does not exist: check the path after -a.");
    } catch (AccessDeniedException denied) {
      throw new UserError("The input file " + file + " may not be read: check its permissions.");
    } catch (IOException failure) {
      throw new UserError("The input file " + file + " cannot be read: " + failure.getMessage());
    }
  }

  /// {@return how many lines a file has now, -1 if it can be read only once or not at all}
  static long count(Path file, boolean nul) {
    if (!Files.isRegularFile(file)) {
      return -1;
    }
    byte separator = (byte) (nul ? 0 : '\n');
    byte last = separator;
    long count = 0;
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] chunk = new byte[BUFFER];
      for (int n = stream.read(chunk); n > 0; n = stream.read(chunk)) {
        for (int i = 0; i < n; i++) {
          count += chunk[i] == separator ? 1 : 0;
        }
        last = chunk[n - 1];
      }
      return last == separator ? count : count + 1;
    } catch (IOException unreadable) {
      return -1; // whoever reads it for its inputs says so
    }
  }

  /// {@return the lines of standard input}
  ///
  /// Where it is closed, the first file that the JVM opens gets its number: its modules would be
  /// taken for a list.
  static Inputs standardInput(boolean nul) {
    if (isModules(Path.of("/proc/self/fd/0"))) {
      throw new UserError(
          "standard input is closed: give the inputs after :::, with -a FILE, or by a pipe");
    }
    return stream("standard input", System.in, nul);
  }

  private static boolean isModules(Path file) {
    try {
      Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
      return Files.exists(file) && Files.isSameFile(file, modules);
    } catch (IOException elsewhere) {
      return false;
    }
  }

  /// {@return the lines of a stream}
  ///
  /// @param source what to call the stream in messages
  /// @param stream closed with these inputs
  /// @param nul whether inputs end with NUL instead of newline
  static Inputs stream(String source, InputStream stream, boolean nul) {
    return new Inputs(source, stream, (byte) (nul ? 0 : '\n'));
  }

  /// {@return whether there is another input; waits for the source}
  @Override
  public boolean hasNext() {
    if (next == null && !ended) {
      try {
        next = read();
      } catch (IOException failure) {
        ended = true;
        throw new UncheckedIOException(
            "Reading inputs from "
                + source
                + " failed after input "
                + number
                + ": "
                + failure.getMessage(),
            failure);
      }
      ended = next == null;
    }
    return next != null;
  }

  @Override
  public Input next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException("no input after input " + number);
    }
    Input given = next;
    next = null;
    return given;
  }

  /// Closes the source.
  @Override
  public void close() throws IOException {
    ended = true;
    stream.close();
  }

  private @Nullable Input read() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    long length = 0;
    boolean terminated = false;
    while (!terminated && fill()) {
      int end = position;
      while (end < limit && buffer[end] != separator) {
        end++;
      }
      terminated = end < limit;
      int piece = end - position;
      // One byte more than allowed is enough to know; the rest is only counted.
      int room = (int) Math.max(0, Math.min(piece, Input.LONGEST + 1L - line.size()));
      line.write(buffer, position, room);
      length += piece;
      position = terminated ? end + 1 : end;
    }
    if (!terminated && length == 0) {
      return null;
    }
    number++;
    if (length > Input.LONGEST) {
      byte[] beginning = Arrays.copyOf(line.toByteArray(), KEPT_OF_TOO_LONG);
      return Input.tooLong(number, beginning, length);
    }
    return Input.of(number, line.toByteArray());
  }

  private boolean fill() throws IOException {
    if (position < limit) {
      return true;
    }
    position = 0;
    limit = 0;
    int count = stream.read(buffer);
    limit = Math.max(0, count);
    return count > 0;
  }
}
