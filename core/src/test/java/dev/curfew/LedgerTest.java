// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LedgerTest {

  private static final StopReason WHY = StopReason.requested("deploy");

  private final Thread thread = Thread.currentThread();

  @Test
  void each_that_is_abandoned_or_ends_costs_the_same_however_many_there_are() {
    AtomicInteger asked = new AtomicInteger();
    AtomicBoolean lives = new AtomicBoolean(true);
    Object[] many = new Object[10_000];

    Ledger.abandon(
        "old",
        thread,
        WHY,
        () -> {
          asked.incrementAndGet();
          return lives.get();
        });
    for (int i = 0; i < many.length; i++) {
      many[i] = new Object();
      Ledger.abandon(many[i], "task", thread, WHY, () -> true);
    }
    for (Object one : many) {
      Ledger.strike(one);
    }
    assertThat(asked.get()).isLessThan(20);
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("old");

    lives.set(false);
    assertThat(Ledger.entries()).isEmpty();
  }
}
