// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who hears of signals: until the run has begun, whoever waits for what a killed run has left. As
/// later on, the third signal ends this JVM at once.
///
/// Invariants
///
/// 1. A signal that asks for a stop is answered once, whenever it comes: by [#orDone], or by the
///    run.
/// 2. The thread that made this is interrupted only within [#orDone], and is not when that returns.
///
/// **Threads.** Any; [#orDone] is called by the thread that made this.
///
/// Locks: this; nobody is called under it.
final class EarlySignal {

  private final Thread thread = Thread.currentThread();
  private final Runnable leave;
  private int signals;
  private boolean within;
  private @Nullable String first;
  private @Nullable Consumer<String> answer;

  /// Nobody has come yet.
  ///
  /// @param leave ends this JVM at once
  EarlySignal(Runnable leave) {
    this.leave = leave;
  }

  /// What may take long.
  @FunctionalInterface
  interface Step {
    void run() throws IOException, InterruptedException;
  }

  /// A signal has come.
  void come(String signal) {
    Consumer<String> answer = answerOrKeep(signal);
    if (answer != null) {
      answer.accept(signal);
    } else if (isTooMany()) {
      leave.run();
    }
  }

  /// The time for the whole run is over, and the run, which knows its time, has not begun yet.
  ///
  /// @param limit what gave it so much time, in words of the user
  synchronized void timeOver(String limit) {
    if (answer == null) {
      keep(limit);
    }
  }

  private synchronized @Nullable Consumer<String> answerOrKeep(String signal) {
    boolean stops = !signal.equals(Signals.MORE) && !signal.equals(Signals.FEWER);
    if (answer == null && stops) { // there is nothing yet that the others could change
      signals++;
      keep(signal);
    }
    return answer;
  }

  private synchronized void keep(String why) {
    first = first == null ? why : first;
    if (within) {
      thread.interrupt();
    }
  }

  private synchronized boolean isTooMany() {
    return signals >= Ladder.LEAVES;
  }

  /// The run begins: from here on it answers signals, also the one that has come.
  void handOver(Consumer<String> toRun) {
    Optional<String> before;
    synchronized (this) {
      answer = toRun;
      before = first();
    }
    before.ifPresent(toRun);
  }

  private synchronized Optional<String> first() {
    return Optional.ofNullable(first);
  }

  /// Runs a step, which a signal interrupts.
  ///
  /// @return the signal that has come; empty if the step was done before one came
  Optional<String> orDone(Step step) throws IOException, InterruptedException {
    if (!begin()) {
      return first();
    }
    try {
      step.run();
    } catch (InterruptedException e) {
      if (first().isEmpty()) {
        throw e;
      }
    } finally {
      end();
    }
    return first();
  }

  private synchronized boolean begin() {
    within = first == null;
    return within;
  }

  private synchronized void end() {
    within = false;
    if (first != null) {
      boolean _ = Thread.interrupted();
    }
  }
}
