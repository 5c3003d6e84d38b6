// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.StopReason;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// What the first, the second and the third signal do, and what each says of the next. The
/// announcement is Celery's.
///
/// Each signal has a thread of its own, so the second one may be the first to do something; and who
/// is killed before the run is stopped would count as failed. So whoever kills stops before that.
/// And whoever reads what is said may have stopped reading: nothing waits for that but the way out.
final class Ladder {

  /// The signal that ends this JVM at once, counted from 1.
  static final int LEAVES = 3;

  private final Run run;
  private final Duration grace;
  private final Runnable leave;
  private final AtomicInteger signals = new AtomicInteger();

  /// What there is to end.
  interface Run {

    /// {@return how many jobs run}
    int runningNow();

    /// Starts nothing new, and asks what runs to end; the first reason counts.
    void stop(StopReason reason);

    /// Kills what runs.
    void force();
  }

  /// A ladder for a run.
  ///
  /// @param leave ends this JVM at once
  Ladder(Run run, Duration grace, Runnable leave) {
    this.run = run;
    this.grace = grace;
    this.leave = leave;
  }

  void onSignal(String signal) {
    switch (signals.incrementAndGet()) {
      case 1 -> ask(signal);
      case 2 -> {
        Complaints.sayWithoutWaiting(
            signal + ": killing what still runs. Once more: leaving at once.");
        kill(signal);
      }
      default -> {
        kill(signal);
        Complaints.say(signal + ": leaving at once.");
        leave.run();
      }
    }
  }

  private void kill(String signal) {
    run.stop(StopReason.shutdown(signal));
    run.force();
  }

  private void ask(String signal) {
    int running = run.runningNow();
    String jobs = running == 1 ? "1 running job is" : running + " running jobs are";
    Complaints.sayWithoutWaiting(
        signal
            + ": nothing new is started; "
            + jobs
            + " asked to end, and killed after "
            + Amount.text(grace)
            + ". Once more: killed now.");
    run.stop(StopReason.shutdown(signal));
  }
}
