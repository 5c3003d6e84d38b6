// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.curfew.process.Member;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/// The form in which `curfew jobs` shows what it sees.
sealed interface JobsSheet {

  void job(Standing.Seen seen) throws IOException;

  void counts(Standing.Judge judge) throws IOException;

  /// For people: one line per job, in characters that no terminal obeys.
  final class Text implements JobsSheet {

    private static final int LONGEST_NOTE = 200;

    private final OutputStream out;

    Text(OutputStream out) {
      this.out = out;
    }

    @Override
    public void job(Standing.Seen seen) throws IOException {
      Journal.Row row = seen.row();
      String note = note(seen);
      line(
          String.format(
              Locale.ROOT,
              "%7d  %-9s %9s  %s%s",
              row.input().number(),
              seen.word(),
              Amount.text(took(seen)),
              row.input().name(),
              note.isEmpty() ? "" : ": " + note));
    }

    private static Duration took(Standing.Seen seen) {
      Journal.End end = seen.row().end();
      boolean running = seen.standing() == Standing.RUNNING;
      Instant until = end != null ? end.ended() : running ? Instant.now() : seen.row().begun();
      Duration took = Duration.between(seen.row().begun(), until);
      return took.isNegative() ? Duration.ZERO : took; // the wall clock was set back
    }

    private static String note(Standing.Seen seen) {
      StringBuilder note = new StringBuilder(seen.note());
      if (note.length() > LONGEST_NOTE) {
        note.setLength(LONGEST_NOTE);
        note.append('…');
      }
      if (seen.row().attempts() > 1) {
        note.append(" (").append(seen.row().attempts()).append(" attempts)");
      }
      if (seen.row().kills() > 0) {
        note.append(" (").append(seen.row().killsInWords()).append(")");
      }
      return Input.printable(note.toString().strip().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void counts(Standing.Judge judge) throws IOException {
      line(
          judge.count(Standing.DONE)
              + " done, "
              + judge.count(Standing.FAILED)
              + " failed, "
              + judge.count(Standing.RUNNING)
              + " running, "
              + judge.count(Standing.UNFINISHED)
              + " unfinished");
      line(run(judge));
      if (judge.last() != null) {
        line(
            "command: " + Input.printable(judge.last().command().getBytes(StandardCharsets.UTF_8)));
      }
    }

    private static String run(Standing.Judge judge) {
      JournalView.LastRun last = judge.last();
      if (last == null) {
        return "no run has begun";
      }
      if (judge.goesOn()) {
        return "the run is going on, process " + last.process().pid();
      }
      if (last.complete()) {
        return "the run has ended, and so has its whole list";
      }
      return (last.ended() == null ? "the run was killed" : "the run was stopped")
          + "; of its list it may have left some that a journal does not know: --resume runs them";
    }

    private void line(String text) throws IOException {
      out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /// For machines.
  final class Json implements JobsSheet {

    private static final JsonFactory JSON = new JsonFactory();

    private final OutputStream out;

    Json(OutputStream out) {
      this.out = out;
    }

    @Override
    public void job(Standing.Seen seen) throws IOException {
      line(
          json -> {
            json.writeStringField("standing", word(seen.standing()));
            Report.writeFields(json, seen.row(), seen.word());
            ProcessMark process = seen.row().process();
            if (process != null) {
              json.writeNumberField("pid", process.pid());
            }
            json.writeBooleanField("outputShown", seen.row().printed());
            if (!seen.processes().isEmpty()) {
              json.writeArrayFieldStart("left");
              for (Member member : seen.processes()) {
                json.writeString(member.toString());
              }
              json.writeEndArray();
            }
          });
    }

    @Override
    public void counts(Standing.Judge judge) throws IOException {
      line(
          json -> {
            for (Standing standing : Standing.values()) {
              json.writeNumberField(word(standing), judge.count(standing));
            }
            JournalView.LastRun last = judge.last();
            json.writeStringField("run", run(judge));
            if (last != null) {
              json.writeNumberField("pid", last.process().pid());
              json.writeStringField("begun", last.begun().toString());
              json.writeStringField("command", last.command());
            }
          });
    }

    private static String run(Standing.Judge judge) {
      JournalView.LastRun last = judge.last();
      if (last == null) {
        return "none";
      }
      if (last.ended() == null) {
        return judge.goesOn() ? "going on" : "killed";
      }
      return last.complete() ? "complete" : "incomplete";
    }

    private static String word(Standing standing) {
      return standing.name().toLowerCase(Locale.ROOT);
    }

    private void line(JsonSheet.Fields fields) throws IOException {
      try (JsonGenerator json = JSON.createGenerator(out)) {
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
        json.writeStartObject();
        fields.write(json);
        json.writeEndObject();
      }
      out.write('\n');
    }
  }
}
