// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Deadlines, sleeps and plans, on a clock that moves by hand.
class TimeTest {

  private final ManualTime time = new ManualTime();

  @Test
  void aScopeThatOutlivesItsDeadlineThrowsDeadlineExceeded() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "two seconds",
                                    s -> s.withTime(time).withDeadline(Duration.ofSeconds(2)),
                                    scope -> {
                                      scope.fork("sleeps", () -> Curfew.sleep(Duration.ofHours(1)));
                                      scope.join();
                                      return null;
                                    }))));
    time.awaitAlarms(2); // the deadline and the sleep
    time.advance(Duration.ofMillis(1999));
    assertThat(thrown.get()).isNull();
    time.advance(Duration.ofMillis(1));
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get())
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessage("deadline of two seconds passed");
  }

  @Test
  void onlyTheScopeWhoseDeadlineItWasConvertsIt() throws InterruptedException {
    AtomicReference<Throwable> inner = new AtomicReference<>();
    AtomicReference<Throwable> outer = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    outer.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "outer",
                                    s -> s.withTime(time).withDeadline(Duration.ofSeconds(2)),
                                    scope ->
                                        Scope.run(
                                            "inner",
                                            s -> s.withDeadline(Duration.ofSeconds(5)),
                                            in -> {
                                              try {
                                                Curfew.sleep(Duration.ofHours(1));
                                              } catch (StoppedException e) {
                                                inner.set(e);
                                                throw e;
                                              }
                                              return null;
                                            })))));
    time.awaitAlarms(3);
    time.advance(Duration.ofSeconds(2));
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(inner.get()).isInstanceOf(StoppedException.class);
    assertThat(outer.get()).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  void theEarlierDeadlineCountsAndCanBeRead() {
    Scope.run(
        "outer",
        s -> s.withTime(time).withDeadline(Duration.ofSeconds(5)),
        outer -> {
          Scope.run(
              "longer",
              s -> s.withDeadline(Duration.ofSeconds(9)),
              inner -> {
                assertThat(Curfew.remaining()).contains(Duration.ofSeconds(5));
                return null;
              });
          Scope.run(
              "shorter",
              s -> s.withDeadline(Duration.ofSeconds(1)),
              inner -> {
                assertThat(Curfew.remaining()).contains(Duration.ofSeconds(1));
                return null;
              });
          return null;
        });
    assertThat(Curfew.remaining()).isEmpty();
  }

  @Test
  void aScopeTakesItsAlarmBack() {
    Scope.run("short", s -> s.withTime(time).withDeadline(Duration.ofSeconds(5)), scope -> null);
    time.awaitAlarms(0);
  }

  @Test
  void aSleepEndsWhenItsTimeHasCome() throws InterruptedException {
    Thread sleeper =
        Thread.ofVirtual()
            .start(
                () ->
                    Scope.run(
                        "sleep",
                        s -> s.withTime(time),
                        scope -> {
                          Curfew.sleep(Duration.ofDays(1));
                          return null;
                        }));
    time.awaitAlarms(1);
    time.advance(Duration.ofDays(1));
    assertThat(sleeper.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void whatDoesNotEndWithinThePlanIsAbandonedAndNamed() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch in = new CountDownLatch(1);
    AtomicReference<Fork<?>> deaf = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "app",
                                    s ->
                                        s.withTime(time)
                                            .withPlan(StopPlan.within(Duration.ofSeconds(5))),
                                    scope -> {
                                      deaf.set(
                                          scope.fork(
                                              "deaf",
                                              () -> {
                                                in.countDown();
                                                waitDeafly(release);
                                              }));
                                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                                      scope.stop(StopReason.requested("deploy"));
                                      scope.join();
                                      return null;
                                    }))));
    time.awaitAlarms(1); // the end of the plan
    assertThat(Ledger.entries()).isEmpty();
    time.advance(Duration.ofSeconds(5));
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).isInstanceOf(StoppedException.class);
    assertThat(thrown.get().getSuppressed())
        .singleElement()
        .isInstanceOfSatisfying(
            AbandonedException.class,
            abandoned -> {
              assertThat(abandoned.report().stragglers())
                  .extracting(StopReport.Part::path)
                  .containsExactly("app/deaf");
              assertThat(abandoned)
                  .hasMessageContaining("STILL RUNNING")
                  .hasMessageContaining("waitDeafly");
            });
    assertThat(deaf.get().outcome().orElseThrow()).isInstanceOf(Outcome.Abandoned.class);
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("app/deaf");
    release.countDown();
    Await.until("the fork has ended", () -> deaf.get().hasEnded());
    assertThat(deaf.get().outcome().orElseThrow()).isEqualTo(new Outcome.Succeeded<>(null, true));
    assertThat(Ledger.entries()).isEmpty();
  }

  @Test
  void aSecondStopCanOnlyShortenThePlan() {
    assertThatThrownBy(() -> StopPlan.within(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    try (Scope scope = Scope.open("twice", s -> s.withTime(time))) {
      scope.stop(StopReason.requested("one"));
      scope.group().follow(StopPlan.within(Duration.ofSeconds(9)), false);
      scope.group().follow(StopPlan.within(Duration.ofSeconds(3)), false);
      scope.group().follow(StopPlan.within(Duration.ofSeconds(7)), false);
      assertThat(scope.group().endOfStop().remaining()).isEqualTo(Duration.ofSeconds(3));
    }
  }
}
