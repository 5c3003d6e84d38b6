// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import dev.curfew.AbandonedException;
import dev.curfew.Fork;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A scope with deaf forks, whose own thread only waits for them: it can be stopped from outside.
final class Hosted {

  static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));
  static final StopReason REASON = StopReason.requested("trial");

  /// Something deaf.
  interface Deaf {
    void run() throws Exception;
  }

  private final Thread thread;
  private final List<Fork<String>> forks = new ArrayList<>();
  private final BlockingQueue<Scope> opened = new ArrayBlockingQueue<>(1);

  private Hosted(boolean virtual, List<Deaf> bodies) {
    this.thread = Thread.ofPlatform().name("host").start(() -> host(virtual, bodies));
  }

  private void host(boolean virtual, List<Deaf> bodies) {
    try {
      Scope.run(
          "trial",
          s -> (virtual ? s : s.withPlatformThreads()).withPlan(PLAN),
          scope -> {
            bodies.forEach(body -> forks.add(fork(scope, body)));
            opened.add(scope);
            scope.join();
            return "ended by itself";
          });
    } catch (StoppedException | AbandonedException e) {
      // as the report says
    }
  }

  private static Fork<String> fork(Scope scope, Deaf body) {
    return scope.fork(
        "deaf",
        () -> {
          body.run();
          return "ended by itself";
        });
  }

  /// Runs these side by side, and stops them once all are in the middle.
  ///
  /// @return their outcomes and what is left
  static String stopped(List<Deaf> bodies, List<CountDownLatch> began) throws InterruptedException {
    Hosted hosted = new Hosted(false, bodies);
    Scope scope = hosted.scope();
    for (CountDownLatch each : began) {
      await(each);
    }
    return hosted.end(scope);
  }

  static String stopped(Deaf body, CountDownLatch began) throws InterruptedException {
    return stopped(List.of(body), List.of(began));
  }

  static String stoppedInVirtualThread(Deaf body, CountDownLatch began)
      throws InterruptedException {
    Hosted hosted = new Hosted(true, List.of(body));
    Scope scope = hosted.scope();
    await(began);
    return hosted.end(scope);
  }

  /// Stops it in a place where it must not be stopped, and then lets it leave that.
  static String stoppedThenReleased(Deaf body, CountDownLatch began, Runnable release)
      throws InterruptedException {
    Hosted hosted = new Hosted(false, List.of(body));
    Scope scope = hosted.scope();
    await(began);
    boolean _ = scope.stop(REASON, PLAN);
    boolean early = hosted.forks.getFirst().join(Duration.ofMillis(300));
    release.run();
    return (early ? "left early, " : "") + hosted.end(scope);
  }

  private Scope scope() throws InterruptedException {
    Scope scope = opened.poll(20, TimeUnit.SECONDS);
    if (scope == null) {
      throw new IllegalStateException("the scope did not open");
    }
    return scope;
  }

  private static void await(CountDownLatch began) throws InterruptedException {
    if (!began.await(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("it did not begin");
    }
  }

  private String end(Scope scope) throws InterruptedException {
    StopReport report = scope.stopAndAwait(REASON, PLAN);
    System.err.println(report.text());
    report.parts().forEach(System.err::println);
    boolean left = !report.stragglers().isEmpty() || !thread.join(Duration.ofSeconds(20));
    List<String> outcomes =
        forks.stream()
            .map(fork -> fork.outcome().map(Outcome::word).orElse("none"))
            .distinct()
            .toList();
    return String.join(" ", outcomes) + (left ? ", still there" : "");
  }
}
