// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// Daemons, periodic work, guests, links and decorators.
class ScopeTreeTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void aDaemonIsNotJoinedAndIsStoppedWhenTheScopeEnds() {
    AtomicReference<Fork<?>> daemon = new AtomicReference<>();
    int value =
        Scope.run(
            "server",
            scope -> {
              daemon.set(scope.forkDaemon("refresh", () -> Curfew.sleep(LONG)));
              Fork<Integer> work = scope.fork("work", () -> 5);
              scope.join();
              assertThat(daemon.get().outcome()).isEmpty();
              return work.get();
            });
    assertThat(value).isEqualTo(5);
    assertThat(daemon.get().outcome().orElseThrow().toString())
        .contains("ScopeClosed[scope=server, text=its body returned");
  }

  @Test
  void aDaemonThatFailsFailsItsScope() {
    assertThatThrownBy(
            () ->
                Scope.run(
                    "server",
                    scope -> {
                      scope.forkDaemon(
                          "refresh",
                          () -> {
                            throw new IOException("no route");
                          });
                      scope.fork("work", () -> Curfew.sleep(LONG));
                      scope.join();
                      return null;
                    }))
        .isInstanceOf(ForkFailedException.class)
        .hasMessage("server/refresh failed: java.io.IOException: no route");
  }

  @Test
  void aStopOfTheScopeWaitsForDaemonsToo() {
    AtomicReference<Fork<?>> daemon = new AtomicReference<>();
    try (Scope scope = Scope.open("server")) {
      daemon.set(scope.forkDaemon("refresh", () -> Curfew.sleep(LONG)));
      boolean _ = scope.stop(StopReason.requested("deploy"));
      scope.join(); // nothing that is joined was cut short
      assertThat(daemon.get().hasEnded()).isTrue();
    }
  }

  @Test
  void periodicWorkRunsAtEachBeatAndNeverMakesUpForOne() {
    ManualTime time = new ManualTime();
    List<Long> runs = new CopyOnWriteArrayList<>();
    try (Scope scope = Scope.open("server", s -> s.withTime(time))) {
      long start = time.nanos();
      Fork<?> beats =
          scope.every(
              "refresh",
              MINUTE,
              () -> {
                runs.add((time.nanos() - start) / MINUTE.toNanos());
                if (runs.size() == 2) {
                  Curfew.sleep(MINUTE.multipliedBy(2).plusSeconds(30));
                }
              });
      time.awaitAlarms(1);
      assertThat(runs).isEmpty();
      time.advance(MINUTE);
      Await.until("the first beat", () -> runs.size() == 1);
      time.awaitAlarms(1);
      time.advance(MINUTE);
      Await.until("the second beat", () -> runs.size() == 2);
      time.awaitAlarms(1);
      time.advance(MINUTE.multipliedBy(2).plusSeconds(30)); // it sleeps through the next two
      time.awaitAlarms(1);
      assertThat(runs).hasSize(2);
      time.advance(Duration.ofSeconds(30));
      Await.until("the fifth beat", () -> runs.size() == 3);
      assertThat(runs).containsExactly(1L, 2L, 5L);
      assertThat(beats.stop(StopReason.requested("enough"))).isTrue();
      assertThat(beats.join(LONG)).isTrue();
      scope.join();
    }
  }

  @Test
  void aPeriodIsLongerThanNothing() {
    try (Scope scope = Scope.open("server")) {
      assertThatThrownBy(() -> scope.every("refresh", Duration.ZERO, () -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a period is longer than nothing: PT0S");
    }
  }

  @Test
  void aBoundCallWorksForTheScopeOnAForeignThread() throws Exception {
    try (Scope scope = Scope.open("server")) {
      Callable<String> bound = scope.bind("event", () -> Curfew.token().toString());
      AtomicReference<String> seen = new AtomicReference<>();
      Thread loop = Thread.ofPlatform().start(() -> seen.set(call(bound)));
      assertThat(loop.join(Await.LIMIT)).isTrue();
      assertThat(seen.get()).isEqualTo("server/event: not stopped");
      assertThat(bound.call()).isEqualTo("server/event: not stopped"); // any number of times
    }
  }

  private static <T> T call(Callable<T> callable) {
    try {
      return callable.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aBoundCallIsToldOfTheStopButNotInterrupted() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    CountDownLatch inside = new CountDownLatch(1);
    Thread loop;
    try (Scope scope = Scope.open("server")) {
      Runnable bound =
          scope.bind(
              "event",
              () -> {
                inside.countDown();
                try {
                  Curfew.sleep(LONG);
                } finally {
                  flag.set(Thread.currentThread().isInterrupted());
                }
              });
      loop = Thread.ofPlatform().start(() -> thrown.set(catchThrowable(bound::run)));
      await(inside);
      boolean _ = scope.stop(StopReason.requested("deploy"));
    }
    assertThat(loop.join(Await.LIMIT)).isTrue();
    assertThat(thrown.get())
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("parent server stopped <- requested 'deploy' by main");
    assertThat(flag.get()).isFalse();
  }

  @Test
  void theEndOfTheScopeTellsABoundCallAndWaitsForIt() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    CountDownLatch inside = new CountDownLatch(1);
    AtomicReference<Runnable> kept = new AtomicReference<>();
    Thread loop =
        Scope.run(
            "server",
            scope -> {
              Runnable bound =
                  scope.bind(
                      "event",
                      () -> {
                        inside.countDown();
                        Curfew.sleep(LONG);
                      });
              kept.set(bound);
              Thread begun =
                  Thread.ofPlatform().start(() -> thrown.set(catchThrowable(bound::run)));
              await(inside);
              return begun; // the join does not wait for it
            });
    assertThat(loop.join(Await.LIMIT)).isTrue();
    assertThat(thrown.get()).hasMessageContaining("scope server closed: its body returned");
    assertThatThrownBy(() -> kept.get().run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("server is closed: 'event' cannot begin in it any more");
  }

  @Test
  void whatABoundCallThrowsIsItsCallersAlone() {
    IOException failure = new IOException("no route");
    try (Scope scope = Scope.open("server")) {
      Fork<Integer> other = scope.fork("other", () -> 4);
      Callable<Integer> bound =
          scope.bind(
              "event",
              () -> {
                throw failure;
              });
      assertThatThrownBy(bound::call).isSameAs(failure);
      scope.join();
      assertThat(other.get()).isEqualTo(4);
    }
  }

  @Test
  void anInterruptOfABoundCallStaysWhatItIs() {
    try (Scope scope = Scope.open("server")) {
      Callable<Boolean> bound =
          scope.bind("event", () -> new CountDownLatch(1).await(30, TimeUnit.SECONDS));
      Thread.currentThread().interrupt();
      assertThatThrownBy(bound::call).isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void aLinkedScopeIsStoppedWithTheOtherTree() {
    StopSource shutdown = StopSource.named("platform");
    assertThatThrownBy(
            () ->
                Scope.run(
                    "server",
                    scope -> {
                      scope.linkTo(shutdown.token());
                      boolean _ = shutdown.stop(StopReason.requested("upgrade"));
                      Curfew.sleep(LONG);
                      return null;
                    }))
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("parent platform stopped <- requested 'upgrade' by main");
  }

  @Test
  void aLinkVanishesWithItsScope() {
    StopSource shutdown = StopSource.named("platform");
    AtomicInteger stops = new AtomicInteger();
    Scope ended =
        Scope.run(
            "server",
            scope -> {
              scope.linkTo(shutdown.token());
              return scope;
            });
    boolean _ = shutdown.stop(StopReason.requested("upgrade"));
    try (var _ = shutdown.token().onStop("counts", stops::incrementAndGet)) {
      assertThat(stops).hasValue(1);
    }
    assertThat(ended.token().isStopped()).isFalse();
  }

  @Test
  void callbacksThatHangDoNotDelayALink() {
    CountDownLatch over = new CountDownLatch(1);
    StopSource shutdown = StopSource.named("platform");
    try (StopSource linked = StopSource.linkedTo("linked", shutdown.token());
        Registration _ = shutdown.token().onStop("hangs", () -> await(over))) {
      boolean _ = shutdown.stop(StopReason.requested("upgrade"));
      assertThat(linked.token().isStopped()).isTrue(); // when the stop returns
    } finally {
      over.countDown();
    }
  }

  @Test
  void aLinkedSourceIsStoppedByAnyOfItsTokensUntilItIsClosed() {
    StopSource one = StopSource.named("one");
    StopSource two = StopSource.named("two");
    StopSource gone = StopSource.linkedTo("gone", two.token());
    gone.close();
    try (StopSource either = StopSource.linkedTo("either", one.token(), two.token())) {
      boolean _ = two.stop(StopReason.requested("upgrade"));
      assertThat(either.token().reason().orElseThrow().chain())
          .startsWith("parent two stopped <- requested 'upgrade' by main");
    }
    assertThat(gone.token().isStopped()).isFalse();
    assertThat(one.token().isStopped()).isFalse();
  }

  private static final ScopedValue<String> USER = ScopedValue.newInstance();

  private static final ForkDecorator CARRIES_USER =
      (name, body) -> {
        String user = USER.get() + " in " + name;
        return () -> ScopedValue.where(USER, user).call(body::call);
      };

  @Test
  void aDecoratorCarriesContextIntoForksOfAllScopesBelow() throws Exception {
    String seen =
        ScopedValue.where(USER, "ada")
            .call(
                () ->
                    Scope.run(
                        "server",
                        s -> s.withDecorator(CARRIES_USER),
                        scope -> {
                          Fork<String> fork =
                              scope.fork("outer", () -> Scope.run("in", in -> in(in).get()));
                          scope.join();
                          return fork.get();
                        }));
    assertThat(seen).isEqualTo("ada in outer in inner");
  }

  private static Fork<String> in(Scope scope) {
    Fork<String> inner = scope.fork("inner", USER::get);
    scope.join();
    return inner;
  }

  @Test
  void decoratorsNestAndSeeTheFailure() {
    List<String> told = new CopyOnWriteArrayList<>();
    assertThatThrownBy(
            () ->
                Scope.run(
                    "server",
                    s ->
                        s.withDecorator(telling("outer", told))
                            .withDecorator(telling("inner", told)),
                    scope ->
                        scope.fork(
                            "fails",
                            () -> {
                              throw new IOException("no route");
                            })))
        .isInstanceOf(ForkFailedException.class)
        .hasMessage("server/fails failed: java.io.IOException: no route");
    assertThat(told)
        .containsExactly("outer fails", "inner fails", "inner no route", "outer no route");
  }

  private static ForkDecorator telling(String who, List<String> told) {
    return (name, body) ->
        () -> {
          told.add(who + " " + name);
          try {
            return body.call();
          } catch (Exception e) {
            told.add(who + " " + e.getMessage());
            throw e;
          }
        };
  }

  /// Asks something whenever it is asked for the time.
  private record Asking(TimeSource own, Runnable question) implements TimeSource {
    @Override
    public long nanos() {
      question.run();
      return own.nanos();
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      return own.alarm(atNanos, action);
    }

    @Override
    public void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
      own.parkUntil(blocker, atNanos, over);
    }
  }

  @Test
  void whoeverSeesAStopSeesItsPlan() {
    ManualTime time = new ManualTime();
    AtomicReference<Scope> stopping = new AtomicReference<>();
    List<Duration> left = new CopyOnWriteArrayList<>();
    Runnable look =
        () -> {
          Scope scope = stopping.get();
          if (scope != null && scope.token().isStopped()) {
            left.add(scope.group().endOfStop().remaining());
          }
        };
    try (Scope outer = Scope.open("outer", s -> s.withTime(time));
        Scope _ = Scope.open("inner", s -> s.withTime(new Asking(time, look)))) {
      stopping.set(outer);
      boolean _ = outer.stop(StopReason.requested("enough"), StopPlan.within(MINUTE));
      stopping.set(null);
    }
    assertThat(left).isNotEmpty().containsOnly(MINUTE);
  }
}
