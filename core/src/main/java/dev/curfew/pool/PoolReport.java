// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.StopReport;
import java.util.List;
import java.util.stream.Collectors;

/// How the stop of a pool went, and what became of every task it had accepted.
///
/// @param pool its path
/// @param ended the tasks that ended in the pool's life, by outcome
/// @param handedBack those that never started, in the order in which they were submitted; they can
///     be submitted again
/// @param stop the tasks that were running when the stop told them: when each saw it and ended, and
///     the stack of those that did not
public record PoolReport(
    String pool, TaskCounts ended, List<HandedBack> handedBack, StopReport stop) {

  private static final int NAMES = 20;

  /// Copies the list.
  public PoolReport {
    handedBack = List.copyOf(handedBack);
  }

  /// {@return this report for people, several lines}
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("pool ").append(pool).append(": ").append(ended);
    if (!handedBack.isEmpty()) {
      text.append("\n  ").append(handedBack.size()).append(" never started: ");
      text.append(
          handedBack.stream().limit(NAMES).map(HandedBack::name).collect(Collectors.joining(", ")));
      if (handedBack.size() > NAMES) {
        text.append(" and ").append(handedBack.size() - NAMES).append(" more");
      }
    }
    return text.append('\n').append(stop.text()).toString();
  }

  @Override
  public String toString() {
    return text();
  }
}
