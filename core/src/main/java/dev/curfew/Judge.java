// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// What the end of a fork means for its siblings.
@FunctionalInterface
interface Judge {

  /// The first failure stops the others: what a scope does unless it is told otherwise.
  Judge FAIL_FAST =
      (fork, outcome) -> outcome instanceof Outcome.Failed<?> ? reason(fork, outcome) : null;

  /// Called once for each fork, by its thread, when its outcome is there and before it counts as
  /// ended; never under a lock.
  ///
  /// @return why the others are to stop, null if they go on
  @Nullable StopReason ended(Fork<?> fork, Outcome<?> outcome);

  /// Called for each fork before its thread starts.
  default void begun(Fork<?> fork) {}

  /// Called for a fork whose thread could not be started.
  default void takenBack(Fork<?> fork) {}

  /// {@return the reason that names this fork as the cause}
  static StopReason reason(Fork<?> fork, Outcome<?> outcome) {
    StopReason.Origin origin = StopReason.Origin.ours(fork.name(), fork.scopePath());
    return new Ended<>(fork.path(), outcome).asReason(origin);
  }
}
