// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.StopReason;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// What the first, the second and the third signal do, and what each says of the next. The
/// announcement is Celery's.
final class Ladder {

  private final Runner runner;
  private final Duration grace;
  private final Runnable leave;
  private final AtomicInteger signals = new AtomicInteger();

  /// A ladder for a run.
  ///
  /// @param leave ends this JVM at once
  Ladder(Runner runner, Duration grace, Runnable leave) {
    this.runner = runner;
    this.grace = grace;
    this.leave = leave;
  }

  void onSignal(String signal) {
    switch (signals.incrementAndGet()) {
      case 1 -> ask(signal);
      case 2 -> {
        Complaints.say(signal + ": killing what still runs. Once more: leaving at once.");
        runner.force(StopReason.shutdown(signal));
      }
      default -> {
        Complaints.say(signal + ": leaving at once.");
        runner.force(StopReason.shutdown(signal));
        leave.run();
      }
    }
  }

  private void ask(String signal) {
    int running = runner.runningNow();
    String jobs = running == 1 ? "1 running job is" : running + " running jobs are";
    Complaints.say(
        signal
            + ": nothing new is started; "
            + jobs
            + " asked to end, and killed after "
            + Amount.text(grace)
            + ". Once more: killed now.");
    runner.stop(StopReason.shutdown(signal));
  }
}
