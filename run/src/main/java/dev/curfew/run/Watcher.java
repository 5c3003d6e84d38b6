// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Command;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A small shell that outlives a killed runner by as long as it takes to end the runner's jobs.
///
/// It reads from a pipe that only this JVM holds. The kernel closes it however this JVM ends, by
/// `kill -9` too; then the shell asks the processes of the jobs in flight to end, and kills them
/// after the grace. It has a session of its own, so that what is sent to the runner's group or
/// terminal does not reach it. After an ordinary end nothing is in flight, and it just ends.
///
/// Linux only, where the environment of processes can be read; elsewhere, and where there is no
/// shell, the next `--resume` is left to settle what a killed runner left.
final class Watcher implements AutoCloseable {

  /// The name of the file with what runs, in the folder of the run.
  static final String FILE = "in-flight";

  private static final Path ENVIRONMENT = Path.of("/proc/self/environ");

  private final @Nullable InFlight inFlight;
  private final @Nullable Process shell;

  private Watcher(@Nullable InFlight inFlight, @Nullable Process shell) {
    this.inFlight = inFlight;
    this.shell = shell;
  }

  /// {@return a watcher over the commands of a run, or one that does nothing}
  ///
  /// Nobody watches where there is nothing to watch, and where what a killed runner leaves is to be
  /// waited for.
  ///
  /// @param folder the folder of this run
  static Watcher over(Task task, RunSettings settings, Path folder) {
    boolean wanted = task instanceof Task.Processes && settings.settle() == RunSettings.Settle.KILL;
    if (!wanted || !Files.isReadable(ENVIRONMENT) || Command.locate("sh").isEmpty()) {
      return new Watcher(null, null);
    }
    try {
      String useless = settings.journal().isEmpty() ? folder.toString() : "";
      return start(folder.resolve(FILE), settings.grace(), useless);
    } catch (IOException e) {
      Complaints.say(
          "nobody watches over this run: its jobs would outlive a kill -9 of the runner ("
              + e.getMessage()
              + ")");
      return new Watcher(null, null);
    }
  }

  /// @param folder removed when this JVM was killed; empty if somebody may need it
  private static Watcher start(Path file, Duration grace, String folder) throws IOException {
    InFlight inFlight = new InFlight(file);
    List<String> words = new ArrayList<>();
    if (Command.locate("setsid").isPresent()) {
      words.add("setsid");
    }
    long tenths = grace.toMillis() / 100;
    words.addAll(
        List.of(
            "sh",
            "-c",
            script(),
            "curfew-watcher",
            file.toString(),
            Long.toString(tenths),
            folder));
    try {
      Process shell =
          new ProcessBuilder(words)
              .directory(Path.of("/").toFile()) // it must not keep a file system busy
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new Watcher(inFlight, shell);
    } catch (IOException noShell) {
      inFlight.remove();
      throw noShell;
    }
  }

  private static String script() {
    try (InputStream in = Watcher.class.getResourceAsStream("watcher.sh")) {
      return new String(
          Objects.requireNonNull(in, "watcher.sh").readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException damaged) {
      throw new UncheckedIOException(damaged);
    }
  }

  /// {@return where to put down what runs, null if nobody watches}
  @Nullable InFlight inFlight() {
    return inFlight;
  }

  /// The run is over: the shell finds nothing to do and ends.
  @Override
  public void close() throws IOException {
    if (inFlight == null || shell == null) {
      return;
    }
    inFlight.remove();
    try (OutputStream pipe = shell.getOutputStream()) {
      pipe.flush();
    }
  }
}
