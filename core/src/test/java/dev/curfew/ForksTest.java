// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.await;
import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ForksTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final CountDownLatch go = new CountDownLatch(1);

  private static int sleepLong() {
    Curfew.sleep(LONG);
    return 0;
  }

  private static int fail(String how) throws IOException {
    throw new IOException(how);
  }

  @Test
  void failFastGivesTheValuesInTheOrderOfTheForks() {
    List<Integer> values =
        Forks.run(
            "squares",
            Policy.<Integer>failFast(),
            forks -> {
              var _ =
                  forks.fork(
                      "1",
                      () -> {
                        await(go); // ends last
                        return 1;
                      });
              var _ = forks.fork("2", () -> 4);
              forks.fork("3", () -> 9);
              go.countDown();
            });
    assertThat(values).containsExactly(1, 4, 9);
  }

  @Test
  void failFastStopsTheOthersAndThrowsTheFirstFailure() {
    AtomicReference<Fork<Integer>> sibling = new AtomicReference<>();
    ForkFailedException thrown =
        catchThrowableOfType(
            ForkFailedException.class,
            () ->
                Forks.run(
                    "squares",
                    Policy.<Integer>failFast(),
                    forks -> {
                      sibling.set(forks.fork("sleeps", ForksTest::sleepLong));
                      var _ = forks.fork("fails", () -> fail("no route"));
                    }));
    assertThat(thrown).hasMessage("squares/fails failed: java.io.IOException: no route");
    assertThat(thrown.getCause()).isInstanceOf(IOException.class);
    assertThat(sibling.get().outcome().orElseThrow().word()).isEqualTo("stopped");
  }

  @Test
  void collectAllGivesEveryOutcome() {
    List<Ended<Integer>> all =
        Forks.run(
            "mixed",
            Policy.<Integer>collectAll(),
            forks -> {
              var _ = forks.fork("fails", () -> fail("no route"));
              var _ = forks.fork("works", () -> 2);
              forks.fork("alone", ForksTest::sleepLong).stop(StopReason.requested("not needed"));
            });
    assertThat(all)
        .extracting(Ended::toString)
        .containsExactly(
            "mixed/fails: failed: java.io.IOException: no route",
            "mixed/works: succeeded",
            "mixed/alone: stopped");
    assertThat(all.get(0).hasFailed()).isTrue();
    assertThat(all.get(1).hasSucceeded()).isTrue();
    assertThat(Policy.values(all)).containsExactly(2);
  }

  @Test
  void theFirstSuccessStopsTheLosersAndFailuresBeforeItDoNotCount() {
    AtomicReference<Fork<Integer>> loser = new AtomicReference<>();
    int first =
        Forks.run(
            "replicas",
            Policy.<Integer>firstSuccess(),
            forks -> {
              loser.set(forks.fork("slow", ForksTest::sleepLong));
              Fork<Integer> broken = forks.fork("broken", () -> fail("no route"));
              Await.until("the first has failed", broken::hasEnded);
              var _ = forks.fork("quick", () -> 7);
            });
    assertThat(first).isEqualTo(7);
    Outcome<Integer> outcome = loser.get().outcome().orElseThrow();
    assertThat(outcome).isInstanceOf(Outcome.Stopped.class);
    assertThat(((Outcome.Stopped<Integer>) outcome).reason().chain())
        .isEqualTo("parent replicas stopped <- sibling replicas/quick succeeded");
  }

  @Test
  void withoutASuccessTheFirstFailureIsThrownWithTheOthers() {
    ForkFailedException thrown =
        catchThrowableOfType(
            ForkFailedException.class,
            () -> Scope.race("replicas", () -> fail("no route"), () -> fail("no reply")));
    assertThat(thrown.fork()).isEqualTo("replicas/1");
    assertThat(thrown.getSuppressed()).hasSize(1).allMatch(also -> also instanceof IOException);
  }

  @Test
  void withoutASuccessOrAFailureTheRaceSaysSo() {
    assertThatThrownBy(
            () ->
                Forks.run(
                    "replicas",
                    Policy.<Integer>firstSuccess(),
                    forks ->
                        forks.fork("1", ForksTest::sleepLong).stop(StopReason.requested("no"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("none of 1 tasks succeeded: replicas/1: stopped");
  }

  @Test
  void aRaceIsWonByTheFirstAndNeedsSomebody() {
    assertThat(Scope.<Integer>race("replicas", ForksTest::sleepLong, () -> 3)).isEqualTo(3);
    assertThatThrownBy(() -> Scope.<Integer>race("empty"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("empty has nobody to race");
  }

  @Test
  void aDeafLoserIsInTheLedgerAndTheWinnerIsReturned() {
    CountDownLatch over = new CountDownLatch(1);
    try (var forks =
        Forks.open(
            "replicas",
            Policy.<Integer>firstSuccess(),
            s -> s.withPlan(StopPlan.within(Duration.ofMillis(20))))) {
      CountDownLatch begun = new CountDownLatch(1);
      Fork<Integer> deaf =
          forks.fork(
              "deaf",
              () -> {
                begun.countDown();
                waitDeafly(over);
                return 1;
              });
      await(begun);
      var _ = forks.fork("quick", () -> 2);
      assertThat(forks.join()).isEqualTo(2);
      assertThat(deaf.outcome().orElseThrow()).isInstanceOf(Outcome.Abandoned.class);
      assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("replicas/deaf");
      assertThat(forks.report().orElseThrow().stragglers()).hasSize(1);
    } finally {
      over.countDown();
    }
    Await.until("the deaf one has ended", () -> Ledger.entries().isEmpty());
  }

  @Test
  void aForkThatIsBegunAfterTheDecisionNeverRuns() {
    AtomicInteger ran = new AtomicInteger();
    try (var forks = Forks.open("replicas", Policy.<Integer>firstSuccess())) {
      var _ = forks.fork("quick", () -> 2);
      Await.until("the policy has decided", () -> forks.token().isStopped());
      Fork<Integer> late = forks.fork("late", ran::incrementAndGet);
      assertThat(late.outcome().orElseThrow().word()).isEqualTo("stopped");
      assertThat(forks.join()).isEqualTo(2);
    }
    assertThat(ran).hasValue(0);
  }

  @Test
  void aDecisionEndsTheBodyThatStillBlocks() throws InterruptedException {
    int first =
        Forks.run(
            "replicas",
            Policy.<Integer>firstSuccess(),
            forks -> {
              var _ = forks.fork("quick", () -> 2);
              boolean _ = new CountDownLatch(1).await(30, TimeUnit.SECONDS);
            });
    assertThat(first).isEqualTo(2);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aFailureOfTheBodyStopsTheForksAndIsThrown() {
    AtomicReference<Fork<Integer>> fork = new AtomicReference<>();
    assertThatThrownBy(
            () ->
                Forks.run(
                    "pages",
                    Policy.<Integer>collectAll(),
                    forks -> {
                      fork.set(forks.fork("sleeps", ForksTest::sleepLong));
                      throw new IOException("no list");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("no list");
    assertThat(fork.get().outcome().orElseThrow().word()).isEqualTo("stopped");
  }

  @Test
  void aStopFromElsewhereIsNoResultAndKeepsTheFailures() {
    StoppedException thrown =
        catchThrowableOfType(
            StoppedException.class,
            () ->
                Forks.run(
                    "pages",
                    Policy.<Integer>collectAll(),
                    forks -> {
                      Fork<Integer> fails = forks.fork("fails", () -> fail("no route"));
                      Await.until("it has failed", fails::hasEnded);
                      var _ = forks.fork("sleeps", ForksTest::sleepLong);
                      boolean _ = forks.stop(StopReason.requested("deploy"));
                    }));
    assertThat(thrown).hasMessageStartingWith("requested 'deploy'");
    assertThat(thrown.getSuppressed()).hasSize(1).allMatch(also -> also instanceof IOException);
  }

  @Test
  void theOwnDeadlineIsADeadline() {
    assertThatThrownBy(
            () ->
                Forks.run(
                    "pages",
                    Policy.<Integer>collectAll(),
                    s -> s.withDeadline(Duration.ofMillis(20)),
                    forks -> forks.fork("sleeps", ForksTest::sleepLong)))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessage("deadline of pages passed");
  }

  @Test
  void forksComeInTheOrderOfTheirEnds() {
    List<String> names = new ArrayList<>();
    try (var forks = Forks.open("pages", Policy.<Integer>failFast())) {
      var _ =
          forks.fork(
              "slow",
              () -> {
                await(go);
                return 1;
              });
      var _ = forks.fork("quick", () -> 2);
      for (Fork<Integer> ended : forks.completed()) {
        names.add(ended.name());
        go.countDown();
      }
      assertThat(forks.join()).containsExactly(1, 2);
      assertThatThrownBy(() -> forks.completed().iterator().next())
          .hasMessage("pages has no fork left");
    }
    assertThat(names).containsExactly("quick", "slow");
  }

  @Test
  void completedEndsWithTheStopOfTheScope() {
    List<String> words = new ArrayList<>();
    try (var forks = Forks.open("pages", Policy.<Integer>failFast())) {
      var _ = forks.fork("sleeps", ForksTest::sleepLong);
      var _ = forks.fork("fails", () -> fail("no route"));
      for (Fork<Integer> ended : forks.completed()) {
        words.add(ended.name() + " " + ended.outcome().orElseThrow().word());
      }
      assertThatThrownBy(forks::join).isInstanceOf(ForkFailedException.class);
    }
    assertThat(words)
        .containsExactlyInAnyOrder("sleeps stopped", "fails failed: java.io.IOException: no route");
  }

  @Test
  void completedWaitsForADeafForkToTheEndOfThePlan() {
    CountDownLatch over = new CountDownLatch(1);
    try {
      assertThatThrownBy(
              () -> {
                try (var forks =
                    Forks.open(
                        "pages",
                        Policy.<Integer>failFast(),
                        s -> s.withPlan(StopPlan.within(Duration.ofMillis(20))))) {
                  CountDownLatch begun = new CountDownLatch(1);
                  var _ =
                      forks.fork(
                          "deaf",
                          () -> {
                            begun.countDown();
                            waitDeafly(over);
                            return 1;
                          });
                  await(begun);
                  boolean _ = forks.stop(StopReason.requested("deploy"));
                  assertThat(forks.completed()).isEmpty();
                  forks.join();
                }
              })
          .isInstanceOf(StoppedException.class)
          .satisfies(
              thrown ->
                  assertThat(thrown.getSuppressed())
                      .hasSize(1)
                      .allMatch(also -> also instanceof AbandonedException));
    } finally {
      over.countDown();
    }
    Await.until("the deaf one has ended", () -> Ledger.entries().isEmpty());
  }

  @Test
  void superviseTellsOfFailuresAndGoesOn() {
    List<String> told = new CopyOnWriteArrayList<>();
    List<Integer> values =
        Forks.run(
            "feeds",
            Policy.<Integer>supervise(
                (path, failure) -> told.add(path + " " + failure.getMessage())),
            forks -> {
              var _ = forks.fork("fails", () -> fail("no route"));
              var _ = forks.fork("works", () -> 2);
            });
    assertThat(values).containsExactly(2);
    assertThat(told).containsExactly("feeds/fails no route");
  }

  @Test
  void aQuorumStopsTheRest() {
    Policy<Integer, List<Integer>> two = Policy.quorum(2);
    for (int use = 0; use < 2; use++) { // a policy has no state of its own
      List<Integer> values =
          Forks.run(
              "votes",
              two,
              forks -> {
                var _ = forks.fork("slow", ForksTest::sleepLong);
                var _ = forks.fork("1", () -> 1);
                var _ = forks.fork("2", () -> 2);
              });
      assertThat(values).containsExactly(1, 2);
    }
    assertThatThrownBy(() -> Forks.run("votes", two, forks -> forks.fork("1", () -> 1)))
        .hasMessage("1 of 1 succeeded, the quorum is 2");
    assertThatThrownBy(() -> Forks.run("votes", two, forks -> forks.fork("1", () -> fail("no"))))
        .isInstanceOf(ForkFailedException.class);
    assertThatThrownBy(() -> Policy.quorum(0))
        .hasMessage("a quorum has at least one member, not 0");
  }

  @Test
  void aPolicyThatThrowsStopsTheForksAndIsToldOf() {
    Policy<Integer, String> broken =
        new Policy<>(
            () ->
                task -> {
                  throw new IllegalArgumentException("what is " + task.path() + "?");
                },
            all -> "done");
    assertThatThrownBy(
            () ->
                Forks.run(
                    "votes",
                    broken,
                    forks -> {
                      var _ = forks.fork("slow", ForksTest::sleepLong);
                      var _ = forks.fork("1", () -> 1);
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the policy of votes failed: java.lang.IllegalArgumentException: what is votes/1?");
  }

  @Test
  void aPolicyOfTheUserMayStopOnWhatItLikes() {
    Policy<Integer, Integer> big =
        new Policy<>(
            () ->
                task ->
                    task.outcome() instanceof Outcome.Stopped
                        || (task.outcome() instanceof Outcome.Succeeded<Integer> done
                            && done.value() > 10),
            all -> Policy.values(all).getLast());
    assertThat(
            Forks.<Integer, Integer, RuntimeException>run(
                "search",
                big,
                forks -> {
                  var _ = forks.fork("slow", ForksTest::sleepLong);
                  var _ = forks.fork("small", () -> 1);
                  var _ = forks.fork("big", () -> 11);
                }))
        .isEqualTo(11);
    try (var forks = Forks.open("search", big)) {
      var _ = forks.fork("works", () -> 5).join(LONG);
      Fork<Integer> slow = forks.fork("slow", ForksTest::sleepLong);
      boolean _ = forks.fork("alone", ForksTest::sleepLong).stop(StopReason.requested("no"));
      assertThat(forks.join()).isEqualTo(5);
      assertThat(slow.outcome().orElseThrow().toString())
          .contains("the policy, when search/alone ended");
    }
  }

  @Test
  void joinIsForTheOwner() throws InterruptedException {
    try (var forks = Forks.open("pages", Policy.<Integer>failFast())) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread other =
          Thread.ofVirtual()
              .start(() -> thrown.set(catchThrowableOfType(Throwable.class, forks::join)));
      assertThat(other.join(Await.LIMIT)).isTrue();
      assertThat(thrown.get()).isInstanceOf(IllegalStateException.class);
      assertThat(forks.join()).isEmpty();
      assertThat(forks.toString()).isEqualTo("pages: not stopped");
    }
  }
}
