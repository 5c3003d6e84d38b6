// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The threads of this library that do what may take a moment: interrupt, call back, swing the
/// gate.
///
/// Invariants
///
/// 1. Platform daemon threads, so that busy carriers cannot delay a stop.
/// 2. A thread that is hung up in foreign code blocks no other work: there is always one more.
/// 3. Idle threads end after [#IDLE_SECONDS]; nothing runs before the first stop.
///
/// Locks: none.
final class Waker {

  private static final int IDLE_SECONDS = 2;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final ThreadPoolExecutor THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          work -> daemon(work, "curfew-waker-" + NUMBER.incrementAndGet()));

  private Waker() {}

  /// Runs this on a thread of our own, at once.
  static void run(Runnable work) {
    THREADS.execute(work);
  }

  /// Tells the calling thread's uncaught-exception handler of what nobody else hears of. As in the
  /// JVM, a handler that fails itself has nobody left to tell.
  static void tellHandler(Throwable thrown) {
    Thread self = Thread.currentThread();
    try {
      self.getUncaughtExceptionHandler().uncaughtException(self, thrown);
    } catch (RuntimeException | Error ignored) {
      // see above
    }
  }

  static Thread daemon(Runnable work, String name) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .inheritInheritableThreadLocals(false)
        .unstarted(work);
  }
}
