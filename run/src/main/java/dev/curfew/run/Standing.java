// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Leftovers;
import dev.curfew.process.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a job of a journal stands for one who looks at it now.
enum Standing {
  DONE,
  FAILED,
  /// It is under way, in a run that goes on or as what a killed runner has left.
  RUNNING,
  /// A later `--resume` runs it: it was stopped, abandoned, or in flight when the runner was
  /// killed.
  UNFINISHED;

  /// A job, and what can be seen of it.
  ///
  /// @param word its state, for people and machines
  /// @param note what people should know, empty if nothing
  /// @param processes what of it lives, if its runner does not
  record Seen(
      Journal.Row row, Standing standing, String word, String note, List<Member> processes) {}

  /// Judges the jobs of one journal.
  static final class Judge {

    private final JournalView.@Nullable LastRun last;
    private final boolean goesOn;
    private final Map<String, List<Member>> left = new HashMap<>();
    private final Map<Standing, Long> counts = new EnumMap<>(Standing.class);

    /// Looks at the processes, too, if the runner was killed.
    Judge(JournalView view) throws IOException {
      last = view.lastRun();
      goesOn = last != null && last.isGoingOn();
      Map<String, Long> begunIn = new HashMap<>();
      view.rows("job.state = 0", List.of(), (row, run) -> begunIn.put(row.marker(), run));
      begunIn.values().removeIf(this::isOfLivingRun);
      long alive = view.counts().getOrDefault(Journal.State.STARTED, 0L) - begunIn.size();
      if (!begunIn.isEmpty()) {
        for (Member member : Leftovers.find(begunIn.keySet()).members()) {
          left.computeIfAbsent(member.marker(), _ -> new ArrayList<>()).add(member);
        }
      }
      count(view.counts(), alive, begunIn.size());
    }

    private void count(Map<Journal.State, Long> states, long alive, long inFlight) {
      counts.put(DONE, states.getOrDefault(Journal.State.DONE, 0L));
      counts.put(FAILED, states.getOrDefault(Journal.State.FAILED, 0L));
      counts.put(RUNNING, alive + left.size());
      counts.put(
          UNFINISHED,
          states.getOrDefault(Journal.State.STOPPED, 0L)
              + states.getOrDefault(Journal.State.ABANDONED, 0L)
              + inFlight
              - left.size());
    }

    private boolean isOfLivingRun(long run) {
      return goesOn && last != null && last.id() == run;
    }

    /// {@return the latest run, null if there has been none}
    JournalView.@Nullable LastRun last() {
      return last;
    }

    /// {@return whether the latest run is still going on}
    boolean goesOn() {
      return goesOn;
    }

    long count(Standing standing) {
      return counts.getOrDefault(standing, 0L);
    }

    /// {@return the job, as it stands}
    ///
    /// @param run the run that started it
    Seen judge(Journal.Row row, long run) {
      String note = row.end() == null || row.end().note() == null ? "" : row.end().note();
      return switch (row.state()) {
        case DONE -> new Seen(row, DONE, "done", note, List.of());
        case FAILED -> new Seen(row, FAILED, "failed", note, List.of());
        case STOPPED -> new Seen(row, UNFINISHED, "stopped", note, List.of());
        case ABANDONED -> new Seen(row, UNFINISHED, "abandoned", note, List.of());
        case STARTED -> inFlight(row, run);
      };
    }

    private Seen inFlight(Journal.Row row, long run) {
      if (isOfLivingRun(run)) {
        ProcessMark process = row.process();
        String note = process == null ? "" : "process " + process.pid();
        return new Seen(row, RUNNING, "running", note, List.of());
      }
      List<Member> alive = left.getOrDefault(row.marker(), List.of());
      if (alive.isEmpty()) {
        String note = "when the runner was killed; nothing of it is left";
        return new Seen(row, UNFINISHED, "in flight", note, alive);
      }
      String names = String.join(", ", alive.stream().map(Member::toString).toList());
      return new Seen(row, RUNNING, "running", "left by a killed runner: " + names, alive);
    }
  }
}
