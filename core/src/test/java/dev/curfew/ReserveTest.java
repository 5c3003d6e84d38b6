// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.await;
import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Deadlines with a reserve, and bodies with a time limit.
class ReserveTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualTime time = new ManualTime();
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private Thread start(Action<Exception> body) {
    return Thread.ofVirtual().start(() -> thrown.set(catchThrowable(body::run)));
  }

  @Test
  void theScopeIsStoppedEarlierByTheReserve() throws InterruptedException {
    Thread owner =
        start(
            () ->
                Scope.run(
                    "job",
                    s -> s.withTime(time).withDeadline(seconds(10), seconds(2)),
                    _ -> {
                      Curfew.sleep(HOUR);
                      return null;
                    }));
    time.awaitAlarms(2);
    time.advance(Duration.ofMillis(7_999));
    assertThat(thrown.get()).isNull();
    time.advance(Duration.ofMillis(1));
    assertThat(owner.join(Await.LIMIT)).isTrue();
    assertThat(thrown.get())
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessage("deadline of job passed");
  }

  @Test
  void whatIsLeftIsToTheStopPointAndInAShieldToTheEnd() {
    Scope.run(
        "job",
        s -> s.withTime(time).withDeadline(seconds(10), seconds(2)),
        _ -> {
          assertThat(Curfew.remaining()).contains(seconds(8));
          Curfew.shield(HOUR, () -> assertThat(Curfew.remaining()).contains(seconds(10)));
          Curfew.shield(seconds(1), () -> assertThat(Curfew.remaining()).contains(seconds(1)));
          time.advance(seconds(9));
          assertThat(Curfew.remaining()).contains(Duration.ZERO);
          Curfew.shield(HOUR, () -> assertThat(Curfew.remaining()).contains(seconds(1)));
          return null;
        });
    assertThat(Curfew.remaining()).isEmpty();
  }

  @Test
  void aNestedScopeHasTheEarlierStopPointAndTheEarlierEnd() {
    Scope.run(
        "outer",
        s -> s.withTime(time).withDeadline(seconds(10), seconds(2)),
        _ -> {
          Scope.run(
              "longer",
              s -> s.withDeadline(seconds(20), seconds(15)),
              _ -> {
                assertThat(Curfew.remaining()).contains(seconds(5));
                Curfew.shield(HOUR, () -> assertThat(Curfew.remaining()).contains(seconds(10)));
                return null;
              });
          Scope.run(
              "shorter",
              s -> s.withDeadline(seconds(9), seconds(3)),
              _ -> {
                assertThat(Curfew.remaining()).contains(seconds(6));
                Curfew.shield(HOUR, () -> assertThat(Curfew.remaining()).contains(seconds(9)));
                return null;
              });
          return null;
        });
  }

  @Test
  void nothingIsWaitedForBeyondTheEndWhateverThePlanSays() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Thread owner =
        start(
            () ->
                Scope.run(
                    "job",
                    s ->
                        s.withTime(time)
                            .withPlan(StopPlan.within(HOUR))
                            .withDeadline(seconds(10), seconds(2)),
                    scope ->
                        scope.fork(
                            "deaf",
                            () -> {
                              begun.countDown();
                              waitDeafly(over);
                            })));
    await(begun);
    time.advance(seconds(8));
    time.awaitAlarms(1); // the owner waits for the end
    time.advance(Duration.ofMillis(1_999));
    assertThat(thrown.get()).isNull();
    time.awaitAlarms(1);
    time.advance(Duration.ofMillis(1));
    assertThat(owner.join(Await.LIMIT)).isTrue();
    assertThat(thrown.get().getSuppressed())
        .hasSize(1)
        .allMatch(also -> also instanceof AbandonedException);
    over.countDown();
    Await.until("the deaf one has ended", () -> Ledger.entries().isEmpty());
  }

  @Test
  void aReserveIsAPartOfADeadline() {
    assertThatThrownBy(() -> ScopeSettings.DEFAULT.withDeadline(seconds(1), seconds(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a reserve of PT2S is no part of a deadline of PT1S");
    assertThatThrownBy(() -> ScopeSettings.DEFAULT.withDeadline(seconds(1), seconds(-2)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void withinThrowsWhenTheTimeIsOver() throws InterruptedException {
    List<String> cleaned = new CopyOnWriteArrayList<>();
    Thread owner =
        start(
            () ->
                Scope.run(
                    "job",
                    s -> s.withTime(time),
                    _ ->
                        Curfew.within(
                            seconds(2),
                            () -> {
                              try {
                                Curfew.sleep(HOUR);
                                return "never";
                              } finally {
                                cleaned.add("closed");
                              }
                            })));
    time.awaitAlarms(2);
    time.advance(seconds(2));
    assertThat(owner.join(Await.LIMIT)).isTrue();
    assertThat(thrown.get())
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessage("deadline of job/within passed");
    assertThat(cleaned).containsExactly("closed");
  }

  @Test
  void withinReturnsWhatIsThereInTimeAndPassesFailuresOn() {
    assertThat(Curfew.<Integer, RuntimeException>within(HOUR, () -> 3)).isEqualTo(3);
    assertThat(Curfew.<Integer, RuntimeException>tryWithin(HOUR, () -> 3)).contains(3);
    IllegalStateException failure = new IllegalStateException("broken");
    assertThatThrownBy(
            () ->
                Curfew.tryWithin(
                    HOUR,
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
  }

  @Test
  void tryWithinIsEmptyWhenItsOwnTimeIsOver() {
    Optional<String> none =
        Curfew.tryWithin(
            Duration.ofMillis(20),
            () -> {
              Curfew.sleep(HOUR);
              return "never";
            });
    assertThat(none).isEmpty();
  }

  @Test
  void tryWithinThrowsWhenTheTimeOfAScopeInsideIsOver() {
    assertThatThrownBy(
            () ->
                Curfew.tryWithin(
                    HOUR,
                    () ->
                        Curfew.within(
                            Duration.ofMillis(20),
                            () -> {
                              Curfew.sleep(HOUR);
                              return "never";
                            })))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessage("deadline of within/within passed");
  }

  @Test
  void aStopFromOutsideIsNoTimeOut() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "job",
                    scope ->
                        Curfew.tryWithin(
                            HOUR,
                            () -> {
                              boolean _ = scope.stop(StopReason.requested("deploy"));
                              Curfew.sleep(HOUR);
                              return "never";
                            })))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("requested 'deploy'");
  }
}
