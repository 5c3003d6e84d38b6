// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// A callback that waits for a stop; closing it takes it back.
///
/// **Threads.** Any thread may close it, any number of times, also from inside the callback.
public final class Registration implements AutoCloseable {

  final String name;
  private final Runnable callback;
  private final StopNode node;

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
    callback.run();
  }

  @Override
  public void close() {
    node.unregister(this);
  }

  @Override
  public String toString() {
    return name;
  }
}
