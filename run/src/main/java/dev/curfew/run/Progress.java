// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Tells people who wait how far a run is: a line that is redrawn in place on a terminal, else a
/// line on standard error every second, if that was asked for.
///
/// **Threads.** One of its own, which ends soon after [#close], or when the terminal is gone.
final class Progress implements AutoCloseable {

  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration REDRAWN = Duration.ofMillis(200);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final CountDownLatch end = new CountDownLatch(1);
  private final Runner runner;
  private final Feed feed;
  private final LongSupplier listed;
  private final @Nullable StatusLine line;
  private final @Nullable Terminal terminal;
  private final Thread thread;
  private final long began = System.nanoTime();

  // the thread's own
  private long length = -1;
  private long stopSeen;

  private Progress(Screen screen, Runner runner, Feed feed, LongSupplier listed) {
    this.runner = runner;
    this.feed = feed;
    this.listed = listed;
    this.line = screen.line();
    this.terminal = screen.terminal();
    this.thread = Thread.ofPlatform().daemon().name("curfew-progress").unstarted(this::tell);
  }

  /// Begins to tell.
  ///
  /// @param plainly whether to print lines where there is no terminal
  /// @param listed counts the inputs of the list without reading from it; -1 if that cannot be done
  static Progress start(
      Screen screen, boolean plainly, Runner runner, Feed feed, LongSupplier listed) {
    Progress progress = new Progress(screen, runner, feed, listed);
    if (plainly || screen.line() != null) {
      progress.thread.start();
    }
    return progress;
  }

  private void tell() {
    try {
      Duration pause = line == null ? EVERY : REDRAWN;
      boolean over = end.await(EVERY.toMillis() / 2, TimeUnit.MILLISECONDS); // short runs need none
      length = over ? -1 : listed.getAsLong();
      while (!over) {
        show();
        over = end.await(pause.toMillis(), TimeUnit.MILLISECONDS);
      }
      if (line != null) {
        line.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException gone) {
      // The terminal is gone, and with it those who could read.
    }
  }

  private void show() throws IOException {
    String text = text();
    if (line == null || terminal == null) {
      Complaints.say(text);
      return;
    }
    String fitting = StatusLine.fit("curfew: " + text, terminal.width() - 1);
    long failed = runner.book().tally().failed();
    boolean red = failed > 0 && terminal.hasColors();
    String words = failed + " failed";
    line.draw(red ? fitting.replace(words, "\033[31m" + words + "\033[0m") : fitting);
  }

  private String text() {
    if (runner.stopped().isPresent()) {
      return waiting();
    }
    Tally tally = runner.book().tally();
    double seconds = (System.nanoTime() - began) / 1e9;
    long ended = tally.ended();
    long total = total();
    double rate = ended / seconds;
    String of = total < 0 ? "" : " of " + total;
    String left = total < 0 || ended == 0 ? "" : ", " + left((total - ended) / rate) + " left";
    return String.format(
        Locale.ROOT,
        "%d%s ended, %d failed, %d running, %.1f/s%s",
        ended,
        of,
        tally.failed(),
        runner.runningNow(),
        rate,
        left);
  }

  private static String left(double seconds) {
    return Amount.text(Duration.ofSeconds(Math.max(0, Math.round(seconds))));
  }

  private long total() {
    long known = feed.total();
    return known >= 0 || length < 0 ? known : length - feed.skipped();
  }

  /// What a stop waits for.
  private String waiting() {
    if (stopSeen == 0) {
      stopSeen = System.nanoTime();
    }
    List<String> names = runner.runningNames();
    if (names.isEmpty()) {
      return "stopping";
    }
    String others = names.size() == 1 ? "" : " and " + (names.size() - 1) + " more";
    long since = Duration.ofNanos(System.nanoTime() - stopSeen).toSeconds();
    return "waiting for " + names.getFirst() + others + " since " + since + " s";
  }

  /// Takes the line away; returns when nothing more is told.
  @Override
  public void close() {
    end.countDown();
    if (!thread.isAlive()) {
      return;
    }
    try {
      boolean _ = thread.join(SOON);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
