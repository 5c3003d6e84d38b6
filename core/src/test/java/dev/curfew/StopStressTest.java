// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Stops at random moments against scopes of all sorts. Each round checks that every fork has an
/// outcome that its body can have, and that the thread has neither a place nor a flag left; the
/// leak guard looks for threads, open scopes and the ledger.
class StopStressTest {

  private static final StopReason WHY = StopReason.requested("stress");
  private static final Duration LONG = Duration.ofSeconds(50);

  /// What a fork does, and so how it may end.
  private enum Kind {
    QUICK,
    SLEEPS,
    BLOCKS,
    COMPUTES,
    FAILS,
    NESTS,
    NESTS_OPEN,
    STOPS_ITS_SCOPE;

    boolean mayEndAs(Outcome<?> outcome) {
      return switch (outcome) {
        case Outcome.Succeeded<?> _ -> this == QUICK || this == STOPS_ITS_SCOPE;
        case Outcome.Failed<?> failed ->
            this == FAILS && failed.failure() instanceof IllegalStateException;
        case Outcome.Stopped<?> _ -> true;
        case Outcome.DeadlineExceeded<?> _ -> true;
        case Outcome.Abandoned<?> _ -> false;
      };
    }
  }

  private record Started(Kind kind, Fork<?> fork) {}

  @Test
  void twoThousandRandomStopsLeaveNothingBehind() {
    run(2_000, 7);
  }

  @Test
  @Tag("soak")
  @Timeout(300)
  void aHundredThousandRandomStopsLeaveNothingBehind() {
    run(100_000, System.nanoTime());
  }

  private static void run(int rounds, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < rounds; round++) {
      List<Started> started = new ArrayList<>();
      try {
        Scope.run(
            "round",
            s -> random.nextInt(8) == 0 ? s.withDeadline(Duration.ofNanos(200_000)) : s,
            scope -> oneRound(scope, random, started));
      } catch (StoppedException | ForkFailedException | DeadlineExceededException expected) {
        assertThat(expected.getSuppressed()).noneMatch(AbandonedException.class::isInstance);
      }
      check(started, "round " + round + " of seed " + seed);
    }
  }

  private static void check(List<Started> started, String round) {
    for (Started one : started) {
      assertThat(one.fork.outcome())
          .as(round + ", " + one.kind)
          .hasValueSatisfying(end -> assertThat(one.kind.mayEndAs(end)).as("%s", end).isTrue());
    }
    assertThat(Thread.currentThread().isInterrupted()).as(round).isFalse();
    assertThat(Lease.current()).as(round).isNull();
    assertThat(Curfew.openScopes()).as(round).isEmpty();
  }

  private static Object oneRound(Scope scope, SplittableRandom random, List<Started> started) {
    Kind[] kinds = Kind.values();
    int forks = 1 + random.nextInt(4);
    int stopAt = random.nextInt(forks + 1);
    for (int i = 0; i < forks; i++) {
      if (i == stopAt) {
        stopSomehow(scope, random, started);
      }
      Kind kind = kinds[random.nextInt(kinds.length)];
      if (kind == Kind.COMPUTES && random.nextInt(16) > 0) {
        kind = Kind.QUICK; // each that computes costs some milliseconds
      }
      Kind chosen = kind;
      started.add(new Started(chosen, scope.fork(chosen.name(), () -> body(scope, chosen))));
    }
    for (int spin = random.nextInt(200); spin > 0; spin--) {
      Thread.onSpinWait();
    }
    stopSomehow(scope, random, started);
    boolean _ = scope.stop(WHY); // nothing here ends by itself
    if (random.nextBoolean()) {
      scope.join();
    }
    return "";
  }

  private static void stopSomehow(Scope scope, SplittableRandom random, List<Started> started) {
    switch (random.nextInt(4)) {
      case 0 -> {
        if (!started.isEmpty()) {
          boolean _ = started.getLast().fork.stop(WHY);
        }
      }
      case 1 -> {
        boolean _ = scope.stop(WHY);
      }
      case 2 -> {
        Thread other = Thread.ofVirtual().start(() -> scope.stop(WHY));
        assertThat(other.threadId()).isPositive();
      }
      default -> {} // not here
    }
  }

  private static Object body(Scope scope, Kind kind) throws InterruptedException {
    switch (kind) {
      case QUICK -> Thread.onSpinWait();
      case SLEEPS -> Curfew.sleep(LONG);
      case BLOCKS -> block();
      case COMPUTES -> compute();
      case FAILS -> throw new IllegalStateException("planted");
      case NESTS -> nest();
      case NESTS_OPEN -> nestOpen();
      case STOPS_ITS_SCOPE -> scope.stop(WHY);
    }
    return "";
  }

  private static void block() throws InterruptedException {
    if (new CountDownLatch(1).await(50, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody counts down");
    }
  }

  private static void compute() {
    while (true) {
      Curfew.checkpoint();
    }
  }

  private static void nest() throws InterruptedException {
    Object _ =
        Scope.run(
            "inner",
            inner -> {
              inner.fork("sleeps", () -> Curfew.sleep(LONG));
              block();
              return "";
            });
  }

  private static void nestOpen() throws InterruptedException {
    try (Scope inner = Scope.open("inner")) {
      inner.fork("sleeps", () -> Curfew.sleep(LONG));
      block();
    }
  }
}
