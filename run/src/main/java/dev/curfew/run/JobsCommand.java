// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `curfew jobs`: what a journal says.
@Command(
    name = "jobs",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Shows what a journal says: what is done, failed, running and unfinished.",
    footer = {
      "",
      "Only looks: it can be called while a run goes on and after the runner was killed.",
      "",
      "Exit codes: 0 shown, 1 no such job or no output of it, 2 usage, or the journal cannot be",
      "read."
    })
final class JobsCommand implements Callable<Integer> {

  private static final int BUFFER = 64 * 1024;

  @Parameters(
      paramLabel = "JOURNAL",
      arity = "0..1",
      description = "the file (default: ./curfew.journal)")
  private Path journal = Path.of("curfew.journal");

  @Option(names = "--done", description = "only jobs that are done")
  private boolean done;

  @Option(names = "--failed", description = "only jobs that failed")
  private boolean failed;

  @Option(names = "--running", description = "only jobs that are under way")
  private boolean running;

  @Option(
      names = "--unfinished",
      description = "only jobs that were stopped, abandoned, or in flight at a kill")
  private boolean unfinished;

  @Option(
      names = "--input",
      paramLabel = "TEXT",
      description = "only jobs whose input has this text in it")
  private @Nullable String input;

  @Option(names = "--counts", description = "only how many jobs stand how")
  private boolean counts;

  @Option(
      names = "--output",
      paramLabel = "JOB",
      description = "what a job has printed, by its number or its input, as far as it still exists")
  private @Nullable String output;

  @Option(names = "--json", description = "one JSON object per line for each job")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER);
    try (JournalView view = JournalView.open(journal)) {
      Standing.Judge judge = new Standing.Judge(view);
      int code = output == null ? list(view, judge, out) : output(view, judge, output, out);
      out.flush();
      view.check();
      return code;
    } catch (JournalException damaged) {
      throw new UserError(damaged.getMessage() + " (" + journal + ")");
    } catch (IOException closed) {
      // Whoever reads only the beginning, as `head` does, has what he wants.
      if (!"Broken pipe".equals(closed.getMessage())) {
        Complaints.say("what the journal says cannot be shown: " + closed.getMessage());
      }
      return ExitCode.FAILED.code;
    }
  }

  private int list(JournalView view, Standing.Judge judge, OutputStream out) throws IOException {
    JobsSheet sheet = json ? new JobsSheet.Json(out) : new JobsSheet.Text(out);
    if (!counts) {
      Set<Standing> wanted = wanted();
      List<Object> values = new ArrayList<>();
      String where = where(wanted, values);
      view.rows(
          where,
          values,
          (row, run) -> {
            Standing.Seen seen = judge.judge(row, run);
            if (wanted.contains(seen.standing())) {
              sheet.job(seen);
            }
          });
    }
    if (counts || !json) {
      sheet.counts(judge);
    }
    return ExitCode.DONE.code;
  }

  private Set<Standing> wanted() {
    Set<Standing> wanted = EnumSet.noneOf(Standing.class);
    if (done) {
      wanted.add(Standing.DONE);
    }
    if (failed) {
      wanted.add(Standing.FAILED);
    }
    if (running) {
      wanted.add(Standing.RUNNING);
    }
    if (unfinished) {
      wanted.add(Standing.UNFINISHED);
    }
    return wanted.isEmpty() ? EnumSet.allOf(Standing.class) : wanted;
  }

  /// Coarser than what is wanted: whether what was in flight still runs is not in the journal.
  private String where(Set<Standing> wanted, List<Object> values) {
    Set<Journal.State> states = EnumSet.noneOf(Journal.State.class);
    for (Standing standing : wanted) {
      switch (standing) {
        case DONE -> states.add(Journal.State.DONE);
        case FAILED -> states.add(Journal.State.FAILED);
        case RUNNING -> states.add(Journal.State.STARTED);
        case UNFINISHED -> states.addAll(Selection.UNSETTLED);
      }
    }
    List<String> codes = states.stream().map(state -> Integer.toString(state.code())).toList();
    String where = "job.state IN (" + String.join(",", codes) + ")";
    if (input == null) {
      return where;
    }
    values.add(input.getBytes(StandardCharsets.UTF_8));
    return where + " AND instr(job.input, ?) > 0";
  }

  // --- the output of one job

  private int output(JournalView view, Standing.Judge judge, String job, OutputStream out)
      throws IOException {
    List<Standing.Seen> found = find(view, judge, job);
    if (found.isEmpty()) {
      Complaints.say("The journal " + journal + " has no job '" + printable(job) + "'.");
      return ExitCode.FAILED.code;
    }
    if (found.size() > 1) {
      throw new UserError(
          "More than one job fits '"
              + printable(job)
              + "', such as "
              + names(found)
              + ": give the number of one.");
    }
    Standing.Seen seen = found.getFirst();
    Path folder = Path.of(seen.row().outputs());
    Spool spool = Spool.left(folder, seen.row().output());
    if (!Files.exists(spool.outputFile()) && !Files.exists(spool.errorFile())) {
      Complaints.say(whyNone(seen, folder));
      return ExitCode.FAILED.code;
    }
    spool.copyOutput(out);
    out.flush();
    spool.copyErrors(System.err);
    System.err.flush();
    return ExitCode.DONE.code;
  }

  /// By number, else by the whole input, else by a part of it; two are enough to know.
  private List<Standing.Seen> find(JournalView view, Standing.Judge judge, String job)
      throws IOException {
    List<Standing.Seen> found = new ArrayList<>();
    JournalView.Visitor keep =
        (row, run) -> {
          if (found.size() < 2) {
            found.add(judge.judge(row, run));
          }
        };
    if (job.matches("[0-9]{1,18}")) {
      view.rows("job.number = ?", List.of(Long.parseLong(job)), keep);
      // A list that was changed between two runs gives a number twice: the later one is meant.
      return found.isEmpty() ? byInput(view, job, found, keep) : found.subList(0, 1);
    }
    return byInput(view, job, found, keep);
  }

  private static List<Standing.Seen> byInput(
      JournalView view, String job, List<Standing.Seen> found, JournalView.Visitor keep)
      throws IOException {
    byte[] bytes = job.getBytes(StandardCharsets.UTF_8);
    view.rows("job.input = ?", List.of(bytes), keep);
    if (found.isEmpty()) {
      view.rows("instr(job.input, ?) > 0", List.of(bytes), keep);
    }
    return found;
  }

  private static String names(List<Standing.Seen> found) {
    return String.join(
        " and ",
        found.stream()
            .map(seen -> seen.row().input().number() + " (" + seen.row().input().name() + ")")
            .toList());
  }

  private static String whyNone(Standing.Seen seen, Path folder) {
    Journal.Row row = seen.row();
    String job = Item.name(row.input());
    if (row.printed()) {
      return job + " has ended, and what it printed was passed on then: it is kept nowhere else.";
    }
    if (seen.standing() == Standing.RUNNING && Files.isDirectory(folder)) {
      return job
          + " is under way and has put nothing into its files so far, which would be in "
          + folder
          + ".";
    }
    return job
        + " is "
        + seen.word()
        + "; its output would be in "
        + folder
        + ", which is gone, or not readable for you.";
  }

  private static String printable(String text) {
    return Input.printable(text.getBytes(StandardCharsets.UTF_8));
  }
}
