// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A line on standard error every second, for people who wait.
final class Progress implements AutoCloseable {

  private static final Duration EVERY = Duration.ofSeconds(1);

  private final CountDownLatch end = new CountDownLatch(1);
  private final Runner runner;
  private final Feed feed;
  private final long began = System.nanoTime();

  private Progress(Runner runner, Feed feed) {
    this.runner = runner;
    this.feed = feed;
  }

  static Progress start(boolean wanted, Runner runner, Feed feed) {
    Progress progress = new Progress(runner, feed);
    if (wanted) {
      Thread.ofPlatform().daemon().name("curfew-progress").start(progress::tell);
    }
    return progress;
  }

  private void tell() {
    try {
      while (!end.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        Complaints.say(line());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String line() {
    Tally tally = runner.book().tally();
    double seconds = (System.nanoTime() - began) / 1e9;
    String of = feed.total() < 0 ? "" : " of " + feed.total();
    return String.format(
        Locale.ROOT,
        "%d%s ended (%d failed), %d running, %.1f/s",
        tally.ended(),
        of,
        tally.failed(),
        runner.runningNow(),
        tally.ended() / seconds);
  }

  @Override
  public void close() {
    end.countDown();
  }
}
