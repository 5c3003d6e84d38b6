// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import dev.curfew.AbandonedException;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// Runs something deaf as a fork of a scope that can be stopped from outside.
final class Hosted {

  static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(5));

  private final Thread thread;
  private final BlockingQueue<Scope> opened = new ArrayBlockingQueue<>(1);

  /// Something deaf.
  @FunctionalInterface
  interface Deaf {
    void run() throws Exception;
  }

  Hosted(Deaf body) {
    thread = Thread.ofPlatform().name("host").start(() -> host(body));
  }

  private void host(Deaf body) {
    try {
      Scope.run(
          "host",
          settings -> settings.withPlatformThreads().withPlan(PLAN),
          scope -> {
            var _ =
                scope.fork(
                    "deaf",
                    () -> {
                      body.run();
                      return "ended by itself";
                    });
            opened.add(scope);
            scope.join();
            return "";
          });
    } catch (StoppedException | AbandonedException e) {
      // as the report says
    }
  }

  /// Stops it after a while.
  StopReport stopAfter(Duration pause) throws InterruptedException {
    Scope scope = opened.poll(20, TimeUnit.SECONDS);
    if (scope == null) {
      throw new IllegalStateException("the scope did not open");
    }
    TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    StopReport report = scope.stopAndAwait(StopReason.requested("bench"), PLAN);
    if (!thread.join(Duration.ofSeconds(20))) {
      throw new IllegalStateException("its host has not ended");
    }
    return report;
  }

  /// {@return what the report says of the deaf one}
  static StopReport.Part part(StopReport report) {
    return report.parts().stream()
        .filter(part -> part.path().endsWith("/deaf"))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("it ended before it was stopped"));
  }
}
