// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Leftovers;
import dev.curfew.process.Member;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a resumed run does first: ends what a killed runner has left behind, and shows what it did
/// not.
///
/// Invariants
///
/// 1. A process is signalled only if it carries the marker of a job that was in flight, or could
///    not be stopped; a pid from the journal alone proves nothing.
/// 2. Nothing new starts before every such process is gone, or the run is refused.
final class Settlement {

  private static final Duration AFTER_FORCE = Duration.ofSeconds(5);
  private static final Duration FOR_ONE = Duration.ofSeconds(1);

  private final Journal journal;
  private final RunSettings settings;

  /// Folders with output that could not be read, and may be one day.
  private final Set<Path> unread = ConcurrentHashMap.newKeySet();

  private volatile boolean left;

  Settlement(Journal journal, RunSettings settings) {
    this.journal = journal;
    this.settings = settings;
  }

  /// Names what was in flight at the kill, and ends its processes, and those of jobs that an
  /// earlier run could not stop.
  ///
  /// @throws UserError if something cannot be ended
  void settle() throws InterruptedException {
    List<Journal.Row> inFlight = journal.inFlight();
    List<Journal.Row> abandoned = journal.abandoned();
    Set<String> markers =
        Stream.concat(inFlight.stream(), abandoned.stream())
            .map(Journal.Row::marker)
            .collect(Collectors.toSet());
    if (markers.isEmpty()) {
      return;
    }
    Leftovers left = Leftovers.find(markers);
    Map<String, List<Member>> byMarker = new HashMap<>();
    for (Member member : left.members()) {
      byMarker.computeIfAbsent(member.marker(), _ -> new ArrayList<>()).add(member);
    }
    for (Journal.Row row : inFlight) {
      List<Member> alive = byMarker.getOrDefault(row.marker(), List.of());
      String fate = alive.isEmpty() ? "nothing of it is left" : fate(alive);
      name(row, "was in flight when the runner was killed; " + fate);
    }
    for (Journal.Row row : abandoned) {
      List<Member> alive = byMarker.getOrDefault(row.marker(), List.of());
      if (!alive.isEmpty()) {
        name(row, "could not be stopped by an earlier run; " + fate(alive));
      }
    }
    if (!byMarker.isEmpty()) {
      end(left);
    }
  }

  private static void name(Journal.Row row, String what) {
    Complaints.say(Item.name(row.input()) + " " + what + "; it is run again");
  }

  private String fate(List<Member> alive) {
    boolean waits = settings.settle() == RunSettings.Settle.WAIT;
    return "still running, and " + (waits ? "waited for: " : "ended first: ") + names(alive);
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
  ///
  /// @throws IOException if it cannot be passed on
  /// @throws InterruptedException soon after the caller is interrupted, even if nobody reads
  void showOutput(Printer.Sheet sheet) throws IOException, InterruptedException {
    List<Journal.Row> rows = journal.unprinted();
    if (rows.isEmpty()) {
      return;
    }
    Aside showing = Aside.begin("curfew-earlier-output", () -> showAll(rows, sheet));
    try {
      while (!showing.awaitEnd(Duration.ofMinutes(1))) {
        Complaints.say("still waiting for whoever reads the output of an earlier run");
      }
    } catch (InterruptedException e) {
      left = true;
      boolean _ = showing.awaitEnd(FOR_ONE); // else one that is read right now comes twice
      throw e;
    }
  }

  private void showAll(List<Journal.Row> rows, Printer.Sheet sheet) throws IOException {
    for (Journal.Row row : rows) {
      if (left) {
        return;
      }
      show(row, sheet);
    }
  }

  private void show(Journal.Row row, Printer.Sheet sheet) throws IOException {
    Path folder = Path.of(row.outputs());
    Spool spool = Spool.left(folder, row.output());
    Item item = new Item(row.input(), row.key(), 0, row.marker());
    String what = item.name() + ": what it has printed ";
    if (!Files.isDirectory(folder)) {
      Complaints.say(
          what + "was kept in " + folder + ", which is gone: if it was not shown, it is lost");
    }
    try {
      sheet.write(item, result(row), spool);
    } catch (Spool.Unreadable e) {
      unread.add(folder);
      Complaints.say(what + "is not shown: " + e.getMessage());
      return;
    }
    journal.printed(row.key());
    spool.delete();
  }

  private static Result result(Journal.Row row) {
    Journal.End end = Objects.requireNonNull(row.end(), "the job has ended");
    return new Result(
        switch (row.state()) {
          case DONE -> Result.End.DONE;
          case FAILED -> Result.End.FAILED;
          case STOPPED, STARTED -> Result.End.STOPPED;
          case ABANDONED -> Result.End.ABANDONED;
        },
        end.exit() == null ? -1 : end.exit(),
        end.signal() == null ? 0 : end.signal(),
        end.note() == null ? "" : end.note(),
        row.begun(),
        Duration.between(row.begun(), end.ended()).isNegative()
            ? Duration.ZERO // the clock was set back
            : Duration.between(row.begun(), end.ended()),
        List.of());
  }

  /// Removes the folders of earlier runs, but what could not be read and may be one day.
  void removeFolders() {
    List<Path> folders = new ArrayList<>(journal.earlierOutputs());
    folders.removeAll(unread);
    remove(folders);
  }

  /// Removes folders of runs, whose outputs have all been shown or are of no use.
  static void remove(List<Path> folders) {
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
