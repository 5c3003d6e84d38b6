// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a run prints: the streams of this process, kept clear of the line that tells how far it
/// is.
///
/// While it is open [System#err] goes through it as well; [#close] gives that back.
final class Screen implements AutoCloseable {

  private final OutputStream output;
  private final OutputStream errors;
  private final @Nullable StatusLine line;
  private final @Nullable Terminal terminal;
  private final PrintStream before = System.err;

  private Screen(
      OutputStream output,
      OutputStream errors,
      @Nullable StatusLine line,
      @Nullable Terminal terminal) {
    this.output = output;
    this.errors = errors;
    this.line = line;
    this.terminal = terminal;
    if (line != null) {
      System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    }
  }

  /// {@return the streams of this process}
  ///
  /// @param withLine whether there is to be a line if standard error is a terminal
  static Screen open(boolean withLine) {
    OutputStream output = new FileOutputStream(FileDescriptor.out);
    OutputStream errors = new FileOutputStream(FileDescriptor.err);
    Map<String, String> environment = System.getenv();
    Optional<Terminal> terminal = withLine ? Terminal.behind(2, environment) : Optional.empty();
    if (terminal.isEmpty()) {
      return new Screen(output, errors, null, null);
    }
    StatusLine line = new StatusLine(errors);
    boolean both = Terminal.behind(1, environment).isPresent();
    return new Screen(both ? line.over(output) : output, line.over(errors), line, terminal.get());
  }

  OutputStream output() {
    return output;
  }

  OutputStream errors() {
    return errors;
  }

  /// {@return the line, null if there is none}
  @Nullable StatusLine line() {
    return line;
  }

  /// {@return the terminal with the line, null if there is none}
  @Nullable Terminal terminal() {
    return terminal;
  }

  @Override
  public void close() {
    if (line != null) {
      System.setErr(before);
    }
  }
}
