// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.Steps;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A resource that many use and one place creates and destroys.
class SharedTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final StopReason DEPLOY = StopReason.requested("deploy");

  private final List<String> events = new CopyOnWriteArrayList<>();
  private final CountDownLatch go = new CountDownLatch(1);

  private Shared<String> shared() {
    return Shared.of("db", this::open, it -> events.add("released " + it));
  }

  private String open() {
    events.add("opened");
    return "open db";
  }

  @Test
  void nobodyOpensItBeforeItIsUsed() {
    try (Shared<String> db = shared()) {
      assertThat(db).hasToString("'db': not open, 0 users");
      assertThat(events).isEmpty();
    }
    assertThat(events).isEmpty();
  }

  @Test
  void allUseTheSameAndItStaysOpenUntilItIsClosed() {
    try (Shared<String> db = shared()) {
      assertThat(db.<Integer, RuntimeException>with(String::length)).isEqualTo(7);
      try (Shared.Use<String> one = db.use();
          Shared.Use<String> two = db.use()) {
        assertThat(one.get()).isSameAs(two.get());
        assertThat(db).hasToString("'db': open, 2 users");
      }
      assertThat(events).containsExactly("opened");
    }
    assertThat(events).containsExactly("opened", "released open db");
  }

  @Test
  void itIsReleasedOnceHoweverOftenItIsClosed() {
    Shared<String> db = shared();
    db.with(it -> it);
    db.close();
    db.close();
    assertThat(db.retire(DEPLOY)).isFalse();
    assertThat(db.isReleased()).isTrue();
    assertThat(db).hasToString("'db': released, 0 users");
    assertThat(events).containsExactly("opened", "released open db");
  }

  @Test
  void firstUsersWaitForOneOpening() {
    Steps steps = new Steps();
    Shared<String> db = Shared.of("db", () -> openInSteps(steps), it -> events.add("released"));
    Scope.run(
        "app",
        scope -> {
          scope.fork("first", () -> events.add(db.with(it -> it)));
          Await.until("it is being opened", () -> steps.reached() == 1);
          scope.fork("second", () -> events.add(db.with(it -> it)));
          Await.until("the second waits", () -> db.users().size() == 2);
          assertThat(db).hasToString("'db': being opened, 2 users");
          steps.step(2);
          return null;
        });
    db.close();
    assertThat(events).containsExactly("opened", "open db", "open db", "released");
  }

  private String openInSteps(Steps steps) {
    steps.step(1);
    steps.step(3);
    return open();
  }

  @Test
  void allWhoWaitedHearOfAFailureAndTheNextOneTriesAgain() {
    Steps steps = new Steps();
    AtomicInteger attempts = new AtomicInteger();
    Shared<String> db =
        Shared.of(
            "db",
            () -> {
              if (attempts.incrementAndGet() == 1) {
                openInSteps(steps);
                throw new IOException("no route");
              }
              return "second attempt";
            },
            it -> events.add("released " + it));
    List<Throwable> heard = new CopyOnWriteArrayList<>();
    Scope.run(
        "app",
        scope -> {
          scope.fork("first", () -> heard.add(catchThrowable(db::use)));
          Await.until("it is being opened", () -> steps.reached() == 1);
          scope.fork("second", () -> heard.add(catchThrowable(db::use)));
          Await.until("the second waits", () -> db.users().size() == 2);
          steps.step(2);
          return null;
        });
    assertThat(heard)
        .hasSize(2)
        .doesNotHaveDuplicates()
        .allSatisfy(
            each ->
                assertThat(each)
                    .isInstanceOf(AcquireFailedException.class)
                    .hasMessage("'db' could not be acquired: java.io.IOException: no route")
                    .hasCauseInstanceOf(IOException.class)
                    .extracting(it -> ((AcquireFailedException) it).resource())
                    .isEqualTo("db"));
    assertThat(db.users()).isEmpty();
    assertThat(db.<String, RuntimeException>with(it -> it)).isEqualTo("second attempt");
    db.close();
    assertThat(events).containsExactly("opened", "released second attempt");
  }

  @Test
  void whoIsStoppedWhileOpeningLeavesItToTheNext() {
    CountDownLatch in = new CountDownLatch(1);
    AtomicInteger attempts = new AtomicInteger();
    Shared<String> db =
        Shared.of(
            "db",
            () -> {
              if (attempts.incrementAndGet() == 1) {
                in.countDown();
                assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
              }
              return open();
            },
            it -> events.add("released"));
    Scope.run(
        "app",
        scope -> {
          Fork<?> first = scope.fork("first", () -> db.with(it -> it));
          Latches.await(in);
          scope.fork("second", () -> events.add(db.with(it -> it)));
          Await.until("the second waits", () -> db.users().size() == 2);
          first.stop(DEPLOY);
          assertThat(first.join(LONG)).isTrue();
          assertThat(first.outcome()).containsInstanceOf(Outcome.Stopped.class);
          return null;
        });
    db.close();
    assertThat(events).containsExactly("opened", "open db", "released");
  }

  @Test
  void whoIsStoppedWhileWaitingForTheOpeningLeaves() {
    Steps steps = new Steps();
    Shared<String> db = Shared.of("db", () -> openInSteps(steps), it -> events.add("released"));
    Scope.run(
        "app",
        scope -> {
          scope.fork("first", () -> events.add(db.with(it -> it)));
          Await.until("it is being opened", () -> steps.reached() == 1);
          Fork<?> second = scope.fork("second", () -> db.with(it -> it));
          Await.until("the second waits", () -> db.users().size() == 2);
          second.stop(DEPLOY);
          assertThat(second.join(LONG)).isTrue();
          assertThat(second.toString()).isEqualTo("app/second: stopped");
          steps.step(2);
          return null;
        });
    db.close();
    assertThat(events).containsExactly("opened", "open db", "released");
  }

  @Test
  void whoIsToStopOpensNothing() {
    Shared<String> db = shared();
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      scope.stop(DEPLOY);
                      return db.with(it -> it);
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
    db.close();
    assertThat(events).isEmpty();
  }

  @Test
  void anInterruptFromOutsideIsNoFailureOfTheOpening() {
    Shared<String> db =
        Shared.of(
            "db",
            () -> {
              throw new InterruptedException();
            },
            it -> events.add("released"));
    Throwable thrown = catchThrowable(db::use);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown)
        .isInstanceOf(StoppedException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(((StoppedException) thrown).reason())
        .isInstanceOf(StopReason.ForeignInterrupt.class);
    db.close();
  }

  @Test
  void openingThatReturnsNothingOrUsesItselfFails() {
    Shared<String> nothing = Shared.of("db", SharedTest::nothing, it -> events.add("released"));
    assertThatThrownBy(nothing::use)
        .isInstanceOf(AcquireFailedException.class)
        .hasRootCauseMessage("acquiring it returned null");
    AtomicReference<@Nullable Shared<String>> itself = new AtomicReference<>();
    Shared<String> db = Shared.of("db", () -> useAgain(itself), it -> events.add("released"));
    itself.set(db);
    assertThatThrownBy(db::use)
        .isInstanceOf(AcquireFailedException.class)
        .hasRootCauseMessage("'db' cannot be used while this thread opens it");
    nothing.close();
    db.close();
    assertThat(events).isEmpty();
  }

  @SuppressWarnings("NullAway") // what a caller without null marks may do
  private static String nothing() {
    return null;
  }

  private static String useAgain(AtomicReference<@Nullable Shared<String>> itself) {
    Shared<String> db = itself.get();
    return db == null ? "" : db.with(it -> it);
  }

  @Test
  void aRetiredOneIsRefusedByNameAndReasonAndReleasedAfterItsLastUser() {
    Shared<String> db = shared();
    Shared.Use<String> first = db.use();
    try (Shared.Use<String> last = db.use()) {
      assertThat(db.retire(StopReason.requested("deploy"))).isTrue();
      assertThatThrownBy(db::use)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageMatching(
              "'db' cannot be used any more: requested 'deploy' by .* at SharedTest.java:\\d+");
      first.close();
      first.close();
      assertThat(last.get()).isEqualTo("open db");
      assertThat(db).hasToString("'db': open, retired, 1 users");
      assertThat(events).containsExactly("opened");
    }
    Await.until("it is released", db::isReleased);
    assertThat(events).containsExactly("opened", "released open db");
  }

  @Test
  void aUseThatIsOverHandsOutNothing() {
    try (Shared<String> db = shared()) {
      Shared.Use<String> use = db.use();
      use.close();
      assertThatThrownBy(use::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("this use of 'db' is over: the resource may be released");
      assertThat(use.toString()).endsWith(", over");
    }
  }

  @Test
  void whoCameWhileItWasOpenedMayUseItAlthoughItIsRetiredMeanwhile() {
    Steps steps = new Steps();
    Shared<String> db = Shared.of("db", () -> openInSteps(steps), it -> events.add("released"));
    Scope.run(
        "app",
        scope -> {
          scope.fork("first", () -> db.with(events::add));
          Await.until("it is being opened", () -> steps.reached() == 1);
          assertThat(db.retire(DEPLOY)).isTrue();
          steps.step(2);
          return null;
        });
    Await.until("it is released", db::isReleased);
    assertThat(events).containsExactly("opened", "open db", "released");
  }

  @Test
  void closingTellsWhoStillUsesIt() {
    Shared<String> db = shared();
    CountDownLatch in = new CountDownLatch(1);
    Scope.run(
        "app",
        scope -> {
          scope.fork("works", () -> useUntil(db, in));
          Latches.await(in);
          assertThat(db.users())
              .singleElement()
              .satisfies(
                  user -> {
                    assertThat(user.thread()).isEqualTo("works");
                    assertThat(user.scope()).isEqualTo("app/works");
                    assertThat(user.since()).isBeforeOrEqualTo(Instant.now());
                  });
          assertThatThrownBy(() -> db.closeAndAwait(Duration.ZERO))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageMatching(
                  "'db' is still used by works in app/works since \\S+: it is released when they"
                      + " have left");
          go.countDown();
          return null;
        });
    Await.until("it is released", db::isReleased);
    assertThat(events).containsExactly("opened", "used", "released open db");
  }

  private void useUntil(Shared<String> db, CountDownLatch in) {
    try (Shared.Use<String> _ = db.use()) {
      in.countDown();
      waitDeafly(go);
      events.add("used");
    }
  }

  @Test
  void closingWaitsForItsUsers() {
    Shared<String> db = shared();
    CountDownLatch in = new CountDownLatch(1);
    Scope.run(
        "app",
        scope -> {
          scope.fork("works", () -> useUntil(db, in));
          Latches.await(in);
          scope.fork(
              "opens the way",
              () -> {
                Await.until("it is retired", () -> db.toString().contains("retired"));
                go.countDown();
              });
          db.closeAndAwait(LONG);
          assertThat(events).containsExactly("opened", "used", "released open db");
          return null;
        });
  }

  @Test
  @Timeout(20)
  void whoUsesItItselfIsNotMadeToWaitForItself() {
    Shared<String> db = shared();
    try (Shared.Use<String> _ = db.use()) {
      assertThatThrownBy(() -> db.closeAndAwait(LONG)).hasMessageContaining("is still used by");
    }
    Await.until("it is released", db::isReleased);
  }

  @Test
  void aReleaseThatFailsIsToldToWhoWaits() {
    Shared<String> db =
        Shared.of(
            "db",
            this::open,
            it -> {
              throw new IOException("cannot close");
            });
    db.with(it -> it);
    assertThatThrownBy(db::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("'db' was not released properly")
        .hasRootCauseMessage("cannot close");
    db.close();
  }

  @Test
  void aReleaseThatFailsWhileNobodyWaitsIsToldToTheHandler() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    List<Throwable> told = new CopyOnWriteArrayList<>();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> told.add(thrown));
    try {
      Shared<String> db =
          Shared.of(
              "db",
              this::open,
              it -> {
                throw new IOException("cannot close");
              });
      db.with(it -> it);
      assertThat(db.retire(DEPLOY)).isTrue();
      Await.until("it is told", () -> !told.isEmpty());
      assertThat(told).singleElement().isInstanceOf(IOException.class);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }
}
