// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
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

  private final Path folder;
  private final String name;
  private @Nullable Part output;
  private @Nullable Part errors;
  private volatile @Nullable IOException failure;
  private boolean foundEmpty;
  private volatile boolean inFiles; // most Java jobs print nothing, and need no look at the disk

  /// A spool; no file is made here.
  Spool(Path folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  /// {@return what an earlier run has left in its files}
  static Spool left(Path folder, String name) {
    Spool spool = new Spool(folder, name);
    spool.inFiles = true;
    return spool;
  }

  Path outputFile() {
    inFiles = true;
    return folder.resolve(name + ".out");
  }

  Path errorFile() {
    inFiles = true;
    return folder.resolve(name + ".err");
  }

  /// {@return why something that a Java job printed could not be kept, empty if all was}
  Optional<String> problem() {
    IOException first = failure;
    return first == null
        ? Optional.empty()
        : Optional.of("its output could not be kept in " + folder + ": " + first.getMessage());
  }

  /// {@return where a Java job's standard output goes}
  synchronized OutputStream output() {
    output = output == null ? new Part(this::outputFile) : output;
    return output;
  }

  /// {@return where a Java job's error output goes}
  synchronized OutputStream errors() {
    errors = errors == null ? new Part(this::errorFile) : errors;
    return errors;
  }

  /// Throws away what an attempt has printed that is to be made again.
  void reset() {
    delete();
    failure = null;
    foundEmpty = false;
    output = null;
    errors = null;
  }

  /// {@return whether the job, which has ended, has printed nothing}
  synchronized boolean isEmpty() {
    if (!foundEmpty) { // asked twice for each job, and most print nothing
      foundEmpty = length(output, this::outputFile) == 0 && length(errors, this::errorFile) == 0;
    }
    return foundEmpty;
  }

  /// {@return how many bytes of standard output there are}
  synchronized long outputLength() {
    return length(output, this::outputFile);
  }

  private long length(@Nullable Part part, Supplier<Path> file) {
    if (part != null) {
      return part.length();
    }
    return inFiles ? file.get().toFile().length() : 0;
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
    copy(output, this::outputFile, to);
  }

  /// Copies the error output.
  void copyErrors(OutputStream to) throws IOException {
    copy(errors, this::errorFile, to);
  }

  /// Plain streams throughout: a channel would be closed by an interrupt.
  private void copy(@Nullable Part part, Supplier<Path> where, OutputStream to) throws IOException {
    boolean copied = part != null && part.copyMemory(to);
    if (copied || !inFiles || !where.get().toFile().exists()) {
      return;
    }
    try (InputStream from = new FileInputStream(where.get().toFile())) {
      byte[] chunk = new byte[CHUNK];
      for (int n = from.read(chunk); n >= 0; n = from.read(chunk)) {
        to.write(chunk, 0, n);
      }
    }
  }

  /// Removes the files; what is in memory is forgotten with the spool.
  void delete() {
    if (!inFiles) {
      return;
    }
    for (Path file : new Path[] {outputFile(), errorFile()}) {
      boolean _ = file.toFile().delete(); // most jobs print little, and have no second file
    }
  }

  /// One stream of a Java job.
  private final class Part extends OutputStream {

    private final Supplier<Path> file;

    // guarded by this
    private ByteArrayOutputStream memory = new ByteArrayOutputStream(256);
    private @Nullable OutputStream spilled;
    private long length;

    Part(Supplier<Path> file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) throws IOException {
      try {
        keep(bytes, from, count);
      } catch (IOException e) {
        failure = e; // a PrintStream, which most jobs use, tells nobody
        throw e;
      }
    }

    private void keep(byte[] bytes, int from, int count) throws IOException {
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
        spilled = new FileOutputStream(file.get().toFile());
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
