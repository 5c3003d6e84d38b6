// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.atomic.AtomicLong;

/// Counts the forks of a scope that live, and of those the ones that nobody joins; and keeps new
/// ones out once it is closed.
///
/// Forks come and go on all processors at once, and a virtual thread that has to wait for a monitor
/// costs as much as ten forks.
///
/// Invariants
///
/// 1. All of it is one word, so that every change sees all of it.
///
/// Locks: none.
final class Headcount {

  private static final long ONE = 1;
  private static final long ONE_ASIDE = ONE + (1L << 31);
  private static final long LIVE = (1L << 31) - 1;
  private static final long CLOSED = 1L << 62;

  private final AtomicLong word = new AtomicLong();

  /// Counts one that is about to begin.
  ///
  /// @return false if it is closed, and then nothing is counted
  boolean raise(boolean aside) {
    long now = word.get();
    while ((now & CLOSED) == 0) {
      long seen = word.compareAndExchange(now, now + (aside ? ONE_ASIDE : ONE));
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /// {@return what is left, for the two questions below}
  long lower(boolean aside) {
    return word.addAndGet(aside ? -ONE_ASIDE : -ONE);
  }

  void close() {
    word.getAndUpdate(now -> now | CLOSED);
  }

  long now() {
    return word.get();
  }

  /// Whether none lives.
  static boolean noneLives(long now) {
    return (now & LIVE) == 0;
  }

  /// Whether none lives that is joined.
  static boolean workEnded(long now) {
    return (now & LIVE) == ((now & ~CLOSED) >>> 31);
  }
}
