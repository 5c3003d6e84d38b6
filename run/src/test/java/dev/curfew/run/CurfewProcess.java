// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The real program in a JVM of its own, its streams in files.
final class CurfewProcess implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(50);

  private final Process process;
  private final Path output;
  private final Path errors;

  CurfewProcess(Process process, Path output, Path errors) {
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  long pid() {
    return process.pid();
  }

  /// Sends signals to the program, and to nothing else.
  /// Several come as close upon each other as they can.
  void signal(String... names) throws IOException, InterruptedException {
    assertThat(process.isAlive()).as("the program still runs: " + errors()).isTrue();
    String kills =
        Stream.of(names)
            .map(name -> "kill -" + name + " " + pid())
            .collect(Collectors.joining(" && "));
    Process kill = new ProcessBuilder("sh", "-c", kills).start();
    assertThat(kill.waitFor(LIMIT)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }

  /// Kills the program as `kill -9` does, and waits until it is gone; what it started lives on.
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(LIMIT)).isTrue();
  }

  int awaitExit() throws InterruptedException {
    assertThat(process.waitFor(LIMIT)).as("the program has ended; it said: " + errors()).isTrue();
    return process.exitValue();
  }

  /// Waits until the program has said something on standard error.
  void awaitErrors(String part) {
    Await.until(
        "'" + part + "' is said", LIMIT, () -> !process.isAlive() || errors().contains(part));
    assertThat(errors()).contains(part);
  }

  String output() {
    return text(output);
  }

  List<String> outputLines() {
    return output().lines().toList();
  }

  String errors() {
    return text(errors);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Leaves nothing behind when a test fails half-way.
  @Override
  public void close() {
    if (process.isAlive()) {
      process.descendants().toList().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      Await.until("the program is gone", LIMIT, () -> !process.isAlive());
    }
  }
}
