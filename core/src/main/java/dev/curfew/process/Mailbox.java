// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.process.IsolatedException.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// How arguments get to a task in another JVM, and its answer back: two files of a private folder.
///
/// Invariants
///
/// 1. The answer is moved into its place when it is whole: if it is there, it is complete.
/// 2. Nothing is deserialised but behind the filter of the types that the task declares; of a
///    failure only text is read.
///
/// Locks: none.
///
/// @param folder of this user alone, and emptied when it is closed
record Mailbox(Path folder) implements AutoCloseable {
  private static final String ARGUMENTS = "arguments";
  private static final String ANSWER = "answer";
  private static final int VALUE = 1;
  private static final int FAILURE = 2;
  private static final int LARGEST = 64 << 20;
  private static final int LONGEST_TEXT = 16_000;

  /// What a task came to.
  sealed interface Answer {}

  record Value(Object value) implements Answer {}

  record Failure(String type, String message, String stack) implements Answer {}

  static Mailbox create() throws IOException {
    return new Mailbox(
        Files.createTempDirectory("curfew-isolated-" + ProcessHandle.current().pid() + "-"));
  }

  void put(Serializable arguments) throws IOException {
    try (var out = new ObjectOutputStream(Files.newOutputStream(folder.resolve(ARGUMENTS)))) {
      out.writeObject(arguments);
    }
  }

  Object take(CarriedTypes types) throws IOException, ClassNotFoundException {
    return read(Files.readAllBytes(folder.resolve(ARGUMENTS)), 0, types);
  }

  void answer(Object value) throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(VALUE);
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    put(bytes);
  }

  void fail(Failure failure) throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(FAILURE);
    try (var out = new DataOutputStream(bytes)) {
      for (String text : List.of(failure.type, failure.message, failure.stack)) {
        out.writeUTF(text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text);
      }
    }
    put(bytes);
  }

  private void put(ByteArrayOutputStream bytes) throws IOException {
    Path part = folder.resolve("part");
    Files.write(part, bytes.toByteArray());
    Files.move(part, folder.resolve(ANSWER), StandardCopyOption.ATOMIC_MOVE);
  }

  boolean isAnswered() {
    return Files.exists(folder.resolve(ANSWER));
  }

  /// {@return what the task has answered, or that it cannot be taken}
  Answer answer(String name, CarriedTypes types) {
    Path file = folder.resolve(ANSWER);
    try {
      if (Files.size(file) > LARGEST) {
        throw new IOException("it has " + Files.size(file) + " bytes, and 64 MB is the most");
      }
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length > 0 && bytes[0] == VALUE) {
        return new Value(types.checkedAnswer(read(bytes, 1, types)));
      }
      try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
        if (in.readByte() != FAILURE) {
          throw new IOException("it is not one of ours");
        }
        return new Failure(in.readUTF(), in.readUTF(), in.readUTF());
      }
    } catch (IOException | ClassNotFoundException | ClassCastException e) {
      var refused =
          new IsolatedException(
              Kind.REFUSED, "the answer of " + name + " is refused: " + e.getMessage(), "", "");
      refused.initCause(e);
      throw refused;
    }
  }

  private static Object read(byte[] bytes, int from, CarriedTypes types)
      throws IOException, ClassNotFoundException {
    var raw = new ByteArrayInputStream(bytes, from, bytes.length - from);
    try (var in = new FromLoader(raw, types.loader())) {
      in.setObjectInputFilter(types.filter(bytes.length));
      return in.readObject();
    }
  }

  /// Finds classes where the task has them from.
  private static final class FromLoader extends ObjectInputStream {
    private final ClassLoader loader;

    FromLoader(InputStream in, ClassLoader loader) throws IOException {
      super(in);
      this.loader = loader;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(description.getName(), false, loader);
      } catch (ClassNotFoundException primitive) {
        return super.resolveClass(description);
      }
    }
  }

  /// What is left in it is of no use to anybody.
  @Override
  public void close() {
    String[] names = folder.toFile().list();
    for (String name : names == null ? new String[0] : names) {
      boolean _ = folder.resolve(name).toFile().delete();
    }
    boolean _ = folder.toFile().delete();
  }
}
