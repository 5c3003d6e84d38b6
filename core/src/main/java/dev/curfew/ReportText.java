// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// A stop report as people read it: one line for the stop, one for each part, stacks below what is
/// stuck.
final class ReportText {

  private static final int LINES = 40;
  private static final int FRAMES = 12;

  private ReportText() {}

  static String of(StopReport report) {
    List<StopReport.Part> late = report.stragglers();
    StringBuilder text = new StringBuilder();
    text.append("stop of ").append(report.subject()).append(": ").append(report.reason().chain());
    text.append("\n  ").append(report.parts().size() - late.size()).append(" of ");
    text.append(report.parts().size()).append(" ended, took ").append(span(report.took()));
    text.append(" of ").append(span(report.budget()));
    List<StopReport.Part> sorted =
        report.parts().stream()
            .sorted(Comparator.comparing(part -> part.straggler().isEmpty()))
            .toList();
    sorted.stream().limit(LINES).forEach(part -> append(text, part));
    if (sorted.size() > LINES) {
      text.append("\n  and ").append(sorted.size() - LINES).append(" more");
    }
    append(text, report.checkpoints());
    return text.toString();
  }

  private static void append(StringBuilder text, StopReport.Checkpoints checkpoints) {
    if (checkpoints.openings() > 0) {
      text.append("\n  checkpoints: ").append(checkpoints.form()).append(" form, for ");
      text.append(checkpoints.why()).append("; gate opened ").append(checkpoints.openings());
      text.append(checkpoints.openings() == 1 ? " time" : " times").append(" so far, for ");
      text.append(span(checkpoints.open())).append(" in all, swings took ");
      text.append(span(checkpoints.swinging()));
    }
    checkpoints.woven().forEach(line -> text.append("\n  woven: ").append(line));
  }

  private static void append(StringBuilder text, StopReport.Part part) {
    text.append("\n  ").append(part.path());
    text.append(part.seen().map(seen -> "  saw it after " + span(seen)).orElse("  never saw it"));
    text.append(part.ended().map(end -> "  ended after " + span(end)).orElse("  STILL RUNNING"));
    if (!part.outcome().isEmpty()) {
      text.append("  ").append(part.outcome());
    }
    part.straggler().ifPresent(straggler -> append(text, straggler));
    part.notes().forEach(note -> append(text, note));
  }

  private static void append(StringBuilder text, String note) {
    List<String> lines = note.lines().toList();
    lines.stream().limit(LINES).forEach(line -> text.append("\n    ").append(line));
    if (lines.size() > LINES) {
      text.append("\n    and ").append(lines.size() - LINES).append(" lines more");
    }
  }

  private static void append(StringBuilder text, StopReport.Straggler straggler) {
    text.append("\n    thread ").append(straggler.thread()).append(", ").append(straggler.state());
    text.append(", asked ").append(span(straggler.age())).append(" ago");
    text.append("\n      ").append(straggler.verdict());
    straggler.stack().stream()
        .limit(FRAMES)
        .forEach(frame -> text.append("\n      at ").append(frame));
  }

  private static String span(Duration span) {
    double millis = span.toNanos() / 1e6;
    return millis < 1000
        ? String.format(Locale.ROOT, "%.1f ms", millis)
        : String.format(Locale.ROOT, "%.2f s", millis / 1000);
  }
}
