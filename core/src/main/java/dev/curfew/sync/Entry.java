// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.Curfew;
import java.time.Duration;

/// What every wait of this package looks at before it takes anything.
final class Entry {

  private Entry() {}

  /// Throws if the thread is to stop; reads the token, for the gate may open late.
  static void check() {
    Curfew.token().check();
    if (Thread.currentThread().isInterrupted()) {
      Curfew.sleep(Duration.ZERO); // tells of the interrupt, in the way of all waits
    }
  }

  static void check(Duration within) {
    if (within.isNegative()) {
      throw new IllegalArgumentException("a wait cannot end in the past: " + within);
    }
    check();
  }
}
