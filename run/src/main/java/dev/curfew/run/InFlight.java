// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/// The markers of the jobs that run now, in a small file that outlives a kill of this JVM.
///
/// Invariants
///
/// 1. Each line is blank or the marker of one job; it is written before the job's process starts
///    and blanked when the attempt is over.
/// 2. The file is as long at the start as it ever gets, so that writing to it cannot fail later.
///
/// **Cost.** The file is mapped: a job costs two writes to memory.
///
/// Locks: the own monitor.
final class InFlight {

  private static final int LINE = 64;
  private static final int MOST = 4_096;

  private final Path file;
  private final MemorySegment lines;

  // guarded by this
  private final Deque<Integer> free = new ArrayDeque<>();
  private int used;

  /// Makes the file.
  ///
  /// @param file a new file in a folder of the user's own
  InFlight(Path file) throws IOException {
    this.file = file;
    byte[] blank = new byte[LINE * MOST];
    Arrays.fill(blank, (byte) ' ');
    for (int end = LINE - 1; end < blank.length; end += LINE) {
      blank[end] = '\n';
    }
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, blank);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      lines = channel.map(FileChannel.MapMode.READ_WRITE, 0, blank.length, Arena.ofAuto());
    }
  }

  /// A job is about to start.
  ///
  /// @return its line, -1 if there are too many at a time
  synchronized int enter(String marker) {
    if (free.isEmpty() && used == MOST) {
      return -1;
    }
    int line = free.isEmpty() ? used++ : free.pop();
    write(line, marker);
    return line;
  }

  /// A job is over.
  ///
  /// @param line from [#enter(String)]
  synchronized void leave(int line) {
    if (line >= 0) {
      write(line, "");
      free.push(line);
    }
  }

  private void write(int line, String marker) {
    byte[] text = Arrays.copyOf(marker.getBytes(StandardCharsets.US_ASCII), LINE - 1);
    for (int i = marker.length(); i < text.length; i++) {
      text[i] = ' ';
    }
    MemorySegment.copy(text, 0, lines, ValueLayout.JAVA_BYTE, (long) line * LINE, text.length);
  }

  /// Removes the file; what is left behind may still write to what was mapped.
  void remove() throws IOException {
    Files.deleteIfExists(file);
  }
}
