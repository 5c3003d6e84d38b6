// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Gives every Java job its own standard output and error while it runs in this JVM.
///
/// The streams of the JVM are replaced by ones that look up where the calling thread prints. A
/// thread inherits that from the one that made it, so the threads and forks of a job print into its
/// spool. What a thread prints after its job has ended goes to the standard error of the JVM.
///
/// Installing is undone by [#close].
final class Console implements AutoCloseable {

  private static final InheritableThreadLocal<@Nullable Sink> SINK = new Sinks();

  private final PrintStream realOutput = System.out;
  private final PrintStream realErrors = System.err;

  private Console() {}

  static Console install() {
    Console console = new Console();
    System.setOut(console.stream(false));
    System.setErr(console.stream(true));
    return console;
  }

  private PrintStream stream(boolean errors) {
    return new PrintStream(new Switch(errors), true, StandardCharsets.UTF_8);
  }

  /// From here on the calling thread, and those it makes, print into this spool.
  void begin(Spool spool) {
    SINK.set(new Sink(spool));
  }

  /// The calling thread's job has ended.
  ///
  /// @return whether threads were made that print where it did
  boolean end() {
    Sink mine = SINK.get();
    SINK.remove();
    if (mine == null) {
      return false;
    }
    mine.ended = true;
    return mine.inherited;
  }

  @Override
  public void close() {
    System.setOut(realOutput);
    System.setErr(realErrors);
  }

  /// Notes when a thread is made by one that has a sink.
  private static final class Sinks extends InheritableThreadLocal<@Nullable Sink> {
    @Override
    protected @Nullable Sink childValue(@Nullable Sink parents) {
      if (parents != null) {
        parents.inherited = true;
      }
      return parents;
    }
  }

  private static final class Sink {
    final Spool spool;
    volatile boolean ended;
    volatile boolean inherited;

    Sink(Spool spool) {
      this.spool = spool;
    }
  }

  /// Decides for each piece of output where it goes.
  private final class Switch extends OutputStream {

    private final boolean errors;

    Switch(boolean errors) {
      this.errors = errors;
    }

    private OutputStream target() {
      Sink mine = SINK.get();
      if (mine == null) {
        return errors ? realErrors : realOutput;
      }
      if (mine.ended) {
        return realErrors;
      }
      return errors ? mine.spool.errors() : mine.spool.output();
    }

    @Override
    public void write(int b) throws IOException {
      target().write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      target().write(bytes, from, count);
    }

    @Override
    public void flush() throws IOException {
      target().flush();
    }
  }
}
