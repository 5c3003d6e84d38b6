// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.StopReport;
import java.util.List;
import java.util.Optional;

/// How the stop of a [ManagedWorker] went.
///
/// @param worker its path
/// @param neverBegan the names of the tasks that it had accepted and never began, in order; their
///     futures are cancelled
/// @param releaseFailure what releasing the resource threw; empty if nothing, or not yet
/// @param stop when the thread saw the stop and ended, and its stack if it did not
public record ManagedReport(
    String worker, List<String> neverBegan, Optional<Throwable> releaseFailure, StopReport stop) {

  /// Copies the list.
  public ManagedReport {
    neverBegan = List.copyOf(neverBegan);
  }

  /// {@return this report for people, several lines}
  public String text() {
    StringBuilder text = new StringBuilder("worker ").append(worker);
    if (!neverBegan.isEmpty()) {
      text.append("\n  never began: ").append(String.join(", ", neverBegan));
    }
    releaseFailure.ifPresent(
        failure -> text.append("\n  its resource was not released properly: ").append(failure));
    return text.append('\n').append(stop.text()).toString();
  }

  @Override
  public String toString() {
    return text();
  }
}
