// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.util.Optional;

/// The median of the run times of all jobs that are done, to a thirtieth, in 8 kB.
///
/// Times are counted in classes: sixteen between each power of two and the next. The idea is that
/// of Gil Tene's HdrHistogram.
///
/// **Threads.** Any.
final class Runtimes {

  /// From fewer nothing can be said.
  static final int FEWEST = 3;

  private static final int BITS = 4;
  private static final int PER_POWER = 1 << BITS;

  // guarded by this
  private final long[] counts = new long[PER_POWER * Long.SIZE];
  private long all;

  synchronized void add(Duration time) {
    counts[classOf(Math.max(0, time.toNanos()))]++;
    all++;
  }

  /// {@return the median, empty while fewer than [#FEWEST] jobs are done}
  synchronized Optional<Duration> median() {
    if (all < FEWEST) {
      return Optional.empty();
    }
    long rest = (all + 1) / 2;
    int at = 0;
    while (rest > counts[at]) {
      rest -= counts[at];
      at++;
    }
    return Optional.of(Duration.ofNanos(middle(at)));
  }

  private static int classOf(long nanos) {
    if (nanos < PER_POWER) {
      return (int) nanos;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - BITS;
    return (shift + 1) * PER_POWER + (int) (nanos >>> shift) - PER_POWER;
  }

  private static long middle(int at) {
    if (at < PER_POWER) {
      return at;
    }
    int shift = at / PER_POWER - 1;
    return ((long) (at % PER_POWER + PER_POWER) << shift) + (1L << shift) / 2;
  }
}
