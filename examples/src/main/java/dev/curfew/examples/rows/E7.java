// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Ledger;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.pool.HandedBack;
import dev.curfew.pool.PoolReport;
import dev.curfew.pool.StoppablePool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A pool that is stopped, configured anew, and started again, a hundred times in one process.
final class E7 implements Example {

  private static final int TIMES = 100;

  private final AtomicInteger done = new AtomicInteger();

  @Override
  public String title() {
    return "stop, reconfigure, start again, any number of times, with nothing left behind";
  }

  @Override
  public String run(Stage stage) {
    long began = System.nanoTime();
    int threads = Thread.activeCount();
    StoppablePool pool = StoppablePool.open("crawler", settings -> settings.withWorkers(2));
    List<HandedBack> work = List.of();
    long handedOver = 0;
    for (int time = 1; time <= TIMES; time++) {
      StoppablePool now = pool;
      for (HandedBack task : work) {
        var _ = task.submitTo(now);
      }
      for (int page = 0; page < 5; page++) {
        var _ = now.submit("page-" + time + "." + page, this::load);
      }
      PoolReport report =
          now.stopAndAwait(
              StopReason.requested("new settings"), StopPlan.within(Duration.ofSeconds(5)));
      work = report.handedBack();
      handedOver += work.size();
      if (time % 25 == 0) {
        stage.say(time + ": " + report.text().lines().findFirst().orElse(""));
      }
      int workers = 1 + time % 4;
      pool = now.reopen(settings -> settings.withWorkers(workers));
    }
    pool.stop(StopReason.requested("the end"));
    pool.close();
    stage.expect(Ledger.entries().isEmpty(), "nothing was abandoned");
    awaitThreads(stage, threads);
    String took = stage.within(Duration.ofSeconds(60), began, "a hundred restarts");
    return TIMES + " restarts in " + took + ", " + handedOver + " tasks handed over, none left";
  }

  private Object load() {
    Curfew.sleep(Duration.ofMillis(1));
    return done.incrementAndGet();
  }

  /// The threads of a pool end with it, and the idle ones of the library soon after.
  private static void awaitThreads(Stage stage, int before) {
    long began = System.nanoTime();
    while (Thread.activeCount() > before + 3 && System.nanoTime() - began < 10_000_000_000L) {
      Curfew.sleep(Duration.ofMillis(10));
    }
    stage.expect(Thread.activeCount() <= before + 3, "no thread is left of a hundred pools");
  }
}
