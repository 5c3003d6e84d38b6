// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.util.Optional;

/// The process that was started, as long as it has not been reaped.
sealed interface Leader permits SpawnedLeader, BuiltLeader {
  long pid();

  /// {@return whether it leads a session of its own, and keeps its pid until it is reaped}
  boolean ownsSession();

  /// {@return how it ended, empty while it runs}
  Optional<Exit> exit();

  /// Waits at most so long, possibly shorter.
  void await(long nanos) throws InterruptedException;

  /// Lets go of it; it has ended, and [#exit()] goes on answering.
  void reap();
}
