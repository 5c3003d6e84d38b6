// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the thread of a fork does when it has left the body, the last one added first.
///
/// Invariants
///
/// 1. Actions are added by the fork's thread while it is in the body, and none of them throws.
///
/// Locks: the own monitor, a leaf; never held while an action runs.
final class Leaving {

  // guarded by this
  private final List<Runnable> actions = new ArrayList<>(0);

  synchronized void add(Runnable action) {
    actions.add(action);
  }

  synchronized void remove(Runnable action) {
    actions.remove(action);
  }

  private synchronized @Nullable Runnable next() {
    return actions.isEmpty() ? null : actions.removeLast();
  }

  void run() {
    for (Runnable action = next(); action != null; action = next()) {
      action.run();
    }
  }
}
