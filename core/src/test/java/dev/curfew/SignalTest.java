// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.curfew.sync.Channel;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import dev.curfew.testkit.Steps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SignalTest {

  private static final Duration LONG = Duration.ofSeconds(10);
  private static final StopReason WHY = StopReason.requested("deploy");

  private final Signal signal = new Signal();

  /// Can be asked for, and be on its way already when a wait wants to end without it.
  private static final class Handed implements Signal.Awaited {
    final AtomicInteger asked = new AtomicInteger();
    private final boolean late;

    Handed(boolean late) {
      this.late = late;
    }

    @Override
    public boolean holds() {
      return false;
    }

    @Override
    public boolean giveUp() {
      asked.incrementAndGet();
      return !late;
    }
  }

  private static void inStopped(Runnable body) {
    try {
      Scope.run(
          "app",
          scope -> {
            scope.stop(WHY);
            body.run();
            return "";
          });
    } catch (StoppedException e) {
      assertThat(e.reason()).isEqualTo(WHY);
    }
  }

  @Test
  void wakesAllThatWait() {
    AtomicBoolean open = new AtomicBoolean();
    AtomicInteger asked = new AtomicInteger();
    Scope.run(
        "app",
        scope -> {
          List<Fork<?>> all = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            all.add(
                scope.fork(
                    "waits",
                    () -> {
                      signal.await(
                          () -> {
                            asked.incrementAndGet();
                            return open.get();
                          });
                      return "";
                    }));
          }
          Await.until("all have looked twice", () -> asked.get() >= 6);
          open.set(true);
          signal.wakeAll();
          scope.join();
          assertThat(all).allMatch(Fork::hasEnded);
          return "";
        });
  }

  @Test
  void whatHoldsIsNotWaitedForAlsoInAStoppedScope() {
    inStopped(
        () -> {
          signal.await(() -> true);
          assertThat(signal.await(Duration.ZERO, () -> true)).isTrue();
          assertThat(signal.await(Deadline.after(Duration.ZERO), () -> true)).isTrue();
        });
  }

  @Test
  void aStopEndsEveryWait() {
    inStopped(
        () -> {
          assertThatThrownBy(() -> signal.await(() -> false)).isInstanceOf(StoppedException.class);
          assertThatThrownBy(() -> signal.await(LONG, () -> false))
              .isInstanceOf(StoppedException.class);
          assertThatThrownBy(() -> signal.await(Deadline.after(LONG), () -> false))
              .isInstanceOf(StoppedException.class)
              .hasMessageStartingWith("requested 'deploy'");
        });
  }

  @Test
  void anInterruptFromOutsideEndsTheWaitAndNamesTheCallersLine() {
    Thread.currentThread().interrupt();
    StoppedException thrown =
        catchThrowableOfType(StoppedException.class, () -> signal.await(() -> false));
    StoppedException byChannel =
        catchThrowableOfType(
            StoppedException.class, () -> Channel.<String>unbounded("lines").receive());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown.reason()).isInstanceOf(StopReason.ForeignInterrupt.class);
    assertThat(thrown.reason().origin().place()).startsWith("SignalTest.java:");
    assertThat(byChannel.reason().origin().place()).startsWith("SignalTest.java:");
  }

  @Test
  void theTimeIsThatOfTheScope() {
    ManualTime time = new ManualTime();
    Scope.run(
        "app",
        s -> s.withTime(time),
        scope -> {
          Fork<Boolean> waits = scope.fork("waits", () -> signal.await(LONG, () -> false));
          time.awaitAlarms(1);
          time.advance(LONG);
          scope.join();
          assertThat(waits.get()).isFalse();
          return "";
        });
  }

  @Test
  void aDeadlineHasItsOwnTime() {
    ManualTime time = new ManualTime();
    Deadline end = Deadline.after(LONG, time);
    Scope.run(
        "app",
        scope -> {
          Fork<Boolean> waits = scope.fork("waits", () -> signal.await(end, () -> false));
          time.awaitAlarms(1);
          time.advance(LONG);
          scope.join();
          assertThat(waits.get()).isFalse();
          return "";
        });
  }

  @Test
  void whoIsStoppedIsAskedOnceWhetherItLeavesWithoutIt() {
    Handed notYet = new Handed(false);
    inStopped(
        () -> assertThatThrownBy(() -> signal.await(notYet)).isInstanceOf(StoppedException.class));
    assertThat(notYet.asked).hasValue(1);
    assertThat(signal.await(Duration.ZERO, notYet)).isFalse();
    assertThat(notYet.asked).hasValue(2);
    assertThat(signal.awaitShielded(Deadline.after(Duration.ZERO), notYet)).isFalse();
    assertThat(notYet.asked).hasValue(3);
  }

  @Test
  void whatComesInTheMomentOfTheEndEndsTheWaitWell() {
    Handed late = new Handed(true);
    assertThat(signal.await(Duration.ZERO, late)).isTrue();
    assertThat(signal.awaitShielded(Deadline.after(Duration.ZERO), late)).isTrue();
    Thread.currentThread().interrupt();
    signal.await(late);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(late.asked).hasValue(3);
  }

  @Test
  void whoWasHandedItAllTheSameIsStoppedByTheNextBlockingCall() {
    inStopped(
        () -> {
          boolean _ = Thread.interrupted(); // the wake-up that the stop itself has sent
          signal.await(new Handed(true));
          assertThat(Thread.currentThread().isInterrupted()).isTrue();
          assertThatThrownBy(() -> Curfew.sleep(LONG)).isInstanceOf(StoppedException.class);
        });
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aConditionThatThrowsEndsTheWait() {
    IllegalStateException planted = new IllegalStateException("planted");
    assertThatThrownBy(
            () ->
                signal.await(
                    () -> {
                      throw planted;
                    }))
        .isSameAs(planted);
  }

  @Test
  void aShieldedWaitSeesNeitherStopNorInterrupt() {
    Steps steps = new Steps();
    AtomicBoolean over = new AtomicBoolean();
    Scope.run(
        "app",
        scope -> {
          Fork<Boolean> waits =
              scope.fork(
                  "waits",
                  () -> {
                    Thread.currentThread().interrupt();
                    steps.step(1);
                    boolean held = signal.awaitShielded(Deadline.after(LONG), over::get);
                    steps.step(3);
                    return held && Thread.currentThread().isInterrupted();
                  });
          steps.step(2);
          waits.stop(WHY);
          over.set(true);
          signal.wakeAll();
          assertThat(waits.join(LONG)).isTrue();
          assertThat(waits.get()).isTrue();
          return "";
        });
    steps.finish(3);
  }

  @Test
  void aShieldedWaitEndsAtItsDeadline() {
    ManualTime time = new ManualTime();
    Deadline end = Deadline.after(LONG, time);
    Scope.run(
        "app",
        scope -> {
          Fork<Boolean> waits = scope.fork("waits", () -> signal.awaitShielded(end, () -> false));
          time.awaitAlarms(1);
          time.advance(LONG);
          scope.join();
          assertThat(waits.get()).isFalse();
          return "";
        });
  }
}
