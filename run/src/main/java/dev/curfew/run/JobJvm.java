// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Curfew;
import dev.curfew.Job;
import dev.curfew.process.ChildProcess;
import dev.curfew.process.Exit;
import dev.curfew.process.JavaCommand;
import dev.curfew.process.Output;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The JVM that a job of `--isolate` has for itself: how it is started, and what its end means.
///
/// @param template what is started for an input
/// @param encoding that in which its main class reads the input, if that is not ours to choose
/// @param memory the limit of its heap, empty if it has none
record JobJvm(Template template, Optional<Charset> encoding, Optional<Memory> memory) {

  private static final Duration DUMP = Duration.ofMillis(500);
  private static final int OUT_OF_MEMORY = 3;
  private static final int LAST_WORDS = 4 << 10;

  /// {@return the JVM for a class, which is looked for first}
  ///
  /// @param classPath files and folders, joined as the platform does
  /// @throws UserError if it is not there, or no job
  static JobJvm of(String name, String classPath, Optional<Memory> memory, Optional<Woven> woven) {
    boolean job;
    try (JobClass type = JobClass.load(name, classPath)) {
      job = type.isJob();
    }
    // Ours in front, as it is for a job in the runner's own JVM.
    String all =
        Stream.of(home(Job.class), job ? home(JobMain.class) : "", absolute(classPath))
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(File.pathSeparator));
    JavaCommand java = job ? JavaCommand.of(JobMain.class.getName(), name) : JavaCommand.of(name);
    // A plain main class has no scope that could be stopped: its JVM is ended by a signal.
    List<String> options =
        woven.filter(_ -> job).map(Woven::option).map(List::of).orElse(List.of());
    JavaCommand placed = new JavaCommand(java.main(), java.arguments(), all, "", options);
    JavaCommand bounded = memory.map(Memory::bytes).map(placed::withMemory).orElse(placed);
    return new JobJvm(
        Template.ofProgram(bounded.command().words()),
        job ? Optional.empty() : Optional.of(Site.NATIVE),
        memory);
  }

  /// {@return the jar or folder of a class of ours}
  private static String home(Class<?> ours) {
    CodeSource source = ours.getProtectionDomain().getCodeSource();
    try {
      if (source != null && source.getLocation().getProtocol().equals("file")) {
        return Path.of(source.getLocation().toURI()).toString();
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new UserError(
        "--isolate needs Curfew's jars as files, and here "
            + ours.getName()
            + " comes from elsewhere: start the runner with its jars on the class path");
  }

  /// {@return the entries of a class path as they are seen from every folder}
  static String absolute(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator, -1))
        .map(part -> Path.of(part).toAbsolutePath().normalize().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /// {@return why this input cannot be given to the job; empty if it can}
  Optional<String> problem(Input input) {
    return input.textProblem().or(() -> encoding.flatMap(own -> unreadable(input, own)));
  }

  private static Optional<String> unreadable(Input input, Charset encoding) {
    boolean readable =
        Arrays.equals(new String(input.bytes(), encoding).getBytes(encoding), input.bytes());
    return readable
        ? Optional.empty()
        : Optional.of(
            "cannot be given to a main class, which reads "
                + encoding
                + " in this locale: set LC_ALL=C.UTF-8, or implement "
                + Job.class.getName());
  }

  /// {@return what the exit of the JVM means}
  ///
  /// @param output what it has printed
  String note(Exit exit, Path output) {
    boolean full =
        memory.isPresent()
            && exit.equals(new Exit.Exited(OUT_OF_MEMORY))
            && Output.tail(output, LAST_WORDS).contains("java.lang.OutOfMemoryError");
    return full
        ? "ran out of memory: give it more than --memory " + memory.get() + ", or less to do"
        : exit.toString();
  }

  /// Has a JVM that is about to be killed print a thread dump into its output.
  ///
  /// @return what its job was doing, to be read behind how it was ended
  static String lastSeen(ChildProcess child) {
    if (child.exit().isPresent()) {
      return "";
    }
    Optional<String> dump = Optional.empty();
    try {
      // Interrupts of the stop stay outside.
      dump = Curfew.shield(DUMP.multipliedBy(2), () -> child.threadDump(DUMP));
    } catch (InterruptedException e) {
      // the grace is over, and the kill cannot wait
    }
    return dump.flatMap(JobDump::job).map(where -> "; " + where).orElse("; it gave no thread dump");
  }
}
