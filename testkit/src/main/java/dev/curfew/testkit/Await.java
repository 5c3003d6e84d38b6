// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits, never longer than a bound, until something is so.
///
/// ```java
/// Await.until("the worker has started", worker::isAlive);
/// ```
///
/// **Stopping.** An interrupt does not end the wait: it is kept for the caller, because tests of
/// stoppable code interrupt threads on purpose. The bound is real time and always there.
///
/// **Cost.** The condition is asked again after pauses that grow from 20 µs to 5 ms, so it must be
/// cheap and may be asked many times.
public final class Await {

  /// How long [#until(String, BooleanSupplier)] waits at most: ten seconds.
  public static final Duration LIMIT = Duration.ofSeconds(10);

  private static final long FIRST_PAUSE = Duration.ofNanos(20_000).toNanos();
  private static final long LONGEST_PAUSE = Duration.ofMillis(5).toNanos();

  private Await() {}

  /// Waits until a condition holds, for [#LIMIT] at most.
  ///
  /// @param what the condition in words that complete 'waited until …', for the failure
  /// @param condition cheap, asked again and again by the calling thread
  /// @throws AssertionError if the bound was reached; names the condition and shows the threads
  public static void until(String what, BooleanSupplier condition) {
    until(what, LIMIT, condition);
  }

  /// Waits until a condition holds.
  ///
  /// @param what the condition in words that complete 'waited until …', for the failure
  /// @param limit how long to wait at most, in real time
  /// @param condition cheap, asked again and again by the calling thread
  /// @throws AssertionError if the bound was reached; names the condition and shows the threads
  public static void until(String what, Duration limit, BooleanSupplier condition) {
    until(() -> what, limit, condition);
  }

  static void until(Supplier<String> what, Duration limit, BooleanSupplier condition) {
    if (!holdsWithin(limit, condition)) {
      throw new AssertionError(
          "waited %s until %s, in vain; the threads now:\n%s"
              .formatted(text(limit), what.get(), Threads.dump()));
    }
  }

  static boolean holdsWithin(Duration limit, BooleanSupplier condition) {
    long start = System.nanoTime();
    long pause = FIRST_PAUSE;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start >= limit.toNanos()) {
        return false;
      }
      // A set flag would make the pause return at once; the condition must see it all the same.
      boolean interrupted = Thread.interrupted();
      LockSupport.parkNanos(condition, pause);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
    return true;
  }

  static String text(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
