// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/// By a clock that goes on by a microsecond at each look.
class VigilTest {

  private static final int STEP = 1_000;

  private final AtomicInteger nanos = new AtomicInteger();
  private final Vigil vigil = new Vigil(() -> nanos.addAndGet(STEP), true);

  private int lasts(IntSupplier left) {
    return lasts(vigil, left);
  }

  private int lasts(Vigil kept, IntSupplier left) {
    int begin = nanos.get();
    kept.keep(left, () -> false);
    return nanos.get() - begin;
  }

  @Test
  void itIsOverAtOnceIfNoneIsLeft() {
    assertThat(lasts(() -> 0)).isZero();
  }

  @Test
  void itLastsForALullIfNoneEnds() {
    assertThat(lasts(() -> 1)).isBetween((int) Vigil.LULL, (int) Vigil.LULL + 2 * STEP);
  }

  @Test
  void whileSomeEndItGoesOnUntilTheLastHas() {
    AtomicInteger looks = new AtomicInteger(40);
    assertThat(lasts(() -> looks.getAndDecrement() / 3)) // an end every three microseconds
        .isGreaterThan(2 * (int) Vigil.LULL)
        .isLessThan((int) Vigil.LONGEST + STEP);
    assertThat(looks.get()).isLessThan(3);
  }

  @Test
  void itNeverLastsLongerThanThat() {
    AtomicInteger looks = new AtomicInteger(1_000_000);
    assertThat(lasts(looks::getAndDecrement))
        .isBetween((int) Vigil.LONGEST, (int) Vigil.LONGEST + 2 * STEP);
  }

  @Test
  void aStopEndsIt() {
    AtomicInteger looks = new AtomicInteger();
    vigil.keep(() -> 1, () -> looks.incrementAndGet() == 3);
    assertThat(looks).hasValue(3);
    assertThat(nanos.get()).isLessThan((int) Vigil.LULL);
  }

  @Test
  void oneThatAStopEndedWasNotInVain() {
    for (int i = 0; i < Vigil.PATIENCE; i++) {
      vigil.keep(() -> 1, () -> true);
    }
    assertThat(keptOf(1)).isEqualTo(1);
  }

  @Test
  void whatWasInVainTooOftenIsKeptRarelyUntilItPays() {
    for (int i = 0; i < Vigil.PATIENCE; i++) {
      assertThat(lasts(() -> 1)).isPositive();
    }
    assertThat(keptOf(Vigil.RARELY)).isEqualTo(1);
    assertThat(keptOf(Vigil.RARELY)).isEqualTo(1);
    for (int i = 0; i < Vigil.RARELY; i++) {
      AtomicInteger left = new AtomicInteger(1);
      vigil.keep(left::getAndDecrement, () -> false);
    }
    assertThat(keptOf(Vigil.PATIENCE)).isEqualTo(Vigil.PATIENCE);
    assertThat(keptOf(Vigil.RARELY)).isEqualTo(1);
  }

  /// How many vigils of so many are kept, in vain.
  private int keptOf(int all) {
    int kept = 0;
    for (int i = 0; i < all; i++) {
      if (lasts(() -> 1) > 0) {
        kept++;
      }
    }
    return kept;
  }

  @Test
  void virtualThreadsKeepNone() throws InterruptedException {
    Thread.ofVirtual().start(() -> vigil.keep(() -> 1, () -> false)).join();
    assertThat(nanos).hasValue(0);
  }

  @Test
  void nobodyKeepsOneOnOneProcessor() {
    assertThat(lasts(new Vigil(nanos::incrementAndGet, false), () -> 1)).isZero();
  }
}
