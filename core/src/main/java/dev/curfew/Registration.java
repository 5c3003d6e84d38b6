// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// A callback that waits for a stop; closing it takes it back: one that has not begun by then never
/// will.
///
/// **Threads.** Any thread may close it, any number of times, also from inside the callback.
public final class Registration implements AutoCloseable {

  private static final VarHandle SPENT = handle();

  final String name;
  private final Runnable callback;
  private final StopNode node;

  /// Whether it stops another tree: that is a part of the stop, and comes before all callbacks.
  final boolean isLink;

  // whether it was called or taken back, whichever came first
  @SuppressWarnings("UnusedVariable") // by SPENT
  private volatile boolean spent;

  // written while it is added, guarded by the lane; null if the stop came before
  Callbacks.@Nullable Lane lane;
  long at;
  @Nullable Registration previous;
  @Nullable Registration next;

  Registration(StopNode node, String name, Runnable callback, boolean isLink) {
    this.node = node;
    this.name = name;
    this.callback = callback;
    this.isLink = isLink;
  }

  private static VarHandle handle() {
    try {
      return MethodHandles.lookup().findVarHandle(Registration.class, "spent", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  StopNode node() {
    return node;
  }

  void call() {
    if (SPENT.compareAndSet(this, false, true)) {
      callback.run();
    }
  }

  @Override
  public void close() {
    SPENT.setRelease(this, true); // what follows on this thread is ordered by the lane's mutex
    Callbacks.Lane in = lane;
    if (in != null) {
      in.remove(this);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
