// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import java.util.concurrent.atomic.AtomicBoolean;

/// One of a number of [Permits], held until it is closed.
///
/// **Threads.** Any thread may close it, any number of times; it is given back once.
public final class Permit implements AutoCloseable {

  private final Permits from;
  private final AtomicBoolean returned = new AtomicBoolean();

  Permit(Permits from) {
    this.from = from;
  }

  @Override
  public void close() {
    if (returned.compareAndSet(false, true)) {
      from.giveBack();
    }
  }

  @Override
  public String toString() {
    return (returned.get() ? "returned to " : "one of ") + from;
  }
}
