// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.Curfew;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Reads what a child writes into its output file, while it does or afterwards.
///
/// Nothing can hold a reader up: there is no pipe, so it does not matter who keeps the file open.
/// Nothing is kept in memory but what is asked for.
public final class Output {
  private Output() {}

  /// {@return the end of a file as text, from a whole character on; empty if there is none yet}
  ///
  /// @param file such as the output of a [Command]
  /// @param bytes how much of it at most
  public static String tail(Path file, int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("the end of a file cannot have " + bytes + " bytes");
    }
    return read(file, Math.max(0, file.toFile().length() - bytes), bytes);
  }

  /// Reads a file as it grows, from its beginning.
  ///
  /// ```java
  /// Fork<Exit> make = ChildProcess.fork(scope, "make", Command.of("make").withOutput(log));
  /// try (var said = new Scanner(Output.follow(log, make::hasEnded))) {
  ///   said.forEachRemaining(this::show);
  /// }
  /// ```
  ///
  /// The stream ends with the writer: what the file held when that ended is read, and what others
  /// write later is not.
  ///
  /// **Stopping.** A read waits until there is more or the writer has ended; a stop of the reader's
  /// scope ends it with [StoppedException].
  ///
  /// **Cost.** Looks at the file after pauses that grow from 1 to 50 ms.
  ///
  /// @param file such as the output of a [Command]; may not be there yet
  /// @param ended whether the writer has: `fork::hasEnded`, or `() -> child.exit().isPresent()`
  /// @return the bytes, for one thread at a time; to be closed
  public static InputStream follow(Path file, BooleanSupplier ended) {
    return new Following(file, ended);
  }

  /// {@return a piece of a file as text, empty if there is none}
  static String read(Path file, long from, int most) {
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[Math.clamp(in.length() - from, 0, most)];
      in.seek(from);
      int length = 0;
      for (int some = 0; some >= 0 && length < bytes.length; length += Math.max(0, some)) {
        some = in.read(bytes, length, bytes.length - length);
      }
      int begin = 0;
      while (from > 0 && begin < Math.min(3, length) && (bytes[begin] & 0xC0) == 0x80) {
        begin++; // the rest of a character
      }
      return new String(bytes, begin, length - begin, StandardCharsets.UTF_8);
    } catch (IOException notThere) {
      return "";
    }
  }

  /// Reads with [RandomAccessFile], which no interrupt closes.
  private static final class Following extends InputStream {
    private static final Duration LONGEST = Duration.ofMillis(50);

    private final Path file;
    private final BooleanSupplier ended;
    private @Nullable RandomAccessFile in;
    private long end = -1;
    private boolean closed;

    Following(Path file, BooleanSupplier ended) {
      this.file = file;
      this.ended = ended;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      Duration pause = Duration.ofMillis(1);
      while (length > 0) {
        if (closed) {
          throw new IOException("the reader of " + file + " is closed");
        }
        if (end < 0 && ended.getAsBoolean()) {
          end = file.toFile().length(); // asked first: what was written before is in the file
        }
        int count = some(bytes, offset, length);
        if (count > 0 || end >= 0) {
          return count > 0 ? count : -1;
        }
        Curfew.sleep(pause);
        pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
      }
      return 0;
    }

    private int some(byte[] bytes, int offset, int length) throws IOException {
      if (in == null && file.toFile().exists()) {
        in = new RandomAccessFile(file.toFile(), "r");
      }
      if (in == null) {
        return 0;
      }
      long left = end < 0 ? length : Math.min(length, end - in.getFilePointer());
      return left <= 0 ? 0 : in.read(bytes, offset, (int) left);
    }

    @Override
    public void close() throws IOException {
      closed = true;
      if (in != null) {
        in.close();
      }
    }
  }
}
