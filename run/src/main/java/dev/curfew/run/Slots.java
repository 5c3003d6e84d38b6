// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// How many workers there may be, and how many there are.
///
/// Invariant: whoever is counted in is counted out once, by itself with [#leave], or by the
/// conductor with [#ended].
///
/// **Threads.** Any.
final class Slots {

  // guarded by this
  private int limit;
  private int workers;

  /// @param limit at least 1
  Slots(int limit) {
    this.limit = limit;
  }

  /// {@return whether there is room for one more worker, who is counted from here on}
  synchronized boolean enter() {
    if (workers >= limit) {
      return false;
    }
    workers++;
    return true;
  }

  /// {@return whether there are more workers than there may be, so that the calling one has to go}
  synchronized boolean leave() {
    if (workers <= limit) {
      return false;
    }
    workers--;
    return true;
  }

  /// Counts a worker out that has ended, or is given up.
  synchronized void ended() {
    workers--;
  }

  synchronized int workers() {
    return workers;
  }

  /// {@return the limit before and from now on, which is at least 1}
  synchronized Change change(int by) {
    int before = limit;
    limit = Math.max(1, limit + by);
    return new Change(before, limit);
  }

  record Change(int before, int after) {}

  synchronized void set(int newLimit) {
    limit = newLimit;
  }
}
