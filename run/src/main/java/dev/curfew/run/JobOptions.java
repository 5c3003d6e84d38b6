// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of `curfew run` that say how each job is handled.
final class JobOptions {

  @Option(
      names = "--retry-delay",
      paramLabel = "TIME[,MAX]",
      description =
          "how long a failed job waits for its second try, twice as long for each further one,"
              + " less up to a half at random (default: 0; MAX: 10m)")
  private @Nullable String retryDelay;

  @Option(
      names = "--delay",
      paramLabel = "TIME",
      description = "the least time between the starts of two jobs (default: 0)")
  private @Nullable String delay;

  @Option(
      names = {"--workdir", "--wd"},
      paramLabel = "DIR",
      description = "run commands there; may hold placeholders; made if it is missing")
  private @Nullable String workdir;

  @Option(
      names = "--env",
      paramLabel = "NAME[=VALUE]",
      description = "set an environment variable for commands; NAME alone: it must be set")
  private List<String> variables = new ArrayList<>();

  @Option(
      names = {"--results", "--res"},
      paramLabel = "DIR",
      description = "keep the output of each job in DIR/1/INPUT/stdout and stderr")
  private @Nullable Path results;

  @Option(
      names = {"--joblog", "--jl"},
      paramLabel = "[+]FILE",
      description = "one line per job that has ended, as GNU parallel writes it; + adds to it")
  private @Nullable String jobLog;

  /// {@return what was asked for}
  ///
  /// @param java whether jobs run in this JVM, and have its folder and environment
  /// @param tries of a job in all
  JobSettings settings(boolean java, int tries) {
    if (retryDelay != null && tries == 1) {
      throw new UserError("--retry-delay is of no use without --retries N");
    }
    if (java && (workdir != null || !variables.isEmpty())) {
      throw new UserError(
          (workdir != null ? "--workdir" : "--env")
              + " is for commands: a Java job has the folder and the environment of this JVM,"
              + " unless it runs with --isolate");
    }
    Optional<JobLog.Target> log =
        Optional.ofNullable(jobLog).map(text -> read("--joblog", text, JobLog.Target::parse));
    log.ifPresent(JobLog.Target::check);
    if (results != null) {
      checkResults(results);
    }
    return new JobSettings(
        retryDelay == null ? Backoff.NONE : read("--retry-delay", retryDelay, Backoff::parse),
        delay == null ? Duration.ZERO : read("--delay", delay, JobOptions::positive),
        new Site(
            Optional.ofNullable(workdir).map(text -> read("--workdir", text, JobOptions::folder)),
            environment()),
        Optional.ofNullable(results),
        log);
  }

  private static Duration positive(String text) {
    Duration time = Amount.parse(text);
    if (time.isZero()) {
      throw new IllegalArgumentException("must be longer than 0");
    }
    return time;
  }

  private static Word folder(String text) {
    Word folder = Word.ofText(text);
    if (text.isEmpty()) {
      throw new UserError("--workdir is empty: name a folder, or . for this one");
    }
    if (!folder.hasInput()) {
      checkFolder("--workdir " + text, Path.of(text));
    }
    return folder;
  }

  /// One that is missing is made when the first job starts.
  private static void checkFolder(String option, Path folder) {
    Path there = folder.toAbsolutePath().normalize();
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isDirectory(there)) {
      throw new UserError(option + ": " + there + " is no folder");
    }
    tryToMake(option, folder, there);
  }

  private static void checkResults(Path folder) {
    Path numbered = folder.resolve("1");
    checkFolder("--results " + folder, numbered);
    if (Files.exists(numbered) && !Files.isWritable(numbered)) {
      throw new UserError("--results " + folder + ": " + numbered + " may not be written to");
    }
  }

  /// Nothing stays: the run may be refused for another reason yet.
  private static void tryToMake(String option, Path folder, Path there) {
    Path wanted = folder.toAbsolutePath().normalize();
    try {
      Files.createDirectories(wanted);
    } catch (IOException e) {
      throw new UserError(
          option + ": the folder cannot be made (" + e.getMessage() + "): name another one");
    } finally {
      for (Path made = wanted; made != null && !made.equals(there); made = made.getParent()) {
        boolean _ = made.toFile().delete();
      }
    }
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    for (String variable : variables) {
      int sign = variable.indexOf('=');
      String name = sign < 0 ? variable : variable.substring(0, sign);
      if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
        throw new UserError("--env: '" + name + "' is no name of an environment variable");
      }
      if (name.equals(Command.MARKER_VARIABLE)) {
        throw new UserError("--env: " + name + " is set by the runner, for each job anew");
      }
      if (sign >= 0) {
        environment.put(name, variable.substring(sign + 1));
      } else if (System.getenv(name) == null) {
        throw new UserError(
            "--env " + name + ": it is not set; give it a value: " + name + "=VALUE");
      }
    }
    return environment;
  }

  /// Reads what stands behind an option.
  static <T> T read(String option, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw new UserError(option + ": " + e.getMessage());
    }
  }
}
