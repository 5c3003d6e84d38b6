// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ForkTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final Duration LONG = Duration.ofSeconds(30);

  private static void awaitEnd(Fork<?> fork) {
    Await.until(fork + " has ended", fork::hasEnded);
  }

  @Test
  void theValueIsThereOnceItHasEnded() {
    CountDownLatch go = new CountDownLatch(1);
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          scope.fork(
              "fork",
              () -> {
                await(go);
                return "value";
              });
      assertThatThrownBy(fork::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("app/fork still runs: join its scope before you ask for its value");
      assertThat(fork).hasToString("app/fork: running");
      assertThat(fork.join(Duration.ZERO)).isFalse();
      go.countDown();
      assertThat(fork.join(LONG)).isTrue();
      assertThat(fork.get()).isEqualTo("value");
      assertThat(fork.name()).isEqualTo("fork");
      assertThat(fork).hasToString("app/fork: succeeded");
    }
  }

  @Test
  void aFailureIsWrappedWithThePath() {
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          scope.fork(
              "fork",
              () -> {
                throw new IllegalStateException("planted");
              });
      awaitEnd(fork);
      assertThatThrownBy(fork::get)
          .isInstanceOfSatisfying(
              ForkFailedException.class, e -> assertThat(e.fork()).isEqualTo("app/fork"))
          .hasRootCauseMessage("planted");
      assertThat(fork.outcome().orElseThrow().word())
          .isEqualTo("failed: java.lang.IllegalStateException: planted");
    }
  }

  @Test
  void anErrorIsAnOutcomeToo() {
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          scope.fork(
              "fork",
              () -> {
                throw new StackOverflowError("planted");
              });
      awaitEnd(fork);
      assertThat(fork.outcome().orElseThrow()).isInstanceOf(Outcome.Failed.class);
    }
  }

  @Test
  void aValueThatComesAfterTheStopIsKeptAndMarkedLate() {
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          scope.fork(
              "fork",
              () -> {
                in.countDown();
                while (go.getCount() > 0) {
                  Thread.onSpinWait();
                }
                return "value";
              });
      await(in);
      fork.stop(WHY);
      go.countDown();
      awaitEnd(fork);
      assertThat(fork.get()).isEqualTo("value");
      assertThat(fork.outcome()).contains(new Outcome.Succeeded<>("value", true));
    }
  }

  @Test
  void aStoppedOneSaysWhy() {
    try (Scope scope = Scope.open("app")) {
      Fork<?> fork = scope.fork("fork", () -> Curfew.sleep(LONG));
      assertThat(fork.stop(WHY)).isTrue();
      assertThat(fork.stop(WHY)).isFalse();
      awaitEnd(fork);
      assertThatThrownBy(fork::get)
          .isInstanceOfSatisfying(
              StoppedException.class, e -> assertThat(e.reason()).isEqualTo(WHY));
      assertThat(fork.token().isStopped()).isTrue();
    }
  }

  /// It was not this fork that was asked to stop.
  @Test
  void theStopOfAForeignTokenIsAFailure() {
    StopSource other = StopSource.named("other");
    other.stop(WHY);
    try (Scope scope = Scope.open("app")) {
      Fork<?> fork = scope.fork("fork", () -> other.token().check());
      awaitEnd(fork);
      assertThat(fork.outcome().orElseThrow()).isInstanceOf(Outcome.Failed.class);
    }
  }

  @Test
  void aForeignInterruptIsAStopOfThisForkAlone() {
    try (Scope scope = Scope.open("app")) {
      AtomicReference<Thread> thread = new AtomicReference<>();
      Fork<?> fork =
          scope.fork(
              "fork",
              () -> {
                thread.set(Thread.currentThread());
                return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
              });
      Await.until("it runs", () -> thread.get() != null);
      thread.get().interrupt();
      awaitEnd(fork);
      assertThat(fork.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Stopped.class,
              stopped ->
                  assertThat(stopped.reason().chain())
                      .isEqualTo("interrupted from outside by fork in app/fork"));
      scope.join();
      assertThat(scope.token().isStopped()).isFalse();
    }
  }

  @Test
  void joinIsCutShortByAStopOfTheCaller() {
    try (Scope scope = Scope.open("app")) {
      Fork<?> fork = scope.fork("fork", () -> Curfew.sleep(LONG));
      try (Scope caller = Scope.open("caller")) {
        caller.stop(WHY);
        assertThatThrownBy(() -> fork.join(LONG)).isInstanceOf(StoppedException.class);
      }
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> fork.join(LONG))
          .isInstanceOfSatisfying(
              StoppedException.class,
              e -> assertThat(e.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void theDeadlineOfAScopeIsAnOutcomeOfItsForks() {
    ManualTime time = new ManualTime();
    try (Scope scope = Scope.open("app", s -> s.withTime(time).withDeadline(LONG))) {
      Fork<?> fork = scope.fork("fork", () -> Curfew.sleep(Duration.ofHours(1)));
      time.awaitAlarms(2);
      time.advance(LONG);
      awaitEnd(fork);
      assertThat(fork.outcome().orElseThrow().word()).isEqualTo("deadline exceeded");
      assertThatThrownBy(fork::get).isInstanceOf(StoppedException.class);
    }
  }
}
