// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A poller that sleeps for an hour between two looks, and is stopped in its sleep.
final class A3 implements Example {

  private static final int STOPS = 21;

  @Override
  public String title() {
    return "a sleep ends at once when a stop is asked for, not at the next tick";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < STOPS; i++) {
      nanos.add(stopOneSleep(stage));
    }
    nanos.sort(null);
    Duration median = Duration.ofNanos(nanos.get(STOPS / 2));
    Duration worst = Duration.ofNanos(nanos.getLast());
    stage.say("median " + Stage.span(median) + ", worst " + Stage.span(worst));
    stage.expect(worst.toSeconds() < 5, "each ended within 5 s");
    return STOPS + " sleeps of one hour ended " + Stage.span(median) + " after the stop (median)";
  }

  private static long stopOneSleep(Stage stage) throws InterruptedException {
    return Scope.run(
        "poller",
        scope -> {
          CountDownLatch asleep = new CountDownLatch(1);
          Fork<Long> poll =
              scope.fork(
                  "poll",
                  () -> {
                    asleep.countDown();
                    try {
                      Curfew.sleep(Duration.ofHours(1));
                    } finally {
                      stage.expect(!Thread.currentThread().isInterrupted(), "no interrupt is used");
                    }
                    return 0L;
                  });
          stage.expect(asleep.await(10, TimeUnit.SECONDS), "the poller sleeps");
          long asked = System.nanoTime();
          boolean _ = poll.stop(StopReason.requested("enough")); // this fork alone
          stage.expect(poll.join(Duration.ofSeconds(10)), "the poller has ended");
          return System.nanoTime() - asked;
        });
  }
}
