// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.curfew.StopReport;
import dev.curfew.process.ChildProcess;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The report of a run: every job of the journal, how it ended and what a person has to know of it.
/// Text, or JSON if the file's name says so. Jobs are read from the journal one by one, so memory
/// stays small.
final class Report {

  private final Path file;
  private final Journal journal;
  private final Summary summary;
  private final List<String> left;

  /// A report.
  ///
  /// @param left threads that jobs have left behind, one line each
  Report(Path file, Journal journal, Summary summary, List<String> left) {
    this.file = file;
    this.journal = journal;
    this.summary = summary;
    this.left = left;
  }

  /// Refuses a file that cannot be written, before anything is started.
  static void check(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UserError("--report " + file + ": the folder " + folder + " does not exist");
    }
    if (Files.isDirectory(file) || !Files.isWritable(folder)) {
      throw new UserError("--report " + file + ": a file cannot be written there");
    }
  }

  /// Writes it beside the file and moves it there, so that nobody reads half a report.
  void write() {
    Path draft = file.resolveSibling(file.getFileName() + ".part");
    try {
      if (file.toString().endsWith(".json")) {
        writeJson(draft);
      } else {
        writeText(draft);
      }
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | UncheckedIOException e) {
      Complaints.say("the report " + file + " could not be written: " + e);
    }
  }

  private void writeText(Path draft) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(draft)) {
      out.write(summary.line() + ", exit code " + summary.code().code + "\n");
      String stopped = summary.stopped();
      if (!stopped.isEmpty()) {
        out.write("stopped: " + stopped + "\n");
      }
      out.write("processes: " + ChildProcess.means() + "\n");
      for (String thread : left) {
        out.write("left behind: " + thread + "\n");
      }
      journal.rows(all(), row -> writeText(out, row));
    }
  }

  private static void writeText(BufferedWriter out, Journal.Row row) {
    StringBuilder line = new StringBuilder();
    line.append(row.input().number()).append('\t').append(word(row.state()));
    line.append('\t').append(row.input().name());
    Journal.End end = row.end();
    if (end != null) {
      line.append('\t').append(Amount.text(Duration.between(row.begun(), end.ended())));
      if (end.note() != null) {
        line.append('\t').append(end.note().replace("\n", "\n\t"));
      }
    }
    if (row.attempts() > 1) {
      line.append("\t").append(row.attempts()).append(" attempts");
    }
    if (row.kills() > 0) {
      line.append('\t').append(row.killsInWords());
    }
    try {
      out.write(line.append('\n').toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeJson(Path draft) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(draft, StandardCharsets.UTF_8);
        JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberField("exit", summary.code().code);
      json.writeStringField("summary", summary.line());
      if (!summary.stopped().isEmpty()) {
        json.writeStringField("reason", summary.stopped());
      }
      json.writeStringField("processes", ChildProcess.means());
      writeCheckpoints(json, StopReport.Checkpoints.now());
      json.writeArrayFieldStart("leftBehind");
      for (String thread : left) {
        json.writeString(thread);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("jobs");
      journal.rows(all(), row -> writeJson(json, row));
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  /// Of this JVM, so of Java jobs.
  private static void writeCheckpoints(JsonGenerator json, StopReport.Checkpoints of)
      throws IOException {
    json.writeObjectFieldStart("checkpoints");
    json.writeStringField("form", of.form());
    json.writeStringField("why", of.why());
    json.writeNumberField("openings", of.openings());
    json.writeNumberField("openSeconds", of.open().toNanos() / 1e9);
    json.writeNumberField("swingSeconds", of.swinging().toNanos() / 1e9);
    json.writeArrayFieldStart("woven");
    for (String line : of.woven()) {
      json.writeString(line);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeJson(JsonGenerator json, Journal.Row row) {
    try {
      json.writeStartObject();
      writeFields(json, row, word(row.state()));
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes what the journal has of a job.
  static void writeFields(JsonGenerator json, Journal.Row row, String state) throws IOException {
    json.writeNumberField("job", row.input().number());
    JsonSheet.writeInput(json, row.input());
    json.writeStringField("state", state);
    json.writeNumberField("attempts", row.attempts());
    json.writeNumberField("inFlightAtKills", row.kills());
    json.writeStringField("begun", row.begun().toString());
    Journal.End end = row.end();
    if (end != null) {
      json.writeStringField("ended", end.ended().toString());
      if (end.exit() != null) {
        json.writeNumberField("code", end.exit());
      }
      if (end.signal() != null) {
        json.writeNumberField("signal", end.signal());
      }
      if (end.note() != null) {
        json.writeStringField("note", end.note());
      }
    }
  }

  private static String word(Journal.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private static Set<Journal.State> all() {
    return EnumSet.allOf(Journal.State.class);
  }
}
