// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scopes when foreign code fails, or is used in unusual ways.
class ScopeEdgeTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final Duration LONG = Duration.ofSeconds(30);

  private static void deafUntil(CountDownLatch release) {
    while (release.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private static Throwable joinWithThreads(ThreadFactory threads) {
    return catchThrowable(
        () ->
            Scope.run(
                "app",
                s -> s.withThreads(threads),
                scope -> {
                  Throwable thrown = catchThrowable(() -> scope.fork("one", () -> "x"));
                  scope.join(); // would wait for ever if the fork still counted
                  throw new IOException(thrown);
                }));
  }

  @Test
  void aScopeThatIsLeftBeforeItsJoinSaysByWhichLine() {
    Fork<?> fork;
    try (Scope scope = Scope.open("app")) {
      fork = scope.fork("sleeps", () -> Curfew.sleep(LONG));
    }
    StopReason reason = ((Outcome.Stopped<?>) fork.outcome().orElseThrow()).reason().root();
    assertThat(reason.toString()).contains("left before join", "ScopeEdgeTest.java:");
  }

  @Test
  void aForkWhoseThreadCannotStartDoesNotCount() {
    Thread cannotStart =
        new Thread() {
          @Override
          public void start() {
            throw new OutOfMemoryError("unable to create native thread (planted)");
          }
        };
    assertThat(joinWithThreads(_ -> cannotStart))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void aForkWhoseThreadCannotBeMadeDoesNotCount() {
    assertThat(
            joinWithThreads(
                _ -> {
                  throw new IllegalCallerException("planted");
                }))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(IllegalCallerException.class);
    assertThat(joinWithThreads(_ -> null))
        .hasRootCauseMessage("the thread factory made no thread for 'one'");
  }

  @Test
  void aFactoryThatStartsItsThreadsIsNamed() {
    AtomicBoolean ran = new AtomicBoolean();
    List<Thread> started = new ArrayList<>();
    ThreadFactory hasty =
        body -> {
          Thread thread = Thread.ofPlatform().start(body);
          started.add(thread);
          return thread;
        };
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                Scope.run(
                    "app",
                    s -> s.withThreads(hasty),
                    scope -> scope.fork("one", () -> ran.getAndSet(true))))
        .withMessageMatching(
            "the thread factory dev\\.curfew\\.ScopeEdgeTest.* returned a thread for 'one' that has"
                + " been started already: it has to return a new one each time, and to leave the"
                + " start to its caller");
    Await.until("its thread ends", () -> !started.getFirst().isAlive());
    assertThat(ran).isFalse();
  }

  @Test
  void aScopeWhoseClockFailsIsNotOpened() {
    ManualTime broken = new ManualTime();
    TimeSource clock =
        new TimeSource() {
          @Override
          public long nanos() {
            return broken.nanos();
          }

          @Override
          public Alarm alarm(long atNanos, Runnable action) {
            throw new IllegalStateException("planted");
          }
        };
    assertThatThrownBy(() -> Scope.open("x", s -> s.withTime(clock).withDeadline(LONG)))
        .hasMessage("planted");
    assertThat(Curfew.openScopes()).isEmpty();
    assertThat(Lease.current()).isNull();
  }

  @Test
  void anExceptionThatCannotSayWhatItIsStillEndsTheScope() {
    class Mute extends RuntimeException {
      private static final long serialVersionUID = 1L;

      @Override
      public String getMessage() {
        throw new IllegalStateException("mute");
      }
    }
    CountDownLatch release = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "x",
                    s -> s.withPlan(StopPlan.within(Duration.ofMillis(30))),
                    scope -> {
                      scope.fork("sleeps", () -> deafUntil(release));
                      throw new Mute();
                    }));
    release.countDown();
    assertThat(thrown).isNotNull();
    assertThat(Curfew.openScopes()).isEmpty();
    assertThat(Lease.current()).isNull();
  }

  @Test
  void theExceptionOfTheBodyIsKeptWhenSomethingHasToBeAbandoned() {
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Fork<?>> deaf = new AtomicReference<>();
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "x",
                    s -> s.withPlan(StopPlan.within(Duration.ZERO)),
                    scope -> {
                      CountDownLatch in = new CountDownLatch(1);
                      deaf.set(
                          scope.fork(
                              "deaf",
                              () -> {
                                in.countDown();
                                deafUntil(release);
                              }));
                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                      throw new IOException("mine");
                    }));
    assertThat(thrown).isInstanceOf(IOException.class).hasMessage("mine");
    assertThat(thrown.getSuppressed())
        .singleElement()
        .isInstanceOfSatisfying(
            AbandonedException.class,
            given -> {
              assertThat(given.report().reason().why())
                  .isEqualTo("scope x closed: its body threw java.io.IOException: mine");
              assertThat(given.report().stragglers()).hasSize(1);
            });
    release.countDown();
    Await.until("it has ended", () -> deaf.get().hasEnded());
  }

  @Test
  void aScopeLeftOpenInABodyIsClosedAndNamed() {
    AtomicReference<Fork<?>> left = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "outer",
                    outer -> {
                      Scope inner = Scope.open("inner");
                      left.set(inner.fork("sleeps", () -> Curfew.sleep(LONG)));
                      return null;
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("outer/inner was left open: use try-with-resources for Scope.open");
    assertThat(left.get().hasEnded()).isTrue();
    assertThat(Lease.current()).isNull();
  }

  @Test
  void aScopeLeftOpenInAForkIsClosedAndNamed() {
    AtomicReference<Fork<?>> left = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "outer",
                    outer ->
                        outer.fork(
                            "fork",
                            () ->
                                left.set(
                                    Scope.open("inner").fork("sleeps", () -> Curfew.sleep(LONG))))))
        .isInstanceOf(ForkFailedException.class)
        .hasMessageContaining("outer/fork/inner was left open");
    assertThat(left.get().hasEnded()).isTrue();
  }

  @Test
  void joiningTheOuterScopeInsideAStoppedInnerOneIsCutShort() {
    try (Scope outer = Scope.open("outer")) {
      Fork<?> fork = outer.fork("sleeps", () -> Curfew.sleep(LONG));
      try (Scope inner = Scope.open("inner")) {
        inner.stop(WHY);
        assertThatThrownBy(outer::join)
            .isInstanceOfSatisfying(
                StoppedException.class, e -> assertThat(e.reason()).isEqualTo(WHY));
      }
      assertThat(fork.outcome()).isEmpty();
    }
  }

  @Test
  void aScopeMayBeJoinedOnlyByItsOwner() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (Scope scope = Scope.open("mine")) {
      Thread other = Thread.ofPlatform().start(() -> thrown.set(catchThrowable(scope::join)));
      assertThat(other.join(Duration.ofSeconds(10))).isTrue();
    }
    assertThat(thrown.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("mine is joined by the thread that opened it, ");
  }

  @Test
  void aPlanLongerThanAnyClockIsCut() {
    Scope.run(
        "x",
        s -> s.withPlan(StopPlan.within(Duration.ofSeconds(Long.MAX_VALUE))),
        scope -> {
          scope.fork("sleeps", () -> Curfew.sleep(LONG)).stop(WHY);
          scope.stop(WHY);
          assertThat(scope.group().endOfStop().remaining()).isGreaterThan(Duration.ofDays(36_000));
          return null;
        });
  }

  @Test
  void thePlanOfTheFirstStopCountsEvenIfItIsLonger() {
    ManualTime time = new ManualTime();
    try (Scope scope = Scope.open("x", s -> s.withTime(time))) {
      scope.stop(WHY, StopPlan.within(Duration.ofSeconds(60)));
      assertThat(scope.group().endOfStop().remaining()).isEqualTo(Duration.ofSeconds(60));
      scope.stop(WHY, StopPlan.within(Duration.ofSeconds(70)));
      assertThat(scope.group().endOfStop().remaining()).isEqualTo(Duration.ofSeconds(60));
      scope.stop(WHY, StopPlan.within(Duration.ofSeconds(7)));
      assertThat(scope.group().endOfStop().remaining()).isEqualTo(Duration.ofSeconds(7));
    }
  }

  @Test
  void aShorterPlanReachesScopesBelowThatWaitAlready() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch in = new CountDownLatch(1);
    ManualTime time = new ManualTime();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Scope> app = new AtomicReference<>();
    Thread owner =
        Thread.ofPlatform()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "app",
                                    s -> s.withTime(time),
                                    scope -> {
                                      app.set(scope);
                                      scope.fork(
                                          "worker",
                                          () ->
                                              Scope.run(
                                                  "item",
                                                  item -> {
                                                    item.fork(
                                                        "deaf",
                                                        () -> {
                                                          in.countDown();
                                                          deafUntil(release);
                                                        });
                                                    item.join();
                                                    return null;
                                                  }));
                                      scope.join();
                                      return null;
                                    }))));
    assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
    app.get().stop(WHY);
    time.awaitAlarms(2); // both wait for the end of the plan
    app.get().stop(WHY, StopPlan.within(Duration.ZERO));
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).isInstanceOf(StoppedException.class);
    Await.until(
        "the deaf fork is all that is left",
        () ->
            Ledger.entries().stream()
                .map(Ledger.Entry::path)
                .toList()
                .equals(List.of("app/worker/item/deaf")));
    release.countDown();
    Await.until("it has ended", () -> Ledger.entries().isEmpty());
  }

  @Test
  void theReportNamesWhatAnEarlierStopHadReached() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<StopReport> report = new AtomicReference<>();
    Scope.run(
        "app",
        scope -> {
          CountDownLatch in = new CountDownLatch(1);
          Fork<?> deaf =
              scope.fork(
                  "deaf",
                  () -> {
                    in.countDown();
                    deafUntil(release);
                  });
          assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
          deaf.stop(StopReason.requested("alone"));
          scope.stop(WHY);
          report.set(scope.report().orElseThrow());
          release.countDown();
          return null;
        });
    assertThat(report.get().stragglers())
        .extracting(StopReport.Part::path)
        .containsExactly("app/deaf");
  }

  @Test
  void anInterruptedBodyHasSeenTheStop() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Scope> opened = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "body",
                                    scope -> {
                                      opened.set(scope);
                                      return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                                    }))));
    Await.until("it is open", () -> opened.get() != null);
    StopReport report = opened.get().stopAndAwait(WHY, StopPlan.DEFAULT);
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).isInstanceOf(StoppedException.class);
    assertThat(report.parts())
        .singleElement()
        .satisfies(part -> assertThat(part.seen()).isPresent());
    assertThat(opened.get().report().orElseThrow().text())
        .contains("1 of 1 ended, took ")
        .contains("  saw it after ");
  }

  /// The clean-up behind a scope that throws the stop of the one around it.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCleanUpBehindAnInnerScopeFindsNoInterrupt(boolean lambda) {
    for (int i = 0; i < 200; i++) {
      AtomicReference<Boolean> flag = new AtomicReference<>();
      CountDownLatch inside = new CountDownLatch(1);
      try (Scope outer = Scope.open("outer")) {
        outer.fork(
            "works",
            () -> {
              try {
                if (lambda) {
                  Scope.run("inner", inner -> inner.fork("sleeps", () -> sleepLong(inside)));
                } else {
                  try (Scope inner = Scope.open("inner")) {
                    inner.fork("sleeps", () -> sleepLong(inside));
                    inner.join();
                  }
                }
              } finally {
                flag.set(Thread.currentThread().isInterrupted());
              }
            });
        Await.until("it sleeps", () -> inside.getCount() == 0);
        boolean _ = outer.stop(WHY);
      }
      assertThat(flag.get()).isFalse();
    }
  }

  private static void sleepLong(CountDownLatch inside) {
    inside.countDown();
    Curfew.sleep(LONG);
  }
}
