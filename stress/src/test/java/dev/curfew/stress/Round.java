// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// One state of a stress test, with two actors that meet before they race.
///
/// jcstress lets each actor run through its states alone, and the faster one soon races with
/// nobody. Waits are hot, because a park would take longer than the race, and yield on a machine
/// that is busy.
public abstract class Round {

  /// How long it takes until something counts as lost, in nanoseconds.
  protected static final long LIMIT =
      Duration.ofMillis(Long.getLong("curfew.stress.limit", 5_000)).toNanos();

  private static final int ACTORS = 2;
  private static final int LOOKS = 200;
  private static final int LONGEST_SPIN = 24;

  /// Something did not come within the limit, so the code is broken, and the rounds that follow
  /// need not wait.
  private static volatile boolean inVain;

  private final AtomicInteger here = new AtomicInteger();

  /// A round that nobody has entered.
  protected Round() {}

  /// Waits for the other actor, and goes on a moment later or sooner than that one.
  protected final void meet() {
    here.incrementAndGet();
    boolean _ = soon(() -> here.get() == ACTORS);
    spin();
  }

  /// Waits until this is so, up to the limit.
  ///
  /// @return whether it is
  @SuppressWarnings("ThreadPriorityCheck") // nothing relies on the yield; others want to run too
  protected static boolean soon(BooleanSupplier condition) {
    long start = 0;
    for (int look = 0; !condition.getAsBoolean(); look++) {
      if (look < LOOKS) {
        Thread.onSpinWait();
        continue;
      }
      long now = System.nanoTime();
      start = start == 0 ? now : start;
      if (inVain || now - start > LIMIT) {
        inVain = true;
        return false;
      }
      Thread.yield();
    }
    return true;
  }

  /// Takes up to about a microsecond.
  protected static void spin() {
    for (int i = ThreadLocalRandom.current().nextInt(LONGEST_SPIN); i > 0; i--) {
      Thread.onSpinWait();
    }
  }
}
