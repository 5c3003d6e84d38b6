// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Numbered steps that bring threads into one order, and prove afterwards that it was kept.
///
/// ```java
/// var steps = new Steps();
/// var worker = Thread.ofVirtual().start(() -> {
///   steps.step(1);
///   steps.step(3);             // waits until step 2 has happened
/// });
/// steps.step(2);
/// worker.join(Duration.ofSeconds(10));
/// steps.finish(3);             // exactly three, and nothing failed in any thread
/// ```
///
/// **Stopping.** Waiting for a step is bounded by [Await#LIMIT] in real time. An interrupt does not
/// end it: it is kept for the code under test.
///
/// **Threads.** Any thread may take any step. The first failure ends the waits of all others.
public final class Steps {

  private final Duration limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by lock
  private int reached;
  private @Nullable AssertionError failure;

  /// Starts before step 1.
  public Steps() {
    this(Await.LIMIT);
  }

  Steps(Duration limit) {
    this.limit = limit;
  }

  /// Waits until every earlier step has happened, and then lets this one happen.
  ///
  /// @param number from 1 on; each happens once
  /// @throws AssertionError if it happened before, if an earlier step is not taken in time, or if
  ///     something failed in another thread
  public void step(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("steps are numbered from 1 on, was " + number);
    }
    lock.lock();
    try {
      waitFor(number - 1, "step " + number);
      if (reached >= number) {
        throw failed("step %d happened twice; the next one is %d".formatted(number, reached + 1));
      }
      reached = number;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// {@return the number of the last step that happened, 0 before the first}
  public int reached() {
    lock.lock();
    try {
      return reached;
    } finally {
      lock.unlock();
    }
  }

  /// Marks a place that must not be reached.
  ///
  /// @param why why the code must not get here
  /// @return nothing; declared so that `throw steps.never(…)` can end a lambda with a result
  /// @throws AssertionError always; [#finish] reports it too
  public AssertionError never(String why) {
    lock.lock();
    try {
      throw failed("reached what must never be reached, after step " + reached + ": " + why);
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the last step has happened, and checks that there was no other and no failure.
  ///
  /// @param number how many steps there are
  /// @throws AssertionError if there were fewer or more, or if something failed in any thread
  public void finish(int number) {
    lock.lock();
    try {
      waitFor(number, "the end");
      if (reached > number) {
        throw failed("expected %d steps, but step %d happened too".formatted(number, reached));
      }
    } finally {
      lock.unlock();
    }
  }

  private void waitFor(int earlier, String who) {
    long start = System.nanoTime();
    boolean interrupted = false;
    try {
      while (reached < earlier && failure == null) {
        long left = limit.toNanos() - (System.nanoTime() - start);
        if (left <= 0) {
          throw failed(
              "%s waited %s for step %d, but only %d happened; the threads now:\n%s"
                  .formatted(who, Await.text(limit), earlier, reached, Threads.dump()));
        }
        try {
          boolean _ = changed.await(left, TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure != null) {
      throw new AssertionError(
          "%s cannot happen: the steps have failed already, see the cause".formatted(who), failure);
    }
  }

  private AssertionError failed(String message) {
    AssertionError error =
        new AssertionError(message + " [thread " + Threads.name(Thread.currentThread()) + "]");
    if (failure == null) {
      failure = error;
    }
    changed.signalAll();
    return error;
  }
}
