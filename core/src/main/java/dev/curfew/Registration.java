// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A callback that waits for a stop; closing it takes it back: one that has not begun by then never
/// will.
///
/// **Threads.** Any thread may close it, any number of times, also from inside the callback.
public final class Registration implements AutoCloseable {

  final String name;
  private final Runnable callback;
  private final StopNode node;

  /// Whether it was called or taken back, whichever came first.
  private final AtomicBoolean spent = new AtomicBoolean();

  // guarded by the node's monitor
  @Nullable Registration previous;
  @Nullable Registration next;

  Registration(StopNode node, String name, Runnable callback) {
    this.node = node;
    this.name = name;
    this.callback = callback;
  }

  StopNode node() {
    return node;
  }

  void call() {
    if (spent.compareAndSet(false, true)) {
      callback.run();
    }
  }

  @Override
  public void close() {
    spent.set(true);
    node.unregister(this);
  }

  @Override
  public String toString() {
    return name;
  }
}
