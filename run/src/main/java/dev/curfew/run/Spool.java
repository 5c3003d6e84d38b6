// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What one job printed, kept whole until it is shown.
///
/// A process writes to two files by itself. A Java job's output is kept in memory and moves to a
/// file when it grows, so that memory stays bounded. The folder is the user's own.
///
/// **Threads.** The streams may be written by several threads; the rest is called by one.
final class Spool {

  private static final int IN_MEMORY = 16 * 1024;
  private static final int CHUNK = 64 * 1024;

  private final Path outputFile;
  private final Path errorFile;
  private @Nullable Part output;
  private @Nullable Part errors;

  /// A spool with these files; none is made here.
  Spool(Path folder, String name) {
    outputFile = folder.resolve(name + ".out");
    errorFile = folder.resolve(name + ".err");
  }

  Path outputFile() {
    return outputFile;
  }

  Path errorFile() {
    return errorFile;
  }

  /// {@return where a Java job's standard output goes}
  synchronized OutputStream output() {
    output = output == null ? new Part(outputFile) : output;
    return output;
  }

  /// {@return where a Java job's error output goes}
  synchronized OutputStream errors() {
    errors = errors == null ? new Part(errorFile) : errors;
    return errors;
  }

  /// Throws away what an attempt has printed that is to be made again.
  void reset() {
    delete();
    output = null;
    errors = null;
  }

  synchronized boolean isEmpty() {
    return length(output, outputFile) == 0 && length(errors, errorFile) == 0;
  }

  private static long length(@Nullable Part part, Path file) {
    return part == null ? file.toFile().length() : part.length();
  }

  /// Brings what is in memory to the files, for somebody who will read them later.
  synchronized void keep() throws IOException {
    if (output != null) {
      output.spill();
    }
    if (errors != null) {
      errors.spill();
    }
  }

  /// Copies the standard output.
  void copyOutput(OutputStream to) throws IOException {
    copy(output, outputFile, to);
  }

  /// Copies the error output.
  void copyErrors(OutputStream to) throws IOException {
    copy(errors, errorFile, to);
  }

  /// Plain streams throughout: a channel would be closed by an interrupt.
  private static void copy(@Nullable Part part, Path file, OutputStream to) throws IOException {
    boolean copied = part != null && part.copyMemory(to);
    if (copied || !file.toFile().exists()) {
      return;
    }
    try (InputStream from = new FileInputStream(file.toFile())) {
      byte[] chunk = new byte[CHUNK];
      for (int n = from.read(chunk); n >= 0; n = from.read(chunk)) {
        to.write(chunk, 0, n);
      }
    }
  }

  /// Removes the files; what is in memory is forgotten with the spool.
  void delete() {
    for (Path file : new Path[] {outputFile, errorFile}) {
      boolean _ = file.toFile().delete(); // most jobs print little, and have no second file
    }
  }

  /// One stream of a Java job.
  private static final class Part extends OutputStream {

    private final Path file;

    // guarded by this
    private ByteArrayOutputStream memory = new ByteArrayOutputStream(256);
    private @Nullable OutputStream spilled;
    private long length;

    Part(Path file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) throws IOException {
      length += count;
      if (spilled == null && memory.size() + count > IN_MEMORY) {
        spill();
      }
      if (spilled == null) {
        memory.write(bytes, from, count);
      } else {
        spilled.write(bytes, from, count);
      }
    }

    synchronized long length() {
      return length;
    }

    synchronized void spill() throws IOException {
      if (spilled == null) {
        spilled = new FileOutputStream(file.toFile());
        memory.writeTo(spilled);
        memory = new ByteArrayOutputStream(0);
      }
    }

    synchronized boolean copyMemory(OutputStream to) throws IOException {
      if (spilled == null) {
        memory.writeTo(to);
        return true;
      }
      return false;
    }

    @Override
    public synchronized void close() throws IOException {
      if (spilled != null) {
        spilled.close();
      }
    }
  }
}
