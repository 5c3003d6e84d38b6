// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the thread of a fork does when it has left the body, the last one added first.
///
/// Invariants
///
/// 1. Actions are added by the fork's thread while it is in the body, and none of them throws.
///
/// Locks: the own mutex, a leaf; never held while an action runs.
final class Leaving {

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Runnable> actions = new ArrayList<>(0);

  void add(Runnable action) {
    try (Mutex _ = mutex.enter()) {
      actions.add(action);
    }
  }

  void remove(Runnable action) {
    try (Mutex _ = mutex.enter()) {
      actions.remove(action);
    }
  }

  private @Nullable Runnable next() {
    try (Mutex _ = mutex.enter()) {
      return actions.isEmpty() ? null : actions.removeLast();
    }
  }

  void run() {
    for (Runnable action = next(); action != null; action = next()) {
      action.run();
    }
  }
}
