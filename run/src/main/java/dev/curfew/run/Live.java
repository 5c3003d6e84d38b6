// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Scope;
import java.util.concurrent.atomic.AtomicBoolean;

/// An attempt that runs: who settles it first, the worker that makes it or the one who gives it up.
final class Live {

  final Item item;
  final Spool spool;
  final Thread worker = Thread.currentThread();
  final Watch watch = new Watch();
  private final Scope attempt;
  private final AtomicBoolean settled = new AtomicBoolean();

  Live(Item item, Spool spool, Scope attempt) {
    this.item = item;
    this.spool = spool;
    this.attempt = attempt;
  }

  Scope attempt() {
    return attempt;
  }

  /// {@return whether the caller is the one to say how it ended}
  boolean settle() {
    return settled.compareAndSet(false, true);
  }
}
