// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Registration;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// One event that a thousand threads and a thousand callbacks watch.
final class A2 implements Example {

  private static final int WATCHERS = 1000;

  private final AtomicInteger woken = new AtomicInteger();
  private final AtomicInteger never = new AtomicInteger();
  private final CountDownLatch begun = new CountDownLatch(WATCHERS);
  private final CountDownLatch told = new CountDownLatch(WATCHERS);

  @Override
  public String title() {
    return "one stop, any number of watchers; watching costs nothing while nobody stops";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    Scope feeds = Scope.open("feeds");
    try (feeds) {
      for (int i = 0; i < WATCHERS; i++) {
        feeds.fork("feed-" + i, this::watch);
        Registration _ = feeds.token().onStop("close " + i, told::countDown);
      }
      Registration gone = feeds.token().onStop("taken back", never::incrementAndGet);
      gone.close();
      stage.expect(begun.await(10, TimeUnit.SECONDS), "all feeds watch");
      stage.say(WATCHERS + " threads wait on one scope, " + WATCHERS + " callbacks are registered");
      stage.say("stop!");
      boolean _ = feeds.stop(StopReason.requested("all feeds"));
      feeds.join();
      throw new AssertionError("a join of what was cut short does not return");
    } catch (StoppedException stopped) {
      stage.say("the join says: " + stopped.getMessage());
    }
    stage.expect(told.await(10, TimeUnit.SECONDS), "all callbacks are called");
    stage.expect(woken.get() == WATCHERS, "all threads woke, not " + woken);
    stage.expect(never.get() == 0, "a callback that was taken back is not called");
    StopReport report = feeds.report().orElseThrow();
    stage.expect(report.stragglers().isEmpty(), "nobody stayed behind");
    return WATCHERS + " threads ended in " + Stage.span(report.took()) + ", each callback once";
  }

  private void watch() {
    begun.countDown();
    try {
      Curfew.sleep(Duration.ofHours(1));
    } finally {
      woken.incrementAndGet();
    }
  }
}
