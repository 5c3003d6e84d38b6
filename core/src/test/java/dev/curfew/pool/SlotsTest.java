// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotsTest {

  /// @param look which of its looks at the state finds the pool open for the last time
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void aPoolThatIsClosedWhileASubmitterLooksLeavesItNotWaiting(int look) {
    Slots slots = new Slots(1);
    assertThat(slots.tryTake()).isTrue();
    AtomicInteger looks = new AtomicInteger();
    AtomicBoolean closed = new AtomicBoolean();
    BooleanSupplier open =
        () -> {
          boolean wasOpen = !closed.get();
          if (looks.incrementAndGet() == look) {
            closed.set(true);
            slots.wakeAll();
          }
          return wasOpen;
        };
    Thread submitter =
        Thread.ofPlatform().daemon().start(() -> assertThat(slots.take(open)).isFalse());
    Await.until(
        "it has looked",
        () ->
            !submitter.isAlive()
                || looks.get() >= look
                || submitter.getState() == Thread.State.WAITING);
    if (looks.get() < look) { // it waits before that
      closed.set(true);
      slots.wakeAll();
    }
    Await.until("it gives up", () -> !submitter.isAlive());
  }
}
