// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.lang.StackWalker.StackFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// Code that never checks, with the checks that an agent would put into it.
class DeliveryTest {

  private static final StopReason WHY = StopReason.requested("test");

  /// The stops here are given 4 s, so a grace is as long as it gets.
  private static final Duration GRACE = Duration.ofNanos(Delivery.LONGEST_GRACE);

  private static final Duration WATCH = Duration.ofNanos(Delivery.WATCH);
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final ManualTime time = new ManualTime();

  private ScopeSettings settings(ScopeSettings settings) {
    return settings.withTime(time).withPlan(StopPlan.within(Duration.ofSeconds(4)));
  }

  /// Runs this on the calling thread in a scope that is stopped already.
  private void stopped(Action<RuntimeException> body) {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    this::settings,
                    scope -> {
                      scope.stop(WHY);
                      boolean _ = Thread.interrupted();
                      body.run();
                      return "done";
                    }))
        .isInstanceOf(StoppedException.class);
  }

  private static void check() {
    Delivery.atCheck();
  }

  private static boolean isThrown() {
    return catchThrowable(DeliveryTest::check) instanceof DeliveredStop;
  }

  /// One more frame than [#isThrown].
  private static boolean isThrownFurtherIn() {
    return isThrown();
  }

  @Test
  void checkThatIsPassedWhileAnotherLooksDoesNothing() {
    List<Boolean> inner = new ArrayList<>();
    Predicate<StackFrame> asks = _ -> inner.add(isThrown()) && inner.contains(true);
    stopped(() -> assertThat(isThrownShielded(asks)).isTrue());
    assertThat(inner).isNotEmpty().containsOnly(false);
  }

  @Test
  void nothingIsThrownOutsideOfAScopeOrBeforeAStop() {
    check();
    Scope.run(
        "app",
        scope -> {
          check();
          return "";
        });
  }

  @Test
  void itIsThrownOnceAndThenThereIsSilenceForAGrace() {
    stopped(
        () -> {
          assertThat(isThrown()).isTrue();
          assertThat(isThrown()).isFalse();
          time.advance(GRACE.minus(MOMENT));
          assertThat(isThrown()).isFalse();
        });
  }

  @Test
  void afterTheGraceItIsThrownWhereTheThreadIsSeenToLoop() {
    stopped(
        () -> {
          assertThat(isThrown()).isTrue();
          time.advance(GRACE);
          assertThat(isThrown()).isFalse(); // being watched
          assertThat(isThrownFurtherIn()).isFalse();
          time.advance(WATCH);
          assertThat(isThrownFurtherIn()).isFalse();
          assertThat(isThrown()).isTrue();
          assertThat(isThrown()).isFalse(); // again a grace
        });
  }

  @Test
  void aFrameThatDoesNotComeByAgainIsNotWaitedFor() {
    stopped(
        () -> {
          assertThat(isThrown()).isTrue();
          time.advance(GRACE);
          assertThat(isThrown()).isFalse();
          time.advance(WATCH);
          assertThat(isThrownFurtherIn()).isFalse();
          time.advance(GRACE.plus(WATCH));
          assertThat(isThrownFurtherIn()).isFalse();
          time.advance(WATCH);
          assertThat(isThrownFurtherIn()).isTrue();
        });
  }

  /// The outer loop is too slow to be seen: it is thrown there when it has swallowed the second.
  @Test
  void aSlowOuterLoopThatSwallowsItGetsItAtOnce() {
    AtomicInteger swallowed = new AtomicInteger();
    stopped(
        () -> {
          while (swallowed.get() < 5) {
            try {
              while (swallowed.get() < 5) {
                Delivery.atCheck();
                time.advance(WATCH);
              }
            } catch (DeliveredStop stop) {
              swallowed.incrementAndGet();
            }
            Delivery.atCheck();
          }
        });
    assertThat(swallowed).hasValue(2);
  }

  @Test
  void loopsThatTakeTurnsAtSwallowingAreLeftInPeaceAfterAWhile() {
    AtomicInteger swallowed = new AtomicInteger();
    stopped(
        () -> {
          for (int round = 0; round < 2_000; round++) {
            try {
              Delivery.atCheck();
            } catch (DeliveredStop stop) {
              swallowed.incrementAndGet();
            }
            try {
              Delivery.atCheck();
            } catch (DeliveredStop stop) {
              swallowed.incrementAndGet();
            }
            if (round < 200) {
              time.advance(WATCH);
            }
          }
        });
    // The clock moves on for four seconds: ten rounds or so, of a handful of throws each.
    assertThat(swallowed).hasValueBetween(10, 100);
  }

  @Test
  void whatIsCalledToCleanUpAfterTheSecondIsSparedForAWhile() {
    AtomicInteger cleaned = new AtomicInteger();
    stopped(
        () -> {
          assertThat(isThrown()).isTrue();
          time.advance(GRACE);
          check();
          time.advance(WATCH);
          try {
            check();
            throw new AssertionError("it is due");
          } catch (DeliveredStop stop) {
            cleanUp(cleaned);
          }
          assertThat(isThrown()).isFalse(); // the grace has begun
        });
    assertThat(cleaned).hasValue(300);
  }

  private static void cleanUp(AtomicInteger cleaned) {
    while (cleaned.incrementAndGet() < 300) {
      Delivery.atCheck();
    }
  }

  /// The longer clean-up takes, the less of its time is spent on asking.
  @Test
  void cleanUpIsAskedAtGrowingIntervals() {
    AtomicInteger looks = new AtomicInteger();
    List<Integer> intervals = new ArrayList<>();
    Predicate<StackFrame> slow =
        frame -> {
          if (frame.getMethodName().equals("isThrownShielded") && looks.incrementAndGet() > 0) {
            time.advance(MOMENT.multipliedBy(10));
          }
          return true;
        };
    stopped(
        () -> {
          for (int look = 1; look <= 3; look++) {
            int moments = 0;
            for (; looks.get() < look && !isThrownShielded(slow); moments++) {
              time.advance(MOMENT);
            }
            intervals.add(moments);
          }
          throw new StoppedException(WHY);
        });
    assertThat(intervals).containsExactly(1, 10, 20);
  }

  private static final class Initialised {
    static final boolean THROWN = isThrown();
  }

  @Test
  void nothingIsThrownIntoAClassInitialiserHoweverLongItTakes() {
    stopped(
        () -> {
          assertThat(Initialised.THROWN).isFalse();
          assertThat(isThrown()).isFalse(); // a refusal is silent for a moment
          time.advance(MOMENT);
          assertThat(isThrown()).isTrue();
        });
  }

  private static final class Patient {
    static final boolean THROWN;

    static {
      ManualTime clock = Objects.requireNonNull(CLOCK.get());
      boolean early = isThrown();
      clock.advance(GRACE.multipliedBy(10));
      THROWN = early || isThrown();
    }
  }

  private static final ThreadLocal<ManualTime> CLOCK = new ThreadLocal<>();

  @Test
  void anInitialiserThatTakesLongerThanAllGracesIsStillLeftAlone() {
    CLOCK.set(time);
    stopped(
        () -> {
          assertThat(Patient.THROWN).isFalse();
          time.advance(MOMENT);
          check();
        });
    CLOCK.remove();
  }

  private static final class Finds extends ClassLoader {
    boolean thrown;

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      thrown = isThrown();
      throw new ClassNotFoundException(name);
    }
  }

  @Test
  void nothingIsThrownWhileAClassIsBeingFound() {
    Finds loader = new Finds();
    stopped(
        () -> {
          assertThat(catchThrowable(() -> loader.loadClass("no.Such")))
              .isInstanceOf(ClassNotFoundException.class);
          assertThat(loader.thrown).isFalse();
          time.advance(MOMENT);
          check();
        });
  }

  private final class Resource implements AutoCloseable {
    final List<Boolean> thrown = new ArrayList<>();

    @Override
    public void close() {
      thrown.add(isThrown());
      time.advance(GRACE);
      thrown.add(isThrown());
      time.advance(GRACE);
      thrown.add(isThrown());
    }
  }

  @Test
  void closeHoldsItBackForTwoGracesAndNoLonger() {
    Resource resource = new Resource();
    stopped(resource::close);
    assertThat(resource.thrown).containsExactly(false, false, true);
  }

  @Test
  void wovenCleanUpHoldsItBackButNotTheOneAroundTheScope() {
    Predicate<StackFrame> shields = frame -> frame.getMethodName().equals("cleanUp");
    stopped(
        () -> {
          assertThat(cleanUp(shields)).isFalse();
          time.advance(MOMENT);
          assertThat(isThrownShielded(shields)).isTrue();
        });
    assertThat(cleanUpWithAScopeInside(shields)).isTrue();
  }

  private static boolean cleanUp(Predicate<StackFrame> shields) {
    return isThrownShielded(shields);
  }

  private static boolean isThrownShielded(Predicate<StackFrame> shields) {
    Lease here = Objects.requireNonNull(Lease.glimpse());
    return catchThrowable(() -> here.delivery().atCheck(WHY, shields)) instanceof DeliveredStop;
  }

  private boolean cleanUpWithAScopeInside(Predicate<StackFrame> around) {
    List<Boolean> thrown = new ArrayList<>();
    Predicate<StackFrame> shields =
        frame -> around.test(frame) || frame.getMethodName().equals("cleanUpWithAScopeInside");
    stopped(() -> thrown.add(isThrownShielded(shields)));
    return thrown.getFirst();
  }

  /// Runs this in a fork that is stopped.
  private Fork<String> stoppedFork(Callable<String> body) {
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Scope scope = Scope.open("app", this::settings)) {
      Fork<String> fork =
          scope.fork(
              "deaf",
              () -> {
                in.countDown();
                Await.until("it is stopped", () -> go.getCount() == 0);
                boolean _ = Thread.interrupted();
                return body.call();
              });
      Await.until("it runs", () -> in.getCount() == 0);
      fork.stop(WHY);
      go.countDown();
      Await.until("it has ended", fork::hasEnded);
      return fork;
    }
  }

  @Test
  void aForkThatSwallowsItAndReturnsWasStopped() {
    Fork<String> fork =
        stoppedFork(
            () -> {
              assertThat(isThrown()).isTrue();
              return "half";
            });
    assertThat(fork.outcome()).contains(new Outcome.Stopped<>(WHY));
  }

  @Test
  void aForkThatMakesSomethingElseOfItWasStopped() {
    Fork<String> fork =
        stoppedFork(
            () -> {
              assertThat(isThrown()).isTrue();
              throw new IllegalStateException("the parser is broken");
            });
    assertThat(fork.outcome()).contains(new Outcome.Stopped<>(WHY));
  }

  @Test
  void aForkThatFailsByItselfHasFailed() {
    Fork<String> fork =
        stoppedFork(
            () -> {
              throw new IllegalStateException("really");
            });
    assertThat(fork.outcome().orElseThrow()).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void aScopeThatSwallowsItDoesNotReturn() {
    stopped(() -> assertThat(isThrown()).isTrue());
  }

  @Test
  void anErrandThatSwallowsItDoesNotReturn() {
    Errand errand = Errand.of("job", settings(ScopeSettings.DEFAULT));
    errand.stop(WHY);
    assertThatThrownBy(
            () ->
                errand.run(
                    () -> {
                      boolean _ = Thread.interrupted();
                      assertThat(isThrown()).isTrue();
                      throw new IllegalStateException("made of it");
                    }))
        .isInstanceOf(StoppedException.class)
        .cause()
        .isInstanceOf(DeliveredStop.class)
        .hasSuppressedException(new IllegalStateException("made of it"));
  }

  @Test
  void fromABlockingCallItComesAsAStop() {
    Scope scope = Scope.open("app", this::settings);
    try (scope) {
      assertThatThrownBy(
              () ->
                  Curfew.blocking(
                      Unblocking.flagOnly(),
                      () -> {
                        scope.stop(WHY);
                        return isThrown();
                      }))
          .isInstanceOf(StoppedException.class)
          .hasCauseInstanceOf(DeliveredStop.class);
    }
  }

  @Test
  void aShieldThatOverrunsIsLeftByAStop() {
    try (Scope _ = Scope.open("app", this::settings)) {
      assertThatThrownBy(
              () ->
                  Curfew.shield(
                      Duration.ofSeconds(1),
                      () -> {
                        time.advance(Duration.ofSeconds(1));
                        check();
                      }))
          .isInstanceOfSatisfying(
              StoppedException.class,
              stop -> assertThat(stop.reason()).isInstanceOf(StopReason.LimitReached.class));
    }
  }

  @Test
  void theReportTellsWhereItWasDeliveredAndWhatWasSwallowed() {
    Scope scope = Scope.open("app", this::settings);
    try (scope) {
      scope.stop(WHY);
      boolean _ = Thread.interrupted();
      time.advance(MOMENT);
      assertThat(isThrown()).isTrue();
      assertThat(notes(scope))
          .singleElement(STRING)
          .matches("stop delivered at DeliveryTest.check at DeliveryTest.java:[0-9]+ after 1.0 ms");
      time.advance(GRACE);
      assertThat(isThrown()).isFalse();
      time.advance(WATCH);
      assertThat(isThrown()).isTrue();
      assertThat(notes(scope)).hasSize(2);
      assertThat(notes(scope).getFirst()).endsWith(" after 1.0 ms, swallowed");
      assertThat(notes(scope).getLast()).endsWith(" after 421.0 ms");
    }
  }

  private static List<String> notes(Scope scope) {
    return scope.report().orElseThrow().parts().getFirst().notes();
  }

  @Test
  void aLockIsUnlockedAndTheReasonComesOut() {
    ReentrantLock lock = new ReentrantLock();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    this::settings,
                    scope -> {
                      scope.stop(WHY);
                      lock.lock();
                      try {
                        check();
                      } finally {
                        check();
                        lock.unlock();
                      }
                      return "";
                    }))
        .isInstanceOfSatisfying(
            StoppedException.class, stop -> assertThat(stop.reason()).isEqualTo(WHY))
        .hasRootCauseInstanceOf(DeliveredStop.class);
    assertThat(lock.isLocked()).isFalse();
  }
}
