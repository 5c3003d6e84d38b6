// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `curfew run`: what can be said on the command line.
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Runs a command, or a Java class, once for each input.",
    synopsisHeading = "",
    customSynopsis = {
      "Usage: curfew run [OPTIONS] 'COMMAND {}' ::: INPUT...",
      "       curfew run [OPTIONS] 'COMMAND {}' < INPUTS",
      "       curfew run [OPTIONS] --java CLASS -cp PATH ::: INPUT..."
    },
    footer = {
      "",
      "{} stands for the input; it is appended where it is missing. Inputs are data: no shell reads",
      "them. One word is a command line in sh syntax, several are a program and its arguments.",
      "Of a path, {.} is what is before the extension, {//} the folder, {/} the name, {/.} the name",
      "before the extension; {#} is the place in the list, {%%} a slot that no other job has now.",
      "Durations: 250ms, 10s, 5m, 1h30m; a number alone is seconds.",
      "",
      "Ctrl-C or TERM: nothing new starts, running jobs are asked to end and killed after the grace;",
      "a second one kills them now, a third one leaves at once. USR1: one more job at a time.",
      "",
      "Exit codes: 0 all done, 1 some failed, 2 usage, 3 stopped and, but for --no-journal,",
      "resumable, 4 something could not be stopped and was left behind."
    })
final class RunCommand implements Callable<Integer> {

  @Option(
      names = {"-j", "--jobs", "-P", "--max-procs"},
      paramLabel = "N",
      description =
          "how many jobs at a time: 4, +1 or -1 from the number of cores, 50%% of it, or a file"
              + " that says so and may change (default: one per core)")
  private String jobs = "100%";

  @Option(
      names = {"-a", "--arg-file"},
      paramLabel = "FILE",
      description = "read the inputs from a file, one per line")
  private @Nullable Path argFile;

  @Option(
      names = {"-0", "--null"},
      description = "inputs end with NUL instead of newline")
  private boolean nul;

  @Option(names = "--java", paramLabel = "CLASS", description = "run a Java class in this JVM")
  private @Nullable String javaClass;

  @Option(
      names = {"-cp", "--class-path"},
      paramLabel = "PATH",
      description = "where the class is (default: .)")
  private String classPath = ".";

  @Option(
      names = "--isolate",
      description = "run each Java job in a JVM of its own, which can be killed")
  private boolean isolate;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "the heap of such a JVM, as 256m or 2g; a job that needs more has failed")
  private @Nullable String memory;

  @Option(
      names = "--weave",
      paramLabel = "PATTERN",
      description =
          "put checkpoints into Java classes that have none, so that they can be stopped:"
              + " com.acme.**; several with ':', or the option again")
  private List<String> weave = new ArrayList<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description =
          "how long one job may take; a longer one is stopped and has failed; 300%%: three times"
              + " the median, once 3 jobs are done, and at least 1s")
  private @Nullable String timeout;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "how long the whole run may take; what is left can be resumed")
  private @Nullable String deadline;

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      description = "from asking a job to end until it is killed (default: 10s)")
  private String grace = "10s";

  @Option(
      names = "--halt",
      paramLabel = "WHEN",
      description = "never, or now|soon,fail|success|done=N or N%% (default: never)")
  private String halt = "never";

  @Option(
      names = "--retries",
      paramLabel = "N",
      description = "try a failing job N times in all (default: 1); a stop is no try")
  private int tries = 1;

  @Mixin private final JobOptions job = new JobOptions();

  @Option(names = "--tag", description = "put the input in front of each line of output")
  private boolean tag;

  @Option(
      names = {"-k", "--keep-order"},
      description = "show the output in the order of the inputs")
  private boolean keepOrder;

  @Option(names = "--dry-run", description = "print what would be run, and run nothing")
  private boolean dryRun;

  @Option(
      names = "--journal",
      paramLabel = "FILE",
      description = "where it is put down what has run (default: ./curfew.journal)")
  private @Nullable Path journal;

  @Option(
      names = "--no-journal",
      description = "put nothing on record: no file is left, and nothing can be resumed")
  private boolean noJournal;

  @Option(names = "--resume", description = "run what the journal does not have as ended")
  private boolean resume;

  @Option(
      names = "--retry-failed",
      description = "run what the journal does not have as done; implies --resume")
  private boolean retryFailed;

  @Option(
      names = "--settle",
      paramLabel = "HOW",
      description =
          "kill or wait: what is done with processes of a runner that was killed (default: kill)")
  private String settle = "kill";

  @Option(names = "--sync", description = "the journal survives a power loss, not just a kill")
  private boolean sync;

  @Option(
      names = "--progress",
      negatable = true,
      description = "tell on standard error how far the run is (default: if it is a terminal)")
  private @Nullable Boolean progress;

  @Option(names = "--json", description = "one JSON line per event on standard output")
  private boolean json;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "write a report at the end; JSON if the name ends in .json")
  private @Nullable Path report;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "the command for each input")
  private List<String> command = new ArrayList<>();

  private final List<byte[]> words;
  private final @Nullable List<byte[]> inputs;
  private final Runnable onBegin;

  /// A command line.
  ///
  /// @param words all words before `:::`, as raw bytes
  /// @param inputs the words after `:::`, null if there is none
  /// @param onBegin called when the run begins to answer signals itself
  RunCommand(List<byte[]> words, @Nullable List<byte[]> inputs, Runnable onBegin) {
    this.words = words;
    this.inputs = inputs;
    this.onBegin = onBegin;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    RunSettings settings = settings();
    if (inputs != null && argFile != null) {
      throw new UserError("inputs come from ::: or from -a, not from both");
    }
    if (inputs != null && inputs.stream().anyMatch(RunCommand::isSeparator)) {
      throw new UserError(
          "there is more than one ':::': name the inputs of all lists after one; an input that is"
              + " ':::' itself can come from -a FILE or from standard input");
    }
    Task task = javaClass == null ? commands(settings.job().site()) : java(javaClass, settings);
    boolean withLine = settings.progress().orElse(true) && !dryRun;
    try (InputList list = inputList();
        Screen screen = Screen.open(withLine)) {
      return new Session(settings, task, screen, this::listed, onBegin).run(list.inputs(), dryRun);
    }
  }

  private static boolean isSeparator(byte[] word) {
    return new String(word, StandardCharsets.ISO_8859_1).equals(":::");
  }

  /// {@return how many inputs there are, -1 if that is known only when all have been read}
  private long listed() {
    if (inputs != null) {
      return inputs.size();
    }
    return argFile == null ? -1 : Inputs.count(argFile, nul);
  }

  private Task java(String name, RunSettings settings) {
    if (!command.isEmpty()) {
      throw new UserError(
          "--java takes no command: put the inputs after ::: ('" + command.getFirst() + "')");
    }
    Optional<Woven> woven = patterns().map(Woven::new);
    if (!isolate) {
      woven.ifPresent(Woven::checkAgent);
      return new Task.JavaClass(name, classPath);
    }
    Optional<Memory> heap =
        Optional.ofNullable(memory).map(text -> JobOptions.read("--memory", text, Memory::parse));
    JobJvm jvm = JobJvm.of(name, classPath, heap, woven);
    return new Task.Isolated(name, JobJvm.absolute(classPath), jvm, settings.job().site());
  }

  private Optional<String> patterns() {
    return weave.isEmpty() ? Optional.empty() : Optional.of(String.join(":", weave));
  }

  private Task commands(Site site) {
    if (command.isEmpty()) {
      throw new UserError("there is no command: curfew run 'COMMAND {}' ::: INPUT...");
    }
    List<byte[]> typed = words.subList(words.size() - command.size(), words.size());
    Template template = Template.ofBytes(typed);
    template
        .program()
        .filter(program -> site.workdir().isEmpty() || !program.contains("/"))
        .filter(program -> dev.curfew.process.Command.locate(program).isEmpty())
        .ifPresent(
            program -> {
              throw new UserError(
                  "there is no program '" + program + "' on PATH: nothing was started");
            });
    return new Task.Commands(template, typed, site);
  }

  private InputList inputList() {
    if (inputs != null) {
      return new InputList(Inputs.words(inputs), null);
    }
    Inputs read = argFile != null ? Inputs.file(argFile, nul) : Inputs.standardInput(nul);
    return new InputList(read, argFile == null ? null : read);
  }

  /// Standard input is not closed: its reader may be blocked in it for ever.
  private record InputList(Iterator<Input> inputs, @Nullable Inputs open) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (open != null) {
        open.close();
      }
    }
  }

  /// Refuses options that do not go together.
  private void check() {
    if (isolate && javaClass == null) {
      throw new UserError(
          "--isolate is for --java CLASS: a command has a process of its own without it");
    }
    if (memory != null && !isolate) {
      throw new UserError(
          "--memory is the heap of a JVM of its own: add --isolate"
              + (javaClass == null ? " and --java CLASS" : ""));
    }
    if (!weave.isEmpty() && javaClass == null) {
      throw new UserError("--weave is for --java CLASS: a command is stopped by a signal");
    }
    if (noJournal) {
      alone("--journal", journal != null);
      alone("--resume", resume);
      alone("--retry-failed", retryFailed);
      alone("--sync", sync);
    }
  }

  private static void alone(String other, boolean given) {
    if (given) {
      throw new UserError(
          "--no-journal and "
              + other
              + " cannot go together: without a journal nothing is kept; leave one of them out");
    }
  }

  private Optional<Path> journal() {
    Path file = journal == null ? Path.of("curfew.journal") : journal;
    return noJournal ? Optional.empty() : Optional.of(file);
  }

  private RunSettings settings() {
    if (report != null) {
      Report.check(report);
    }
    if (tries < 1) {
      throw new UserError("--retries must be at least 1, was " + tries);
    }
    Selection selection =
        retryFailed
            ? Selection.UNFINISHED_AND_FAILED
            : resume ? Selection.UNFINISHED : Selection.ALL;
    return new RunSettings(
        JobOptions.read("-j", jobs, JobCount::parse),
        Optional.ofNullable(timeout)
            .map(text -> JobOptions.read("--timeout", text, TimeOut::parse)),
        Optional.ofNullable(deadline).map(text -> positive("--deadline", text)),
        amount("--grace", grace),
        halt(),
        tries,
        tag,
        keepOrder,
        journal(),
        selection,
        settle(),
        sync,
        Optional.ofNullable(progress),
        json,
        Optional.ofNullable(report),
        job.settings(javaClass != null && !isolate, tries));
  }

  private Halt halt() {
    try {
      return Halt.parse(halt);
    } catch (IllegalArgumentException e) {
      throw new UserError("--halt: " + e.getMessage());
    }
  }

  private RunSettings.Settle settle() {
    return switch (settle) {
      case "kill" -> RunSettings.Settle.KILL;
      case "wait" -> RunSettings.Settle.WAIT;
      default -> throw new UserError("--settle is kill or wait, not '" + settle + "'");
    };
  }

  private static Duration positive(String option, String text) {
    Duration amount = amount(option, text);
    if (amount.isZero()) {
      throw new UserError(option + " must be longer than 0");
    }
    return amount;
  }

  private static Duration amount(String option, String text) {
    try {
      return Amount.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UserError(option + ": " + e.getMessage());
    }
  }
}
