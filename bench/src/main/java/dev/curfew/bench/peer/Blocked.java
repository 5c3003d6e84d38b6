// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import dev.curfew.bench.Cpu;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;

/// Tasks that block until they are stopped, and the account of them.
///
/// **Threads.** Any.
public final class Blocked {

  /// How long each would sleep.
  public static final Duration SLEEP = Duration.ofHours(1);

  private static final Duration SETTLE = Duration.ofMillis(100);
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final int count;
  private final boolean sleeps;
  private final boolean counts;
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();

  private volatile long asked;
  private volatile long cpu;

  /// @param count how many
  /// @param sleeps whether each sleeps, else it takes from an empty queue of its own
  /// @param counts whether each says in a `finally` that it ends
  public Blocked(int count, boolean sleeps, boolean counts) {
    this.count = count;
    this.sleeps = sleeps;
    this.counts = counts;
  }

  /// How a library sleeps.
  @FunctionalInterface
  public interface Sleep {

    /// Sleeps.
    ///
    /// @param span how long
    /// @throws InterruptedException if it is cut short so
    void sleep(Duration span) throws InterruptedException;
  }

  /// {@return how many tasks there are}
  public int count() {
    return count;
  }

  /// {@return whether each sleeps}
  public boolean sleeps() {
    return sleeps;
  }

  /// {@return whether each says in a `finally` that it ends}
  public boolean counts() {
    return counts;
  }

  /// Called by each task first.
  public void begin() {
    begun.increment();
  }

  /// Called by each task last.
  public void end() {
    ended.increment();
  }

  /// The body of each task, in the JDK's way.
  ///
  /// @throws InterruptedException when it is stopped
  public void block() throws InterruptedException {
    block(Thread::sleep);
  }

  /// The body of each task.
  ///
  /// @param sleep how it sleeps, if it does
  /// @throws InterruptedException when it is stopped in the JDK's way
  public void block(Sleep sleep) throws InterruptedException {
    begin();
    if (!counts) {
      sleep.sleep(SLEEP);
      return;
    }
    try {
      if (sleeps) {
        sleep.sleep(SLEEP);
      } else {
        Object _ = new LinkedBlockingQueue<>().take();
      }
    } finally {
      end();
    }
  }

  /// Waits until all tasks block.
  ///
  /// @throws InterruptedException if interrupted
  public void awaitAllBlocked() throws InterruptedException {
    long limit = System.nanoTime() + LIMIT.toNanos();
    while (begun.sum() < count) {
      if (System.nanoTime() > limit) {
        throw new IllegalStateException("only " + begun.sum() + " tasks of " + count + " began");
      }
      Thread.sleep(Duration.ofMillis(1));
    }
    Thread.sleep(SETTLE);
  }

  /// Called right before the stop is asked for: the clocks run from here.
  public void asked() {
    cpu = Cpu.nanos();
    asked = System.nanoTime();
  }

  /// Called when all are joined: reads the clocks, and checks that no task was lost or still runs.
  ///
  /// @return since [#asked]
  public Took joined() {
    Took took = new Took(System.nanoTime() - asked, Cpu.nanos() - cpu);
    if (asked == 0 || (counts && ended.sum() != count)) {
      throw new IllegalStateException(
          "asked at " + asked + ", only " + ended.sum() + " tasks of " + count + " ended");
    }
    return took;
  }

  /// How long a stop took.
  ///
  /// @param nanos by the clock
  /// @param cpu nanoseconds of CPU time, all threads; in steps of 10 ms on Linux
  public record Took(long nanos, long cpu) {}
}
