// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.StopReason;
import dev.curfew.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One call of `curfew run`, from the checked command line to the exit code.
final class Session {

  private static final Duration FLUSH = Duration.ofSeconds(30);
  private static final Duration LEFT_BEHIND = Duration.ofSeconds(2);

  private final RunSettings settings;
  private final Task task;
  private final Screen screen;
  private final Printer.Sheet sheet;
  private final LongSupplier listed;
  private final Runnable onBegin;
  private final long began = System.nanoTime();
  private final TimeLimit limit;
  private @Nullable ExitGuard guard;

  /// A call.
  ///
  /// @param screen where it prints
  /// @param listed counts the inputs of the list without reading from it; -1 if that cannot be done
  /// @param onBegin called when it begins to answer signals itself
  Session(RunSettings settings, Task task, Screen screen, LongSupplier listed, Runnable onBegin) {
    this.settings = settings;
    this.limit = new TimeLimit(settings.deadline(), began);
    this.task = task;
    this.screen = screen;
    this.sheet =
        settings.json()
            ? new JsonSheet(screen.output())
            : new PlainSheet(screen.output(), screen.errors(), settings.tag());
    this.listed = listed;
    this.onBegin = onBegin;
  }

  int run(Iterator<Input> inputs, boolean dryRun) throws IOException, InterruptedException {
    if (dryRun) {
      return dryRun(inputs);
    }
    int code = ExitCode.STOPPED.code;
    try {
      code = run(inputs);
      return code;
    } finally {
      if (guard != null) {
        guard.finish(code);
      }
    }
  }

  private int run(Iterator<Input> inputs) throws IOException, InterruptedException {
    // The class is looked for before the journal is touched: a mistake leaves everything as it was.
    JavaWork java = task instanceof Task.JavaClass type ? JavaWork.of(type) : null;
    onBegin.run();
    // The folder is empty as yet, and removed by the next run.
    EarlySignal early = new EarlySignal(() -> Runtime.getRuntime().halt(ExitCode.STOPPED.code));
    try (Signals _ = Signals.install(early::come)) {
      Path folder = outputs();
      try {
        return withJournal(inputs, java, folder, early);
      } finally {
        remove(folder);
      }
    } finally {
      if (java != null) {
        java.close();
      }
    }
  }

  private static Path outputs() {
    try {
      return Files.createTempDirectory("curfew-").toAbsolutePath(); // jobs run elsewhere
    } catch (IOException e) {
      throw new UserError(
          "the jobs' outputs cannot be kept in "
              + System.getProperty("java.io.tmpdir")
              + " until they are shown: "
              + e.getMessage()
              + ". Name another folder: CURFEW_JAVA_OPTIONS=-Djava.io.tmpdir=DIR");
    }
  }

  private int dryRun(Iterator<Input> inputs) {
    while (inputs.hasNext()) {
      Input input = inputs.next();
      if (input.problem().isPresent()) {
        Complaints.say("input " + input.number() + " " + input.problem().get());
      } else {
        System.out.println(task.site().display(input) + task.display(input));
      }
    }
    return System.out.checkError() ? ExitCode.STOPPED.code : ExitCode.DONE.code;
  }

  private int withJournal(
      Iterator<Input> inputs, @Nullable JavaWork java, Path folder, EarlySignal early)
      throws IOException, InterruptedException {
    boolean resumes = settings.selection() != Selection.ALL;
    Journal journal =
        Journal.open(
            settings.journal().orElseGet(() -> folder.resolve("account")),
            mode(resumes),
            new Journal.About(settings.sync(), folder.toString(), task.text()));
    boolean complete = false;
    try (Watcher watcher = Watcher.over(task, settings, folder)) {
      if (resumes && !settleInTime(journal, early)) {
        return ExitCode.STOPPED.code;
      }
      Work work = java != null ? java : command(journal, watcher.inFlight());
      KeyMaker keys = new KeyMaker(task.kind(), keyParts());
      Feed feed =
          new Feed(
              inputs,
              keys,
              journal,
              settings.selection(),
              // An early start on record would be wrong where starts are kept apart.
              settings.job().delay().isZero() ? work::claimsAhead : () -> 1,
              Session::marker,
              settings.job().delay(),
              settings.halt().needsTotal());
      try (Records records = Records.open(settings.job(), task, resumes)) {
        Ending ending = run(journal, feed, work, java, folder, records, early);
        complete = ending.complete;
        return ending.code.code;
      }
    } catch (JournalException e) {
      e.tell("");
      return ExitCode.STOPPED.code;
    } finally {
      close(journal, complete);
    }
  }

  private Journal.Mode mode(boolean resumes) {
    if (settings.journal().isEmpty()) {
      return Journal.Mode.UNKEPT;
    }
    return resumes ? Journal.Mode.RESUME : Journal.Mode.FRESH;
  }

  private static void close(Journal journal, boolean complete) {
    try {
      journal.close(complete, FLUSH);
    } catch (JournalException e) {
      e.tell("");
    }
  }

  private Work command(Journal journal, @Nullable InFlight inFlight) {
    return switch (task) {
      case Task.Processes tasks -> new CommandWork(tasks, settings.grace(), journal, inFlight);
      case Task.JavaClass type -> throw new IllegalStateException(type + " is no command");
    };
  }

  /// {@return whether it was done; if not, a signal came, or there is no time left}
  private boolean settleInTime(Journal journal, EarlySignal early)
      throws IOException, InterruptedException {
    Optional<Duration> left = limit.left();
    if (left.isEmpty()) {
      return settle(journal, early);
    }
    TimeSource time = TimeSource.system();
    TimeSource.Alarm alarm =
        time.alarm(time.nanos() + left.get().toNanos(), () -> early.timeOver(limit.toString()));
    try {
      return settle(journal, early);
    } finally {
      alarm.cancel();
    }
  }

  /// After that nothing of earlier runs is needed any more, also of those that were killed while
  /// they resumed one.
  ///
  /// @return whether it was done
  private boolean settle(Journal journal, EarlySignal early)
      throws IOException, InterruptedException {
    Settlement settlement = new Settlement(journal, settings);
    Optional<String> signal = early.orDone(settlement::settle);
    if (signal.isPresent()) {
      Complaints.say(
          signal.get()
              + ": nothing was started, and what a killed run has left may still run;"
              + " go on with the same command and --resume");
      return false;
    }
    if (!showOutput(settlement, early)) {
      return false;
    }
    settlement.removeFolders();
    return true;
  }

  private boolean showOutput(Settlement settlement, EarlySignal early) throws InterruptedException {
    String problem;
    try {
      problem = early.orDone(() -> settlement.showOutput(sheet)).orElse("");
    } catch (IOException e) {
      problem = unwritable(e);
    }
    if (!problem.isEmpty()) {
      Complaints.say(
          problem
              + ": nothing was started, and what an earlier run has left to show was not shown"
              + " whole; go on with the same command and --resume");
    }
    return problem.isEmpty();
  }

  private static String unwritable(IOException problem) {
    boolean closed = "Broken pipe".equals(problem.getMessage());
    String what = closed ? "standard output is closed" : "standard output cannot be written";
    return what + " (" + problem.getMessage() + ")";
  }

  private record Ending(ExitCode code, boolean complete) {}

  private Ending run(
      Journal journal,
      Feed feed,
      Work work,
      @Nullable JavaWork java,
      Path folder,
      Records records,
      EarlySignal early)
      throws IOException {
    Stopper stopper = new Stopper();
    Printer printer = new Printer(sheet, settings.keepOrder(), journal, stopper::outputClosed);
    Book book = new Book(settings, feed, journal, printer, records);
    Runner runner = new Runner(settings, work, feed, book, folder, limit);
    stopper.runner = runner;
    Ladder ladder = new Ladder(runner, settings.grace(), () -> leave(folder));
    guard = ExitGuard.install(runner, settings.grace().plusSeconds(20));
    early.handOver(signal -> onSignal(signal, ladder, runner));
    try (Progress _ =
        Progress.start(screen, settings.progress().orElse(false), runner, feed, listed)) {
      runner.run();
      return finish(journal, feed, runner, java);
    }
  }

  private static void onSignal(String signal, Ladder ladder, Runner runner) {
    switch (signal) {
      case Signals.MORE -> runner.changeJobs(signal, 1);
      case Signals.FEWER -> runner.changeJobs(signal, -1);
      default -> ladder.onSignal(signal);
    }
  }

  private Ending finish(Journal journal, Feed feed, Runner runner, @Nullable JavaWork java)
      throws IOException {
    List<String> left = java == null ? List.of() : java.leftBehind(LEFT_BEHIND);
    left.forEach(thread -> Complaints.say("left behind: " + thread));
    journal.flush(FLUSH);
    Map<Journal.State, Long> counts = journal.counts();
    ExitCode code = code(counts, runner, feed, !left.isEmpty());
    boolean complete = feed.isComplete() && unfinished(counts) == 0 && runner.book().hasShownAll();
    Summary summary = new Summary(settings, counts, runner, feed, code, began);
    RuntimeException unread = feed.failure();
    if (unread != null) {
      Complaints.say(unread.getMessage() + ": the rest of the list was not run");
    }
    summary.say();
    if (sheet instanceof JsonSheet json && runner.book().hasShownAll() && !write(summary, json)) {
      code = code == ExitCode.ABANDONED ? code : ExitCode.STOPPED;
      summary = new Summary(settings, counts, runner, feed, code, began);
    }
    if (settings.report().isPresent()) {
      new Report(settings.report().get(), journal, summary, left).write();
    }
    return new Ending(code, complete);
  }

  private static boolean write(Summary summary, JsonSheet json) {
    try {
      summary.write(json);
      return true;
    } catch (IOException e) {
      Complaints.say(unwritable(e) + ": the summary is missing");
      return false;
    }
  }

  private static long unfinished(Map<Journal.State, Long> counts) {
    return Selection.UNSETTLED.stream().mapToLong(state -> counts.getOrDefault(state, 0L)).sum();
  }

  /// A halted run is 1, or 0 if it was success that halted it.
  private ExitCode code(
      Map<Journal.State, Long> counts, Runner runner, Feed feed, boolean threadsLeft) {
    if (threadsLeft || counts.getOrDefault(Journal.State.ABANDONED, 0L) > 0) {
      return ExitCode.ABANDONED;
    }
    if (runner.isHalted()) {
      return settings.halt().isForSuccess() ? ExitCode.DONE : ExitCode.FAILED;
    }
    if (unfinished(counts) > 0 || !feed.isComplete() || !runner.book().hasShownAll()) {
      return ExitCode.STOPPED;
    }
    return counts.getOrDefault(Journal.State.FAILED, 0L) > 0 ? ExitCode.FAILED : ExitCode.DONE;
  }

  /// What makes a job the same job in a later run: the folder, the words, and the input, which the
  /// key maker adds.
  private List<byte[]> keyParts() {
    List<byte[]> parts = new ArrayList<>(task.words());
    parts.addAll(task.site().keyParts());
    return parts;
  }

  private static String marker() {
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /// It stays if it holds output that could not be shown, but a later run may show.
  private void remove(Path folder) {
    if (settings.journal().isEmpty()) {
      Settlement.remove(List.of(folder));
    } else {
      boolean _ = folder.toFile().delete();
    }
  }

  /// Ends this JVM at once. A watcher removes the folder, which it needs until then.
  private void leave(Path folder) {
    if (!Files.exists(folder.resolve(Watcher.FILE))) {
      remove(folder);
    }
    Runtime.getRuntime().halt(ExitCode.STOPPED.code);
  }

  /// Passes a broken output on to the run; there is none before the printer is made.
  private static final class Stopper {
    private volatile @Nullable Runner runner;

    void outputClosed(IOException problem) {
      String what = unwritable(problem);
      Complaints.say(what + ": stopping");
      Runner running = runner;
      if (running != null) {
        running.stop(StopReason.requested(what));
      }
    }
  }
}
