// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class StepsTest {

  private final Steps steps = new Steps();
  private final Steps hasty = new Steps(Duration.ofMillis(1));

  @Test
  void stepsOfTwoThreadsHappenInTheirOrder() {
    List<String> seen = new CopyOnWriteArrayList<>();
    Thread other =
        start(
            () -> {
              steps.step(2);
              seen.add("between");
              steps.step(3);
            });
    seen.add("before");
    steps.step(1);
    steps.step(4);
    seen.add("after");
    steps.finish(4);
    assertThat(seen).containsExactly("before", "between", "after");
    assertThat(steps.reached()).isEqualTo(4);
    ended(other);
  }

  @Test
  void nothingHasBeenReachedAtFirst() {
    assertThat(steps.reached()).isZero();
    steps.finish(0);
  }

  @Test
  void numbersBeginAtOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> steps.step(0))
        .withMessage("steps are numbered from 1 on, was 0");
  }

  @Test
  void stepThatHappensTwiceFails() {
    steps.step(1);
    assertThatThrownBy(() -> steps.step(1))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("step 1 happened twice; the next one is 2 [thread ");
  }

  @Test
  void stepWaitsOnlyForAWhileForAnEarlierOne() {
    assertThatThrownBy(() -> hasty.step(3))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "step 3 waited 1 ms for step 2, but only 0 happened; the threads now:");
  }

  @Test
  void finishMissesAStep() {
    hasty.step(1);
    assertThatThrownBy(() -> hasty.finish(2))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("the end waited 1 ms for step 2, but only 1 happened;");
  }

  @Test
  void finishFindsOneTooMany() {
    steps.step(1);
    steps.step(2);
    assertThatThrownBy(() -> steps.finish(1))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("expected 1 steps, but step 2 happened too");
  }

  @Test
  void finishReportsWhatFailedInAnotherThread() {
    Thread other =
        start(
            () -> {
              try {
                throw steps.never("the wait must have been stopped");
              } catch (AssertionError _) {
                // A thread's own end hides its failure just so.
              }
            });
    ended(other);
    assertThatThrownBy(() -> steps.finish(0))
        .isInstanceOf(AssertionError.class)
        .hasMessage("the end cannot happen: the steps have failed already, see the cause")
        .cause()
        .hasMessageStartingWith(
            "reached what must never be reached, after step 0: the wait must have been stopped")
        .hasMessageContaining("[thread \"second\"]");
  }

  @Test
  void failureEndsTheWaitsOfOthers() {
    List<String> messages = new CopyOnWriteArrayList<>();
    Thread other =
        start(
            () -> {
              try {
                steps.step(2);
              } catch (AssertionError e) {
                messages.add(e.getMessage());
              }
            });
    Await.until("it waits", () -> other.getState() == Thread.State.TIMED_WAITING);
    assertThatThrownBy(() -> steps.never("not here")).isInstanceOf(AssertionError.class);
    ended(other);
    assertThat(messages)
        .containsExactly("step 2 cannot happen: the steps have failed already, see the cause");
  }

  @Test
  void interruptIsKeptForTheCodeUnderTest() {
    List<Boolean> flags = new CopyOnWriteArrayList<>();
    Thread other =
        start(
            () -> {
              steps.step(2);
              flags.add(Thread.interrupted());
            });
    Await.until("it waits", () -> other.getState() == Thread.State.TIMED_WAITING);
    other.interrupt();
    Await.until("it waits again", () -> !other.isInterrupted());
    steps.step(1);
    steps.finish(2);
    ended(other);
    assertThat(flags).containsExactly(true);
  }

  private static Thread start(Runnable body) {
    return Thread.ofPlatform().name("second").start(body);
  }

  private static void ended(Thread thread) {
    Await.until("the second thread has ended", () -> !thread.isAlive());
  }
}
