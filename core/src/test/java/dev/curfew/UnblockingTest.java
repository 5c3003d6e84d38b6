// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Actions that free a call, and harder ones for when they do not.
class UnblockingTest {

  private static final StopReason WHY = StopReason.requested("deploy");
  private static final Duration LATER = Duration.ofSeconds(2);

  private final ManualTime time = new ManualTime();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final CountDownLatch in = new CountDownLatch(1);
  private final CountDownLatch freed = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);

  private void cancel() {
    calls.add("cancel");
  }

  private void abort() {
    calls.add("abort");
    freed.countDown();
  }

  private void hang() {
    calls.add("cancel");
    Latches.waitDeafly(over);
  }

  /// Stops a fork that waits to be freed, and goes on as the test says.
  private Outcome<Object> stopped(Unblocking freedBy, Runnable andThen) {
    AtomicReference<Fork<Object>> made = new AtomicReference<>();
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> s.withTime(time),
                    scope -> {
                      made.set(scope.fork("call", () -> waitToBeFreed(freedBy)));
                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                      scope.stop(WHY);
                      andThen.run();
                      scope.join();
                      return null;
                    }));
    return made.get().outcome().orElseThrow();
  }

  private Object waitToBeFreed(Unblocking freedBy) throws Exception {
    return Curfew.<Object, Exception>blocking(
        freedBy,
        () -> {
          in.countDown();
          assertThat(freed.await(20, TimeUnit.SECONDS)).isTrue();
          throw new IOException("the connection was aborted");
        });
  }

  @Test
  void aHarderActionIsCalledOnceItsTimeHasCome() {
    Outcome<Object> end =
        stopped(
            Unblocking.by(this::cancel).then(LATER, this::abort),
            () -> {
              Await.until("it is tried twice", () -> calls.size() >= 2);
              assertThat(calls).containsOnly("cancel");
              time.advance(LATER);
            });
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
    assertThat(calls).containsOnlyOnce("abort").endsWith("abort");
  }

  @Test
  void ofThreeEachHasItsTurn() {
    stopped(
        Unblocking.by(this::cancel)
            .then(LATER, () -> calls.add("close"))
            .then(LATER.multipliedBy(2), this::abort),
        () -> {
          Await.until("the first", () -> calls.contains("cancel"));
          time.advance(LATER);
          Await.until("the second", () -> calls.contains("close"));
          time.advance(LATER);
        });
    assertThat(calls.stream().distinct()).containsExactly("cancel", "close", "abort");
  }

  @Test
  void aHarderActionDoesNotWaitForOneThatHangs() {
    Outcome<Object> end =
        stopped(
            Unblocking.by(this::hang).then(LATER, this::abort),
            () -> {
              Await.until("the first", () -> calls.contains("cancel"));
              time.advance(LATER);
            });
    assertThat(end).isInstanceOf(Outcome.Stopped.class);
    assertThat(calls).containsExactly("cancel", "abort");
    assertThat(Ledger.entries())
        .as("what hangs is left behind after a second")
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.path()).isEqualTo("app/call/unblocker");
              assertThat(entry.reason())
                  .isEqualTo(
                      "limit reached: the action that frees a blocking call did not end within"
                          + " PT1S by the clock in app/call");
            });
    over.countDown();
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void aCallThatIsFreedKeepsNoAlarm() {
    stopped(
        Unblocking.by(
                () -> {
                  cancel();
                  freed.countDown();
                })
            .then(LATER, this::abort),
        () -> Await.until("it is freed", () -> freed.getCount() == 0));
    assertThat(time.waiting()).isZero();
    time.advance(LATER);
    assertThat(calls).doesNotContain("abort");
  }

  @Test
  void aCallThatIsNeverStoppedSetsNoAlarm() {
    String value =
        Scope.run(
            "app",
            s -> s.withTime(time),
            scope ->
                Curfew.<String, RuntimeException>blocking(
                    Unblocking.by(this::cancel).then(LATER, this::abort),
                    () -> "alarms: " + time.waiting()));
    assertThat(value).isEqualTo("alarms: 0");
    assertThat(calls).isEmpty();
  }

  @Test
  void anActionIsNotCalledAgainWhileItRuns() {
    StopNode node = StopNode.alone("call");
    boolean _ = node.stop(WHY);
    Unblocker unblocker =
        new Unblocker(node, List.of(new Unblocking.Attempt(Duration.ZERO, this::hang)));
    unblocker.run();
    Await.until("it runs", () -> calls.size() == 1);
    unblocker.run();
    over.countDown();
    Await.until(
        "it is called again",
        () -> {
          unblocker.run();
          return calls.size() > 1;
        });
    unblocker.close();
    int before = calls.size();
    unblocker.run();
    assertThat(calls).as("after the call").hasSize(before);
  }

  @Test
  void whatAnActionThrowsIsHeardOf() {
    AtomicReference<Throwable> heard = new AtomicReference<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> heard.compareAndSet(null, thrown));
    try {
      stopped(
          Unblocking.by(
              () -> {
                freed.countDown();
                throw new IOException("no route");
              }),
          () -> Await.until("it is heard of", () -> heard.get() != null));
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertThat(heard.get())
        .hasMessage("a blocking call in app/call was not freed")
        .hasRootCauseMessage("no route");
  }

  @Test
  void aLadderRisesInTime() {
    Unblocking.By first = Unblocking.by(this::cancel);
    assertThatThrownBy(() -> first.then(Duration.ZERO, this::abort))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a harder action is due later than the one before it: PT0S is not after PT0S");
    assertThatThrownBy(
            () -> first.then(LATER, this::cancel).then(Duration.ofSeconds(1), this::abort))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a harder action is due later than the one before it: PT1S is not after PT2S");
    assertThatThrownBy(() -> new Unblocking.By(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a call is freed by one action at least");
  }
}
