// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  private static final StopReason WHY = StopReason.requested("test");

  @Test
  void itEndsAndTellsHowLongItTook() {
    WarmUp warmUp = Curfew.warmUp();
    assertThat(warmUp.await(Duration.ofSeconds(60))).isTrue();
    assertThat(warmUp.took()).isPresent();
    assertThat(warmUp).hasToString("warm-up, " + warmUp.took().orElseThrow().toMillis() + " ms");
    assertThat(Curfew.openScopes()).isEmpty();
    assertThat(Ledger.entries()).isEmpty();
    Await.until("the gate is closed", () -> !Gate.EXPLICIT.isOpen());
  }

  @Test
  void itBeginsOnce() {
    WarmUp first = Curfew.warmUp();
    assertThat(Curfew.warmUp()).isSameAs(first);
    assertThat(first.await(Duration.ofSeconds(60))).isTrue();
  }

  @Test
  void noListShowsWhatItOpens() {
    StopNode stage = StopNode.alone("stage");
    AtomicBoolean over = new AtomicBoolean();
    Waker.run(() -> rehearse(stage, over));
    Await.until("it is on its way", () -> !stage.children().isEmpty() || over.get());
    assertThat(Curfew.openScopes()).isEmpty();
    boolean _ = stage.stop(WHY);
    Await.until("it has ended", over::get);
    assertThat(stage.children()).isEmpty();
  }

  @Test
  void aStopOfTheStageEndsItEarly() {
    StopNode stage = StopNode.alone("stage");
    boolean _ = stage.stop(WHY);
    AtomicBoolean over = new AtomicBoolean();
    rehearse(stage, over);
    assertThat(over).isTrue();
    assertThat(Lease.current()).isNull();
  }

  private static void rehearse(StopNode stage, AtomicBoolean over) {
    new Rehearsal(stage).run();
    over.set(true);
  }

  @Test
  void stoppingItStopsTheStage() {
    StopNode stage = StopNode.alone("stage");
    WarmUp warmUp = new WarmUp(stage);
    warmUp.stop();
    assertThat(stage.reason()).isInstanceOf(StopReason.Requested.class);
    assertThat(stage.reason().why()).isEqualTo("requested 'end of the warm-up'");
  }

  @Test
  void awaitingItIsBounded() {
    WarmUp never = new WarmUp(StopNode.alone("stage"));
    assertThat(never.await(Duration.ofMillis(1))).isFalse();
    assertThat(never.took()).isEmpty();
    assertThat(never).hasToString("warm-up, on its way");
  }

  @Test
  void aStopOfTheCallerEndsTheWait() {
    WarmUp never = new WarmUp(StopNode.alone("stage"));
    CountDownLatch in = new CountDownLatch(1);
    try (Scope scope = Scope.open("app")) {
      Fork<Boolean> waits =
          scope.fork(
              "waits",
              () -> {
                in.countDown();
                return never.await(Duration.ofDays(1));
              });
      Latches.await(in);
      boolean _ = waits.stop(WHY);
      assertThat(waits.join(Duration.ofSeconds(20))).isTrue();
      assertThatExceptionOfType(StoppedException.class).isThrownBy(waits::get);
    }
  }
}
