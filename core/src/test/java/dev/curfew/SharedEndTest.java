// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A resource that many use and one place creates and destroys.
/// A shared resource and the end of what uses and owns it.
class SharedEndTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final StopReason DEPLOY = StopReason.requested("deploy");

  private final List<String> events = new CopyOnWriteArrayList<>();
  private final CountDownLatch go = new CountDownLatch(1);

  private String open() {
    events.add("opened");
    return "open db";
  }

  @Test
  void theScopeThatOwnsItReleasesItInOrder() {
    Scope.run(
        "app",
        scope -> {
          scope.own("first", () -> "first", it -> events.add("released " + it));
          Shared<String> db = Shared.in(scope, "db", this::open, it -> events.add("released db"));
          scope.own("last", () -> "last", it -> events.add("released " + it));
          scope.fork("uses", () -> events.add(db.with(it -> it)));
          return null;
        });
    assertThat(events)
        .containsExactly("opened", "open db", "released last", "released db", "released first");
    assertThatThrownBy(() -> Shared.in(ended(), "db", this::open, it -> {}))
        .hasMessage("over has ended: 'db' cannot be acquired in it any more");
  }

  private static Scope ended() {
    Scope ended = Scope.open("over");
    ended.close();
    return ended;
  }

  @Test
  void aReleaseThatHangsIsLeftToTheLedgerAndKeepsNoOtherFromBeingReleased() {
    ManualTime time = new ManualTime();
    CountDownLatch hangs = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    Body<String, RuntimeException> app =
        () ->
            Scope.run(
                "app",
                s -> s.withTime(time).withRelease(Duration.ofSeconds(1)),
                scope -> {
                  scope.own("first", () -> "first", it -> events.add("released " + it));
                  return Shared.in(scope, "db", this::open, it -> hang(hangs)).with(it -> it);
                });
    Thread owner = Thread.ofVirtual().start(() -> thrown.set(catchThrowable(app::run)));
    Latches.await(hangs);
    time.awaitAlarms(3); // the shield's budget, who waits for the release, who closes
    time.advance(Duration.ofSeconds(2));
    Await.until("the scope has ended", () -> !owner.isAlive());
    assertThat(thrown.get()).hasMessage("a resource of app was not released properly");
    assertThat(thrown.get())
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .rootCause()
        .hasMessageStartingWith("the release of 'db' in app did not end within PT1S, and is in");
    assertThat(events).containsExactly("opened", "released first");
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("app/release db");
    go.countDown();
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  private void hang(CountDownLatch hangs) {
    hangs.countDown();
    waitDeafly(go);
  }

  /// Of an inner scope that is gone already, while the outer one ends in good order.
  @Test
  void anAbandonedForkKeepsItOpenUntilItEnds() {
    CountDownLatch in = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> s.withRelease(Duration.ofMillis(1)),
                    scope -> {
                      Shared<String> db =
                          Shared.in(scope, "db", this::open, it -> events.add("released"));
                      abandonAUser(db, in);
                      return null;
                    }));
    assertThat(thrown)
        .hasMessage("a resource of app was not released properly")
        .rootCause()
        .hasMessageMatching("'db' is still used by deaf in app/inner/deaf since \\S+: .*");
    assertThat(events).containsExactly("opened");
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("app/inner/deaf");
    go.countDown();
    Await.until("it is released", () -> events.contains("released"));
    assertThat(events).containsExactly("opened", "used", "released");
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
  }

  private void abandonAUser(Shared<String> db, CountDownLatch in) {
    Scope inner = Scope.open("inner", s -> s.withPlan(StopPlan.within(Duration.ZERO)));
    inner.fork("deaf", () -> useUntil(db, in));
    Latches.await(in);
    inner.stop(DEPLOY);
    assertThatThrownBy(inner::close).isInstanceOf(AbandonedException.class);
  }

  /// Users come and go while it is retired at any moment.
  @Test
  void itIsNeverUsedAfterItsRelease() {
    for (int round = 0; round < 300; round++) {
      AtomicInteger opened = new AtomicInteger();
      AtomicInteger released = new AtomicInteger();
      AtomicInteger live = new AtomicInteger();
      Shared<AtomicInteger> counted =
          Shared.of(
              "counted",
              () -> {
                opened.incrementAndGet();
                return live;
              },
              it -> {
                assertThat(it.get()).isZero();
                released.incrementAndGet();
              });
      int spins = ThreadLocalRandom.current().nextInt(2_000);
      Scope.run(
          "round",
          scope -> {
            for (int i = 0; i < 4; i++) {
              scope.fork("uses", () -> useUntilRetired(counted, released));
            }
            for (int i = 0; i < spins; i++) {
              Thread.onSpinWait();
            }
            counted.closeAndAwait(LONG);
            assertThat(released).hasValue(opened.get());
            assertThat(opened).hasValueLessThan(2);
            return null;
          });
    }
  }

  private static void useUntilRetired(Shared<AtomicInteger> counted, AtomicInteger released) {
    while (true) {
      try (Shared.Use<AtomicInteger> use = counted.use()) {
        use.get().incrementAndGet();
        assertThat(released).hasValue(0);
        use.get().decrementAndGet();
      } catch (IllegalStateException retired) {
        assertThat(retired).hasMessageStartingWith("'counted' cannot be used any more");
        return;
      }
    }
  }

  private void useUntil(Shared<String> db, CountDownLatch in) {
    try (Shared.Use<String> _ = db.use()) {
      in.countDown();
      waitDeafly(go);
      events.add("used");
    }
  }
}
