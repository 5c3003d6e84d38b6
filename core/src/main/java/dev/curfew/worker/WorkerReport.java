// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.StopReport;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What became of the items of a worker so far, and how its stop went.
///
/// @param <T> the type of the items
/// @param worker its path
/// @param items all items that were claimed, by outcome
/// @param handedBack those that the stop handed back; one with a [WorkItem#trouble] may be nowhere
///     else
/// @param abandoned those whose handlers run still, though the plan is over
/// @param troubles what went wrong between worker and source, the latest hundred
/// @param stop the items that were running when the stop told them: when each saw it and ended, and
///     the stack of those that did not; empty if nobody has asked for a stop
public record WorkerReport<T>(
    String worker,
    ItemCounts items,
    List<WorkItem<T>> handedBack,
    List<WorkItem<T>> abandoned,
    List<String> troubles,
    Optional<StopReport> stop) {

  private static final int NAMES = 20;

  /// Copies the lists.
  public WorkerReport {
    handedBack = List.copyOf(handedBack);
    abandoned = List.copyOf(abandoned);
    troubles = List.copyOf(troubles);
  }

  /// {@return this report for people, several lines}
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("worker ").append(worker).append(": ").append(items);
    append(text, "handed back", handedBack);
    append(text, "abandoned", abandoned);
    troubles.forEach(trouble -> text.append("\n  ").append(trouble));
    stop.ifPresent(how -> text.append('\n').append(how.text()));
    return text.toString();
  }

  private static <T> void append(StringBuilder text, String what, List<WorkItem<T>> items) {
    if (items.isEmpty()) {
      return;
    }
    text.append("\n  ").append(what).append(": ");
    text.append(items.stream().limit(NAMES).map(WorkItem::name).collect(Collectors.joining(", ")));
    if (items.size() > NAMES) {
      text.append(" and ").append(items.size() - NAMES).append(" more");
    }
  }

  @Override
  public String toString() {
    return text();
  }
}
