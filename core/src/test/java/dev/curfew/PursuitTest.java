// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PursuitTest {

  private static final StopReason WHY = StopReason.requested("test");

  /// One interrupt for the stop, and at most five to cure what swallowed it.
  @Test
  void whoSwallowsEveryWakeUpIsLeftAloneAfterFiveMore() {
    AtomicInteger swallowed = new AtomicInteger();
    CountDownLatch release = new CountDownLatch(1);
    try (Scope scope = Scope.open("app")) {
      CountDownLatch in = new CountDownLatch(1);
      Fork<?> fork = scope.fork("swallows", () -> swallow(in, swallowed, release));
      Await.until("it runs", () -> in.getCount() == 0);
      fork.stop(WHY);
      Await.until("all wake-ups came", () -> swallowed.get() >= 5);
      release.countDown();
      Await.until("it has ended", fork::hasEnded);
      assertThat(swallowed).hasValueLessThanOrEqualTo(6);
    }
  }

  private static void swallow(CountDownLatch in, AtomicInteger swallowed, CountDownLatch release) {
    in.countDown();
    while (release.getCount() > 0) {
      try {
        boolean _ = release.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        swallowed.incrementAndGet(); // what the test is about
      }
    }
  }

  @Test
  void aThreadThatOnlyTheInnerScopeWasStoppedForIsNotWokenAfterIt() {
    Scope.run(
        "outer",
        outer -> {
          try (Scope inner = Scope.open("inner")) {
            inner.stop(WHY);
            Await.until("our interrupt has come", () -> Thread.currentThread().isInterrupted());
          }
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
          assertThat(outer.token().isStopped()).isFalse();
          return null;
        });
  }

  @Test
  void theGateIsReleasedWhenAllHaveEnded() {
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (Scope scope = Scope.open("app", ScopeSettings::withPlatformThreads)) {
      Fork<?> deaf =
          scope.fork(
              "deaf",
              () -> {
                in.countDown();
                while (release.getCount() > 0) {
                  Thread.onSpinWait();
                }
              });
      Await.until("it runs", () -> in.getCount() == 0);
      deaf.stop(WHY);
      Await.until("the gate is open", Gate.EXPLICIT::isOpen);
      release.countDown();
      Await.until("it has ended", deaf::hasEnded);
    }
    Await.until("the gate is closed", () -> !Gate.EXPLICIT.isOpen());
  }

  /// Whenever somebody looks, it is in a shield; and yet it has to see the stop when it comes back.
  @Test
  void aForkThatIsInAShieldWheneverItIsLookedAtFindsTheGateOpenBehindIt() {
    CountDownLatch in = new CountDownLatch(1);
    AtomicBoolean over = new AtomicBoolean();
    try (Scope scope = Scope.open("app", ScopeSettings::withPlatformThreads)) {
      Fork<?> fork =
          scope.fork(
              "shielded",
              () ->
                  Curfew.shield(
                      Duration.ofSeconds(50),
                      () -> {
                        in.countDown();
                        while (!over.get()) {
                          Thread.onSpinWait();
                        }
                      }));
      Await.until("it runs", () -> in.getCount() == 0);
      boolean _ = fork.stop(WHY);
      Await.until("the gate is open for it", () -> Gate.EXPLICIT.isOpenFor(threadOf("shielded")));
      over.set(true);
      Await.until("it has ended", fork::hasEnded);
    }
  }

  private static Thread threadOf(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
