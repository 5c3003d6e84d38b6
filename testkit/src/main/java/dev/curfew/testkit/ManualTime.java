// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import dev.curfew.TimeSource;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A clock that stands still until a test moves it.
///
/// ```java
/// var time = new ManualTime();
/// var sleeper = Thread.ofVirtual().start(() -> sleepOn(time, Duration.ofHours(1)));
/// time.awaitAlarms(1);                    // it has really begun to wait
/// time.advance(Duration.ofHours(1));      // and now an hour has passed
/// ```
///
/// It starts at 0. [#advance] runs the alarms that are due on the calling thread, outside locks, in
/// order of their time; while one runs, [#nanos] is its time; alarms that alarms set are run in the
/// same pass if they are due. An alarm for a time that has passed runs at once, on the thread that
/// sets it.
///
/// **Threads.** All methods may be called by any thread.
public final class ManualTime implements TimeSource {

  // guarded by this
  private final PriorityQueue<Waiting> queue = new PriorityQueue<>();
  private long now;
  private long goal;
  private long alarms;

  /// Starts at 0, with no alarm.
  public ManualTime() {}

  @Override
  public synchronized long nanos() {
    return now;
  }

  @Override
  public Alarm alarm(long atNanos, Runnable action) {
    Waiting waiting = enqueue(atNanos, action);
    if (waiting == null) {
      action.run();
      return () -> {};
    }
    return () -> cancel(waiting);
  }

  /// Moves the clock, and runs what becomes due.
  ///
  /// @param by not negative; zero moves nothing
  public void advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("time does not run backwards: " + by);
    }
    long end;
    synchronized (this) {
      goal = Math.addExact(goal, by.toNanos());
      end = goal;
    }
    for (Waiting due = nextUntil(end); due != null; due = nextUntil(end)) {
      due.action.run();
    }
  }

  /// Waits until alarms wait, so that a test knows that the code under test has begun to wait; for
  /// [Await#LIMIT] of real time at most.
  ///
  /// @param count at least so many alarms
  /// @throws AssertionError if there are fewer after that time; lists those there are
  public void awaitAlarms(int count) {
    awaitAlarms(count, Await.LIMIT);
  }

  void awaitAlarms(int count, Duration limit) {
    Await.until(() -> count + " alarms wait, but " + this, limit, () -> waiting() >= count);
  }

  /// {@return how many alarms wait}
  public synchronized int waiting() {
    return queue.size();
  }

  /// {@return the time, and the alarms that wait}
  @Override
  public synchronized String toString() {
    String list =
        queue.stream()
            .sorted()
            .map(each -> "%s set by %s".formatted(Duration.ofNanos(each.at), each.setBy))
            .collect(Collectors.joining(", "));
    return "at %s %s"
        .formatted(Duration.ofNanos(now), list.isEmpty() ? "no alarm waits" : "wait: " + list);
  }

  private synchronized @Nullable Waiting enqueue(long atNanos, Runnable action) {
    long ahead = atNanos - now;
    if (ahead <= 0) {
      return null;
    }
    // A time for 'never' may lie beyond the last one that a long can hold.
    long at = now + ahead < 0 ? Long.MAX_VALUE : now + ahead;
    Waiting waiting = new Waiting(at, alarms++, action, Threads.name(Thread.currentThread()));
    queue.add(waiting);
    return waiting;
  }

  private synchronized void cancel(Waiting waiting) {
    queue.remove(waiting);
  }

  private synchronized @Nullable Waiting nextUntil(long end) {
    Waiting first = queue.peek();
    if (first == null || first.at > end) {
      now = Math.max(now, end);
      return null;
    }
    now = Math.max(now, first.at);
    return queue.poll();
  }

  private record Waiting(long at, long number, Runnable action, String setBy)
      implements Comparable<Waiting> {

    @Override
    public int compareTo(Waiting other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
    }
  }
}
