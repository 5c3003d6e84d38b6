// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.Optional;
import java.util.Set;

/// Which jobs of the list a run takes up.
enum Selection {
  /// All of them; the journal is new.
  ALL,
  /// Those that have not ended: never begun, stopped, abandoned, or in flight when the runner was
  /// killed.
  UNFINISHED,
  /// Those, and the ones that failed.
  UNFINISHED_AND_FAILED;

  /// The states that are not an end of the work.
  static final Set<Journal.State> UNSETTLED =
      Set.of(Journal.State.STARTED, Journal.State.STOPPED, Journal.State.ABANDONED);

  boolean runs(Journal journal, JobKey key) {
    return switch (this) {
      case ALL -> true;
      case UNFINISHED -> stateOf(journal, key).map(UNSETTLED::contains).orElse(true);
      case UNFINISHED_AND_FAILED ->
          stateOf(journal, key).map(state -> state != Journal.State.DONE).orElse(true);
    };
  }

  private static Optional<Journal.State> stateOf(Journal journal, JobKey key) {
    return journal.find(key).map(Journal.Row::state);
  }
}
