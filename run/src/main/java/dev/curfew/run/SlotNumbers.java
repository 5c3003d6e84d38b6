// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.BitSet;

/// Numbers for jobs that run: each the smallest that no other running job has, from 1.
///
/// **Threads.** Any.
final class SlotNumbers {

  // guarded by this
  private final BitSet taken = new BitSet();

  synchronized int take() {
    int free = taken.nextClearBit(0);
    taken.set(free);
    return free + 1;
  }

  /// Gives a number back, once nothing of its job runs any more.
  synchronized void give(int number) {
    taken.clear(number - 1);
  }
}
