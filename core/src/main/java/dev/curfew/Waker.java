// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// The threads of this library that do what may take a moment: interrupt, call back, swing the
/// gate.
final class Waker {

  private static final Hands HANDS = new Hands("curfew-waker-");

  private Waker() {}

  /// Runs this on a thread of our own, at once.
  static void run(Runnable work) {
    HANDS.run(work);
  }

  /// Runs this on a thread of our own, at once; on the calling one where none can be had. Late, or
  /// in the way of the caller, is better than never.
  static void runAnyhow(Runnable work) {
    try {
      HANDS.run(work);
    } catch (RuntimeException | Error noThread) {
      runIfPossible(work);
    }
  }

  /// Runs what may need a thread or an alarm, where neither may be left; what comes after it can do
  /// without.
  static void runIfPossible(Runnable attempt) {
    try {
      attempt.run();
    } catch (RuntimeException | Error noThread) {
      tellHandler(noThread);
    }
  }

  /// Runs work on one of our threads. Foreign code may throw anything, also what it does not
  /// declare, and interrupt its own thread; the work behind it must run all the same.
  static void runIsolated(Runnable work) {
    try {
      work.run();
    } catch (Throwable thrown) {
      tellHandler(thrown);
    } finally {
      boolean _ = Thread.interrupted();
    }
  }

  /// Tells the calling thread's uncaught-exception handler of what nobody else hears of. As in the
  /// JVM, a handler that fails itself has nobody left to tell.
  static void tellHandler(Throwable thrown) {
    Thread self = Thread.currentThread();
    try {
      self.getUncaughtExceptionHandler().uncaughtException(self, thrown);
    } catch (Throwable ignored) {
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
