// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/// How a scope is set up. What is not set comes from the scope around it, except its deadline,
/// which the inner one can only bring forward.
///
/// @param deadline how long the scope may take before it is stopped; empty for 'as long as those
///     above'
/// @param plan how long its forks may take to end once it is stopped
/// @param time the clock of its deadlines, sleeps and bounded waits
/// @param threads makes the threads of its forks: virtual ones for bodies that wait, platform
///     threads for bodies that compute
public record ScopeSettings(
    Optional<Duration> deadline,
    StopPlan plan,
    TimeSource time,
    ThreadFactory threads,
    Duration release) {

  /// No deadline, the default plan, the machine's clock, virtual threads, two seconds for a
  /// release.
  public static final ScopeSettings DEFAULT =
      new ScopeSettings(
          Optional.empty(),
          StopPlan.DEFAULT,
          TimeSource.system(),
          Thread.ofVirtual().factory(),
          Duration.ofSeconds(2));

  /// {@return these settings with a deadline}
  ///
  /// @param within how long the scope may take, from when it is opened; not negative
  public ScopeSettings withDeadline(Duration within) {
    return new ScopeSettings(Optional.of(within), plan, time, threads, release);
  }

  /// {@return these settings with another plan}
  ///
  /// @param plan how long its forks may take to end once it is stopped
  public ScopeSettings withPlan(StopPlan plan) {
    return new ScopeSettings(deadline, plan, time, threads, release);
  }

  /// {@return these settings with another clock}
  ///
  /// @param time the clock of its deadlines, sleeps and bounded waits
  public ScopeSettings withTime(TimeSource time) {
    return new ScopeSettings(deadline, plan, time, threads, release);
  }

  /// {@return these settings with other threads}
  ///
  /// @param threads makes the threads of the forks; they are named after the fork
  public ScopeSettings withThreads(ThreadFactory threads) {
    return new ScopeSettings(deadline, plan, time, threads, release);
  }

  /// {@return these settings with daemon platform threads, for bodies that compute}
  public ScopeSettings withPlatformThreads() {
    return withThreads(Thread.ofPlatform().daemon().factory());
  }

  /// {@return these settings with another budget for each release of a resource}
  ///
  /// @param release how long each may take; not negative
  public ScopeSettings withRelease(Duration release) {
    return new ScopeSettings(deadline, plan, time, threads, release);
  }

  /// {@return what a scope inside of one with these settings starts from}
  ScopeSettings inherited() {
    return deadline.isEmpty()
        ? this
        : new ScopeSettings(Optional.empty(), plan, time, threads, release);
  }
}
