// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Turns a `System.exit` by a job into a resumable stop of the run.
///
/// The JDK gives no way to refuse an exit, but it runs shutdown hooks first, while all threads go
/// on: this one finds the job that is to blame, stops the run, waits until that is on record, and
/// ends the JVM with the runner's own exit code. The thread that called exit never comes back.
final class ExitGuard {

  private final Runner runner;
  private final Duration patience;
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = Thread.ofPlatform().name("curfew-exit").unstarted(this::onExit);
  private volatile int code = ExitCode.STOPPED.code;

  private ExitGuard(Runner runner, Duration patience) {
    this.runner = runner;
    this.patience = patience;
  }

  /// Installs the hook.
  ///
  /// @param patience how long the stop may take before the JVM ends all the same
  static ExitGuard install(Runner runner, Duration patience) {
    ExitGuard guard = new ExitGuard(runner, patience);
    Runtime.getRuntime().addShutdownHook(guard.hook);
    return guard;
  }

  private void onExit() {
    try {
      runner.exitCalled(culprit());
      boolean _ = finished.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Runtime.getRuntime().halt(code);
    }
  }

  /// {@return the thread that is inside of an exit}
  private static Thread culprit() {
    for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
      for (StackTraceElement frame : thread.getValue()) {
        if (frame.getClassName().equals("java.lang.Shutdown")
            && frame.getMethodName().equals("exit")) {
          return thread.getKey();
        }
      }
    }
    return Thread.currentThread();
  }

  /// Everything is over, with this exit code. If an exit is under way the JVM ends here.
  void finish(int exitCode) {
    code = exitCode;
    finished.countDown();
    try {
      boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is ending, and the hook with it
    }
  }
}
