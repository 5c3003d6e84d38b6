// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts the forks of a scope that live, and of those the ones that nobody joins; and keeps new
/// ones out once it is closed.
///
/// Forks come and go on all processors at once, and a word that two of them write costs each as
/// much as the fork's own work, or a tenth of that if it is alone with it but has to wait for what
/// it wrote. So those that the opener begins are counted in one word, by plain writes, those that
/// others begin in the next, and those that end in a third; the difference is taken when somebody
/// wants to know.
///
/// Invariants
///
/// 1. A word has all of its forks, and those of them that are aside, so that every change sees
///    both. No fork ends that has not begun.
/// 2. The words only grow, and wrap alike. `ENDED` is read first: if the others come to the same
///    after that, none lives.
/// 3. Only the opener writes `MINE`, and only the opener closes.
///
/// Locks: that of the group, for [#raise] and [#close].
final class Headcount {

  private static final long CLOSED = 1;
  private static final long ONE = 2;
  private static final long ONE_ASIDE = ONE + (1L << 32);

  // a processor fetches two lines of 64 bytes at a time: 16 words
  private static final int MINE = 16;
  private static final int OTHERS = MINE + 1;
  private static final int ENDED = 32;
  private static final int LENGTH = 48;

  private final AtomicLongArray words = new AtomicLongArray(LENGTH);

  /// Counts one that is about to begin.
  ///
  /// @return false if it is closed, and then nothing is counted
  boolean raise(boolean aside) {
    return !isClosed() && add(OTHERS, aside);
  }

  /// The same for the thread that opened the scope, without the mutex.
  boolean raiseByOpener(boolean aside) {
    return !isClosed() && add(MINE, aside);
  }

  private boolean add(int word, boolean aside) {
    words.setRelease(word, words.getPlain(word) + (aside ? ONE_ASIDE : ONE));
    return true;
  }

  void lower(boolean aside) {
    words.getAndAdd(ENDED, aside ? ONE_ASIDE : ONE);
  }

  void close() {
    words.set(OTHERS, words.getPlain(OTHERS) | CLOSED);
  }

  boolean isClosed() {
    return (words.get(OTHERS) & CLOSED) != 0;
  }

  private long live() {
    long ended = words.get(ENDED);
    return words.get(MINE) + words.get(OTHERS) - ended;
  }

  /// Whether none lives.
  boolean noneLives() {
    return (int) live() >>> 1 == 0;
  }

  /// {@return how many live that are joined}
  int workLeft() {
    long live = live();
    return ((int) live >>> 1) - (int) (live >>> 32);
  }

  /// Whether none lives that is joined.
  boolean workEnded() {
    return workLeft() == 0;
  }
}
