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
/// file when it grows, so that memory stays bounded, or when it has to outlive this JVM. The folder
/// is the user's own.
///
/// **Threads.** The streams may be written by several threads, also by ones that a job has left
/// behind; what these print after [#keep], [#reset] or [#delete] goes nowhere. Once the job has
/// ended, any thread may call [#keep], which waits for the disk only, while another one copies or
/// deletes.
final class Spool {

  private static final int IN_MEMORY = 16 * 1024;
  private static final int CHUNK = 64 * 1024;

  private final Path folder;
  private final String name;
  private @Nullable Part output;
  private @Nullable Part errors;
  private volatile @Nullable IOException failure;
  private boolean foundEmpty;
  private boolean gone;
  private boolean over;
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
    output = output == null ? part(this::outputFile) : output;
    return output;
  }

  /// {@return where a Java job's error output goes}
  synchronized OutputStream errors() {
    errors = errors == null ? part(this::errorFile) : errors;
    return errors;
  }

  private Part part(Supplier<Path> file) {
    Part part = new Part(file);
    if (over) {
      part.end();
    }
    return part;
  }

  /// Throws away what an attempt has printed that is to be made again.
  synchronized void reset() {
    delete();
    failure = null;
    foundEmpty = false;
    gone = false;
    over = false;
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

  /// Brings what is in memory to the files, for somebody who will read them later, unless that was
  /// deleted. What cannot be brought there stays in memory.
  synchronized void keep() throws IOException {
    if (gone) {
      return;
    }
    over = true;
    if (output != null) {
      output.keep();
    }
    if (errors != null) {
      errors.keep();
    }
  }

  /// Copies the standard output.
  void copyOutput(OutputStream to) throws IOException {
    copy(inMemory(false), this::outputFile, to);
  }

  /// Copies the error output.
  void copyErrors(OutputStream to) throws IOException {
    copy(inMemory(true), this::errorFile, to);
  }

  private synchronized Optional<byte[]> inMemory(boolean ofErrors) {
    Part part = ofErrors ? errors : output;
    return part == null ? Optional.empty() : part.inMemory();
  }

  /// Plain streams throughout: a channel would be closed by an interrupt. No lock is held: whoever
  /// reads what is copied may never do so.
  private void copy(Optional<byte[]> memory, Supplier<Path> where, OutputStream to)
      throws IOException {
    if (memory.isPresent()) {
      to.write(memory.get());
      return;
    }
    if (!inFiles || !where.get().toFile().exists()) {
      return;
    }
    try (InputStream from = open(where.get())) {
      byte[] chunk = new byte[CHUNK];
      for (int n = read(from, chunk); n >= 0; n = read(from, chunk)) {
        to.write(chunk, 0, n);
      }
    }
  }

  private static InputStream open(Path file) throws Unreadable {
    try {
      return new FileInputStream(file.toFile());
    } catch (IOException e) {
      throw new Unreadable(e);
    }
  }

  private static int read(InputStream from, byte[] chunk) throws Unreadable {
    try {
      return from.read(chunk);
    } catch (IOException e) {
      throw new Unreadable(e);
    }
  }

  /// What a job has printed cannot be read, which says nothing of those to whom it is shown.
  static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreadable(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /// Removes the files; what is in memory is forgotten with the spool.
  synchronized void delete() {
    gone = true;
    over = true;
    if (output != null) {
      output.end();
    }
    if (errors != null) {
      errors.end();
    }
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
    private boolean inMemory = true;
    private boolean ended;

    Part(Supplier<Path> file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) throws IOException {
      if (ended) {
        return;
      }
      try {
        add(bytes, from, count);
      } catch (IOException e) {
        failure = e; // a PrintStream, which most jobs use, tells nobody
        throw e;
      }
    }

    private void add(byte[] bytes, int from, int count) throws IOException {
      if (spilled == null && memory.size() + count > IN_MEMORY) {
        spilled = spill();
      }
      length += count;
      if (spilled == null) {
        memory.write(bytes, from, count);
      } else {
        spilled.write(bytes, from, count);
      }
    }

    synchronized long length() {
      return length;
    }

    /// {@return the file, with all that was in memory}
    private OutputStream spill() throws IOException {
      OutputStream to = new FileOutputStream(file.get().toFile());
      boolean whole = false;
      try {
        memory.writeTo(to);
        whole = true;
      } finally {
        if (!whole) {
          to.close();
        }
      }
      memory = new ByteArrayOutputStream(0);
      inMemory = false;
      return to;
    }

    synchronized void keep() throws IOException {
      try {
        if (inMemory && length > 0) {
          spilled = spill();
        }
      } finally {
        end();
      }
    }

    /// The job has ended.
    synchronized void end() {
      ended = true;
      if (spilled != null) {
        letGo(spilled);
        spilled = null;
      }
    }

    synchronized Optional<byte[]> inMemory() {
      return inMemory ? Optional.of(memory.toByteArray()) : Optional.empty();
    }
  }

  /// What was written is in the file, whether or not this works.
  private static void letGo(OutputStream file) {
    try {
      file.close();
    } catch (IOException e) {
      Complaints.sayWithoutWaiting("a file of output cannot be closed: " + e.getMessage());
    }
  }
}
