// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
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

/// Resources that a scope owns.
class HoldingsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<String> events = new CopyOnWriteArrayList<>();

  private String own(Scope scope, String name) {
    return scope.own(name, () -> name, it -> events.add("released " + it));
  }

  @Test
  void resourcesAreReleasedAfterTheForksLastAcquiredFirst() {
    Scope.run(
        "app",
        scope -> {
          own(scope, "pool");
          own(scope, "connection");
          scope.fork("works", () -> events.add("worked"));
          return null;
        });
    assertThat(events).containsExactly("worked", "released connection", "released pool");
  }

  @Test
  void theyAreReleasedOnEveryWayOut() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "fails",
                    scope -> {
                      own(scope, "one");
                      throw new IOException("body");
                    }))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () ->
                Scope.run(
                    "stopped",
                    scope -> {
                      own(scope, "two");
                      scope.stop(StopReason.requested("deploy"));
                      Curfew.sleep(LONG);
                      return null;
                    }))
        .isInstanceOf(StoppedException.class);
    try (Scope scope = Scope.open("left")) {
      own(scope, "three");
      scope.fork("sleeps", () -> Curfew.sleep(LONG));
    }
    assertThat(events).containsExactly("released one", "released two", "released three");
  }

  @Test
  void aReleaseIsShieldedFromTheStop() {
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      scope.own(
                          "transaction",
                          () -> "tx",
                          tx -> {
                            Curfew.checkpoint();
                            Curfew.sleep(Duration.ofMillis(1));
                            events.add("rolled back, " + Curfew.token().isStopped());
                          });
                      scope.stop(StopReason.requested("deploy"));
                      Curfew.token().check();
                      return null;
                    }));
    assertThat(events).containsExactly("rolled back, false");
  }

  @Test
  void oneThatThrowsKeepsNoOtherFromBeingReleased() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      own(scope, "first");
                      scope.own(
                          "broken",
                          () -> "x",
                          it -> {
                            throw new IOException("cannot close");
                          });
                      own(scope, "last");
                      return null;
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a resource of app was not released properly")
        .hasRootCauseMessage("cannot close");
    assertThat(events).containsExactly("released last", "released first");
  }

  @Test
  void whatAReleaseThrowsIsAttachedToWhatTheBodyThrew() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      scope.own(
                          "broken",
                          () -> "x",
                          it -> {
                            throw new IOException("cannot close");
                          });
                      throw new IllegalArgumentException("body");
                    }));
    assertThat(thrown).hasMessage("body");
    assertThat(thrown.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("cannot close");
  }

  @Test
  void oneThatIsCutShortByItsBudgetIsNamed() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> s.withRelease(Duration.ofMillis(20)),
                    scope ->
                        scope.own("host", () -> "x", it -> Curfew.sleep(Duration.ofSeconds(30)))));
    assertThat(thrown.getCause())
        .hasMessage("the release of 'host' in app was cut short: its budget of PT0.02S was over")
        .hasCauseInstanceOf(StoppedException.class);
  }

  @Test
  void oneThatHangsIsLeftToTheLedgerAndKeepsNoOtherFromBeingReleased() throws InterruptedException {
    ManualTime time = new ManualTime();
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "app",
                                    s -> s.withTime(time).withRelease(Duration.ofSeconds(1)),
                                    scope -> {
                                      own(scope, "first");
                                      scope.own(
                                          "deaf",
                                          () -> "x",
                                          it -> {
                                            hangs.countDown();
                                            waitDeafly(over);
                                          });
                                      return null;
                                    }))));
    assertThat(hangs.await(10, TimeUnit.SECONDS)).isTrue();
    time.awaitAlarms(2); // the shield's budget, and who waits for the release
    time.advance(Duration.ofSeconds(2));
    Await.until("the other is released", () -> events.contains("released first"));
    assertThat(owner.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get().getCause())
        .hasMessageStartingWith("the release of 'deaf' in app did not end within PT1S")
        .hasMessageContaining("waitDeafly");
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("app/release deaf");
    over.countDown();
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void whatAnAbandonedForkMayUseIsReleasedWhenItHasEnded() {
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch in = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> s.withPlan(StopPlan.within(Duration.ZERO)),
                    scope -> {
                      own(scope, "connection");
                      scope.fork(
                          "deaf",
                          () -> {
                            in.countDown();
                            waitDeafly(over);
                            events.add("used");
                          });
                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                      scope.stop(StopReason.requested("deploy"));
                      scope.join();
                      return null;
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(events).isEmpty();
    over.countDown();
    Await.until("it is released", () -> events.size() == 2);
    assertThat(events).containsExactly("used", "released connection");
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  @Test
  void aResourceThatCouldNotBeAcquiredIsNotReleased() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "app",
                    scope ->
                        scope.own(
                            "socket",
                            () -> {
                              throw new IOException("no route");
                            },
                            it -> events.add("released"))))
        .isInstanceOf(IOException.class);
    assertThat(events).isEmpty();
  }

  @Test
  void anEndedScopeOwnsNothingNew() {
    Scope ended = Scope.open("over");
    ended.close();
    assertThatThrownBy(() -> own(ended, "late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("over has ended: 'late' cannot be acquired in it any more");
    assertThat(events).isEmpty();
  }

  @Test
  void closeablesAreClosed() {
    Scope.run(
        "app",
        scope -> {
          AutoCloseable resource = () -> events.add("closed");
          assertThat(scope.own("file", () -> resource)).isSameAs(resource);
          return null;
        });
    assertThat(events).containsExactly("closed");
  }

  @Test
  void stragglersAreToldOnce() {
    CountDownLatch over = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () -> {
              try (Scope scope =
                  Scope.open("app", s -> s.withPlan(StopPlan.within(Duration.ZERO)))) {
                CountDownLatch in = new CountDownLatch(1);
                scope.fork(
                    "deaf",
                    () -> {
                      in.countDown();
                      waitDeafly(over);
                    });
                assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                scope.stop(StopReason.requested("deploy"));
                scope.join();
              }
            });
    over.countDown();
    assertThat(thrown.getSuppressed()).singleElement().isInstanceOf(AbandonedException.class);
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }
}
