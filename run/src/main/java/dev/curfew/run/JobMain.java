// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.process.ParentProcess;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The main class of a JVM that runs one [dev.curfew.Job].
///
/// Invariants
///
/// 1. A TERM stops the scope of the job, with the reason from the runner; nothing but the runner's
///    KILL cuts it short.
/// 2. What a job throws after it was asked to stop is a stop; the token decides, not the exception.
/// 3. A job that was stopped by the deadline which it shares with the runner waits for the TERM
///    that is on its way, so that its end is no failure.
///
/// Locks: none.
final class JobMain {

  private static final int FAILED = 1;
  private static final int STOPPED = 128 + 15;

  private static final List<String> ENDING = List.of("TERM", "INT", "HUP");
  private static final Duration UNTIL_KILLED = Duration.ofDays(1);
  private static final long LONGEST_WAIT = 60;

  private final CountDownLatch asked = new CountDownLatch(1);

  // each is written before the other is read
  private volatile @Nullable StopReason reason;
  private volatile @Nullable Scope inside;

  private JobMain() {}

  /// Runs one job.
  ///
  /// @param arguments the class of the job, and its input
  /// @throws InterruptedException if somebody interrupts the main thread
  public static void main(String[] arguments) throws InterruptedException {
    // As bytes, because in a C locale the JVM replaces all that is not ASCII.
    String input = new String(RawArguments.of(arguments).getLast(), StandardCharsets.UTF_8);
    int code = new JobMain().run(arguments[0], input);
    System.out.flush();
    System.err.flush();
    System.exit(code); // a job may leave threads behind, and they keep nobody waiting
  }

  private int run(String type, String input) throws InterruptedException {
    try (Signals _ = Signals.install(ENDING, this::stop)) {
      int code =
          Scope.run(
              "job",
              around -> around.withPlan(StopPlan.within(UNTIL_KILLED)),
              scope -> run(scope, type, input));
      if (code == STOPPED) {
        boolean _ = Thread.interrupted(); // that of the stop, which has done its work
        boolean _ = asked.await(LONGEST_WAIT, TimeUnit.SECONDS);
      }
      return code;
    }
  }

  private int run(Scope scope, String type, String input) {
    inside = scope;
    StopReason before = reason;
    if (before != null) {
      boolean _ = scope.stop(before);
    }
    try {
      JobClass.bodyOf(Class.forName(type)).runBounded(input, scope.token());
      return 0;
    } catch (Throwable thrown) {
      return thrown(thrown, scope);
    }
  }

  private static int thrown(Throwable thrown, Scope scope) {
    if (scope.token().isStopped()) {
      return STOPPED;
    }
    Throwable cause = thrown.getCause();
    (thrown instanceof InvocationTargetException && cause != null ? cause : thrown)
        .printStackTrace();
    return FAILED;
  }

  private void stop(String signal) {
    StopReason why = ParentProcess.stopReason().orElseGet(() -> StopReason.shutdown(signal));
    reason = why;
    Scope scope = inside;
    if (scope != null) {
      boolean _ = scope.stop(why);
    }
    asked.countDown();
  }
}
