// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// A moment of looking again and again, before a platform thread goes to sleep until others have
/// ended.
///
/// To send a thread to sleep and to wake it takes 20 to 50 µs, in which a small scope's forks could
/// have run ten times; and the carriers, for which nothing comes meanwhile, fall asleep as well. So
/// it pays where forks are small, and costs its own length where they are not. Which of the two is
/// learned from how the last ones went, as the JVM does for the spinning of its monitors.
///
/// Invariants
///
/// 1. It lasts at most [#LULL] beyond the last one that ended, and never longer than [#LONGEST].
/// 2. After [#PATIENCE] in a row that were in vain only one of [#RARELY] is kept, until one of
///    those was not.
/// 3. Virtual threads keep none, for their sleep costs little; nor does anybody on one processor.
///
/// Locks: none.
final class Vigil {

  /// For the forks of all scopes.
  static final Vigil FORKS =
      new Vigil(System::nanoTime, Runtime.getRuntime().availableProcessors() > 1);

  static final long LULL = 10_000;
  static final long LONGEST = 50_000;
  static final int PATIENCE = 8;
  static final int RARELY = 16;

  private final LongSupplier nanos;
  private final boolean helps;

  // any thread; an update that is lost does no harm
  private int patience = PATIENCE;
  private int skipped;

  /// @param nanos the time
  /// @param helps whether others can run meanwhile
  Vigil(LongSupplier nanos, boolean helps) {
    this.nanos = nanos;
    this.helps = helps;
  }

  /// Looks until none is left, or for a moment.
  ///
  /// @param left how many have still to end
  /// @param cut whether there is something else to do now
  void keep(IntSupplier left, BooleanSupplier cut) {
    int before = left.getAsInt();
    if (before == 0 || !helps || Thread.currentThread().isVirtual() || !isTried()) {
      return;
    }
    long begin = nanos.getAsLong();
    long since = begin;
    for (int now = before; now > 0; now = left.getAsInt()) {
      long at = nanos.getAsLong();
      if (now != before) {
        before = now;
        since = at;
      }
      if (cut.getAsBoolean()) {
        return; // that says nothing about the next one
      }
      if (at - since >= LULL || at - begin >= LONGEST) {
        patience = Math.max(0, patience - 1);
        return;
      }
      Thread.onSpinWait();
    }
    patience = PATIENCE;
  }

  private boolean isTried() {
    if (patience > 0) {
      return true;
    }
    skipped = (skipped + 1) % RARELY;
    return skipped == 0;
  }
}
