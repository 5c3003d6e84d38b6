// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.StopReason;
import java.util.List;
import java.util.Optional;

/// What became of a batch.
///
/// @param batch its path
/// @param stopped why it was stopped, if it was
/// @param ended its tasks by outcome
/// @param abandoned the names of those that run still
public record BatchReport(
    String batch, Optional<StopReason> stopped, TaskCounts ended, List<String> abandoned) {

  /// Copies the list.
  public BatchReport {
    abandoned = List.copyOf(abandoned);
  }

  /// {@return this report for people, one or two lines}
  public String text() {
    return "batch "
        + batch
        + ": "
        + ended
        + stopped.map(why -> "; stopped, " + why.chain()).orElse("")
        + (abandoned.isEmpty() ? "" : "\n  still running: " + String.join(", ", abandoned));
  }

  @Override
  public String toString() {
    return text();
  }
}
