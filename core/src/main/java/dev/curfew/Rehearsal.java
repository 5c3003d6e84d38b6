// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// Stops throw-away forks in all the ways in which the program's may be stopped, until the JVM has
/// compiled what a stop runs through.
///
/// A cold stop is slow because every thread runs the way out for the first time: interpreted, and
/// where it was compiled, compiled for 'nobody was ever stopped' and dropped again, once per frozen
/// thread.
///
/// Invariants
///
/// 1. Every scope here hangs below the stage, which hangs below nothing: no list of the program
///    shows one, and a stop of the stage ends them all.
/// 2. Every act ends by itself: whoever waits, waits to be stopped by the act, and the act has a
///    bound.
///
/// Locks: none.
final class Rehearsal {

  /// Some hundred, for the way out is compiled after some thousand turns: [#FORKS] times the acts.
  private static final int FORKS = 200;

  private static final int ROUNDS = 48;
  private static final int LOOKS = 500;

  /// It is to help a program that starts, not to compete with it.
  private static final Duration LIMIT = Duration.ofSeconds(3);

  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final int MOMENTS_TO_CLOSE = 200;

  private final StopNode stage;

  Rehearsal(StopNode stage) {
    this.stage = stage;
  }

  void run() {
    Lease lease = new Lease(stage, Thread.currentThread(), true);
    boolean _ = stage.addLease(lease);
    lease.enter();
    try {
      Deadline end = Deadline.after(LIMIT);
      stopComputing();
      lookAtTheStack();
      for (int i = 0; i < ROUNDS && !end.hasPassed(); i++) {
        rehearse();
      }
      for (int i = 0; i < MOMENTS_TO_CLOSE && Gate.EXPLICIT.isOpen(); i++) {
        Curfew.sleep(MOMENT);
      }
    } catch (StoppedException early) {
      // what was rehearsed so far is all there will be
    } finally {
      lease.close();
    }
  }

  private void rehearse() {
    stopForks(this::sleepLong);
    stopForks(() -> new LinkedBlockingQueue<String>().take());
    stopForks(
        () ->
            Curfew.<@Nullable Void, InterruptedException>blocking(
                Unblocking.interrupt(), this::sleepAsTheJdkDoes));
    stopForks(this::joinInner);
  }

  private @Nullable Void sleepLong() {
    Curfew.sleep(LONG);
    return null;
  }

  private @Nullable Void sleepAsTheJdkDoes() throws InterruptedException {
    Thread.sleep(LONG);
    return null;
  }

  private @Nullable Void joinInner() {
    return Scope.<@Nullable Void, RuntimeException>run(
        "inner",
        inner -> {
          var _ = inner.fork("fork", this::sleepLong);
          inner.join();
          return null;
        });
  }

  /// The gate opens for a thread that computes, and closes when it has been quiet for a while.
  private void stopComputing() {
    stopForks(
        1,
        Scope.open("computing", ScopeSettings::withPlatformThreads),
        () -> {
          while (true) {
            Curfew.checkpoint();
          }
        });
  }

  /// As every stop of woven code does: so often that it is compiled, for it is done in the thread
  /// that is to stop.
  private void lookAtTheStack() {
    for (int i = 0; i < LOOKS && Weave.find() != null; i++) {
      Place _ = Place.ofCheck(Weave.shields());
      stage.check(); // the warm-up may be stopped
    }
  }

  private void stopForks(Callable<?> body) {
    stopForks(FORKS, Scope.open("waiting"), body);
  }

  private void stopForks(int forks, Scope opened, Callable<?> body) {
    try (Scope scope = opened) {
      CountDownLatch begun = new CountDownLatch(forks);
      for (int i = 0; i < forks; i++) {
        var _ =
            scope.fork(
                "fork",
                () -> {
                  begun.countDown();
                  return body.call();
                });
      }
      for (Deadline end = Deadline.after(LIMIT); begun.getCount() > 0 && !end.hasPassed(); ) {
        Curfew.sleep(MOMENT);
      }
      Curfew.sleep(MOMENT); // so that they not only run, but wait
      boolean _ = scope.stop(StopReason.requested("rehearsal"));
      scope.join();
    } catch (StoppedException rehearsed) {
      // as it should be
    }
    String _ = opened.report().map(StopReport::text).orElse(""); // outside: formats may be woven
    stage.check();
  }
}
