// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Leftovers;
import dev.curfew.process.Member;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What a resumed run does first: ends what a killed runner has left behind, and shows what it did
/// not.
///
/// Invariants
///
/// 1. A process is signalled only if it carries the marker of a job that was in flight; a pid from
///    the journal alone proves nothing.
/// 2. Nothing new starts before every such process is gone, or the run is refused.
final class Settlement {

  private static final Duration AFTER_FORCE = Duration.ofSeconds(5);

  private final Journal journal;
  private final RunSettings settings;

  Settlement(Journal journal, RunSettings settings) {
    this.journal = journal;
    this.settings = settings;
  }

  /// Names what was in flight at the kill, and ends its processes.
  ///
  /// @throws UserError if something cannot be ended
  void settle() throws InterruptedException {
    List<Journal.Row> rows = journal.inFlight();
    if (rows.isEmpty()) {
      return;
    }
    Leftovers left =
        Leftovers.find(rows.stream().map(Journal.Row::marker).collect(Collectors.toSet()));
    Map<String, List<Member>> byMarker = new HashMap<>();
    for (Member member : left.members()) {
      byMarker.computeIfAbsent(member.marker(), _ -> new ArrayList<>()).add(member);
    }
    boolean waits = settings.settle() == RunSettings.Settle.WAIT;
    String fate = "still running, and " + (waits ? "waited for: " : "ended first: ");
    for (Journal.Row row : rows) {
      List<Member> alive = byMarker.getOrDefault(row.marker(), List.of());
      Complaints.say(
          "job "
              + row.input().number()
              + " ("
              + row.input().name()
              + ") was in flight when the runner was killed; "
              + (alive.isEmpty() ? "nothing of it is left" : fate + names(alive))
              + "; it is run again");
    }
    if (!byMarker.isEmpty()) {
      end(left);
    }
  }

  private void end(Leftovers left) throws InterruptedException {
    if (settings.settle() == RunSettings.Settle.WAIT) {
      Complaints.say("waiting for them (--settle wait)");
      while (!left.awaitGone(Duration.ofMinutes(1)).isEmpty()) {
        Complaints.say("still waiting for " + names(left.members()));
      }
      return;
    }
    left.ask();
    if (left.awaitGone(settings.grace()).isEmpty()) {
      return;
    }
    left.force();
    List<Member> survivors = left.awaitGone(AFTER_FORCE);
    if (!survivors.isEmpty()) {
      throw new UserError(
          "cannot end "
              + names(survivors)
              + " of the killed run: end it by hand, then resume; nothing was started");
    }
  }

  private static String names(List<Member> members) {
    return members.stream().map(Member::toString).collect(Collectors.joining(", "));
  }

  /// Shows output of jobs that had ended, and that the killed runner did not get to show.
  void showOutput(OutputStream output, OutputStream errors) throws IOException {
    for (Journal.Row row : journal.unprinted()) {
      Spool spool = Spool.left(Path.of(row.outputs()), row.output());
      spool.copyOutput(output);
      spool.copyErrors(errors);
      output.flush();
      errors.flush();
      journal.printed(row.key());
      spool.delete();
    }
  }

  /// Removes the folders of earlier runs, whose outputs have all been shown or are of no use.
  static void removeFolders(List<Path> folders) {
    for (Path folder : folders) {
      File[] files = folder.toFile().listFiles();
      if (files == null || !folder.getFileName().toString().startsWith("curfew-")) {
        continue;
      }
      for (File file : files) {
        boolean _ = file.delete();
      }
      boolean _ = folder.toFile().delete();
    }
  }
}
