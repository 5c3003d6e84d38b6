// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/// The last lines of a run: what there is to know, and how to go on.
///
/// @param settings how it was run
/// @param counts all jobs of the journal, by state
/// @param runner what was run
/// @param feed the list
/// @param code the exit code
/// @param began when it began, by [System#nanoTime]
record Summary(
    RunSettings settings,
    Map<Journal.State, Long> counts,
    Runner runner,
    Feed feed,
    ExitCode code,
    long began) {

  void say() {
    Complaints.say(line());
    String reason = stopped();
    if (runner.isHalted()) {
      Complaints.say(
          "halted by --halt "
              + settings.halt()
              + (isKept()
                  ? ": what was not run is taken up with --resume" + journalOption()
                  : ": the rest was not run"));
      return;
    }
    if (!reason.isEmpty()) {
      Complaints.say("stopped: " + reason);
    }
    if (!isKept()) {
      sayWithoutJournal();
    } else if (code == ExitCode.STOPPED && reason.isEmpty() && isListDone()) {
      Complaints.say(
          "the stopped ones are in the journal and not in this list: resume them with their own"
              + " command and inputs"
              + journalOption());
    } else if (code == ExitCode.STOPPED || code == ExitCode.ABANDONED) {
      Complaints.say("go on with the same command and --resume" + journalOption());
    } else if (code == ExitCode.FAILED) {
      Complaints.say("try the failed ones again with the same command and --retry-failed");
    }
  }

  private boolean isListDone() {
    return feed.isComplete() && runner.book().hasShownAll();
  }

  private void sayWithoutJournal() {
    if (code == ExitCode.STOPPED || code == ExitCode.ABANDONED) {
      Complaints.say("nothing is on record (--no-journal): what is not done has to be run anew");
    }
  }

  private boolean isKept() {
    return settings.journal().isPresent();
  }

  /// {@return why the run was stopped, in words of its user; empty if it was not}
  String stopped() {
    return runner.stopped().map(reason -> reason.root().why()).orElse("");
  }

  private String journalOption() {
    String file = settings.journal().map(Path::toString).orElse("curfew.journal");
    return file.equals("curfew.journal") ? "" : " --journal " + file;
  }

  String line() {
    if (feed.total() == 0 && feed.skipped() == 0 && feed.isComplete()) {
      return "the list is empty: nothing to do";
    }
    StringBuilder line = new StringBuilder();
    add(line, of(Journal.State.DONE), "done");
    add(line, of(Journal.State.FAILED), "failed");
    add(line, of(Journal.State.STOPPED) + of(Journal.State.STARTED), "stopped");
    add(line, of(Journal.State.ABANDONED), "abandoned");
    if (feed.skipped() > 0) {
      line.append(" (").append(feed.skipped()).append(" of them before)");
    }
    return line.append(", ").append(Amount.text(took())).toString();
  }

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private long of(Journal.State state) {
    return counts.getOrDefault(state, 0L);
  }

  private static void add(StringBuilder line, long count, String word) {
    if (count > 0 || word.equals("done")) {
      line.append(line.isEmpty() ? "" : ", ").append(count).append(' ').append(word);
    }
  }

  void write(JsonSheet json) throws IOException {
    json.event(
        "summary",
        out -> {
          for (Map.Entry<Journal.State, Long> count : counts.entrySet()) {
            if (count.getKey() != Journal.State.STARTED || count.getValue() > 0) {
              String name = count.getKey().name().toLowerCase(Locale.ROOT);
              out.writeNumberField(name, count.getValue());
            }
          }
          out.writeNumberField("skipped", feed.skipped());
          out.writeNumberField("exit", code.code);
          out.writeNumberField("seconds", took().toNanos() / 1_000_000_000.0);
          if (runner.stopped().isPresent()) {
            out.writeStringField("reason", stopped());
          }
        });
  }
}
