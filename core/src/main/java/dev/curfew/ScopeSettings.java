// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// How a scope is set up. What is not set comes from the scope around it, except its deadline,
/// which the inner one can only bring forward.
///
/// @param deadline how long the scope may take; empty for 'as long as those above'
/// @param reserve how much of the deadline is kept for clean-up: the scope is stopped that much
///     earlier, and nothing of it is waited for beyond the deadline
/// @param plan how long its forks may take to end once it is stopped
/// @param time the clock of its deadlines, sleeps and bounded waits
/// @param threads makes the threads of its forks: virtual ones for bodies that wait, platform
///     threads for bodies that compute
/// @param release how long each release of a resource may take
/// @param decorator carries context into its forks; null for none
/// @param handedDown whether the deadline counts that the parent process has handed down, see
///     [Deadline#VARIABLE]: it is that of each scope for which it counts inside of none for which
///     it does
public record ScopeSettings(
    Optional<Duration> deadline,
    Duration reserve,
    StopPlan plan,
    TimeSource time,
    ThreadFactory threads,
    Duration release,
    @Nullable ForkDecorator decorator,
    boolean handedDown) {

  private static final ThreadFactory VIRTUAL = Thread.ofVirtual().factory();

  /// No deadline, the default plan, the machine's clock, virtual threads, two seconds for a
  /// release.
  public static final ScopeSettings DEFAULT =
      new ScopeSettings(
          Optional.empty(),
          Duration.ZERO,
          StopPlan.DEFAULT,
          TimeSource.system(),
          VIRTUAL,
          Duration.ofSeconds(2),
          null,
          true);

  /// Refuses what is missing, and a reserve that is not a part of the deadline.
  public ScopeSettings {
    Objects.requireNonNull(plan, "a scope needs a plan");
    Objects.requireNonNull(time, "a scope needs a clock");
    Objects.requireNonNull(threads, "a scope needs threads for its forks");
    if (release.isNegative()) {
      throw new IllegalArgumentException("a release cannot take less than nothing: " + release);
    }
    Duration kept = reserve;
    if (kept.isNegative()
        || (!kept.isZero() && deadline.map(all -> all.compareTo(kept) < 0).orElse(true))) {
      throw new IllegalArgumentException(
          "a reserve of " + kept + " is no part of a deadline of " + deadline.orElse(null));
    }
  }

  /// {@return these settings with a deadline, at which the scope is stopped; how long its forks may
  /// take then is for the [StopPlan] to say}
  ///
  /// @param within how long the scope may take, from when it is opened; not negative
  public ScopeSettings withDeadline(Duration within) {
    return withDeadline(within, Duration.ZERO);
  }

  /// {@return these settings with a deadline by which everything has ended: the scope is stopped
  /// earlier by the reserve, and what has not ended at the deadline is abandoned, whatever the
  /// [StopPlan] says}
  ///
  /// Nested scopes are stopped when this one is at the latest, and shields inside end at its
  /// deadline at the latest.
  ///
  /// @param within how long the scope may take, from when it is opened; not negative
  /// @param reserve how much of that is kept for ending; not more than all of it
  public ScopeSettings withDeadline(Duration within, Duration reserve) {
    return new ScopeSettings(
        Optional.of(within), reserve, plan, time, threads, release, decorator, handedDown);
  }

  /// {@return these settings with another plan}
  ///
  /// @param plan how long its forks may take to end once it is stopped
  public ScopeSettings withPlan(StopPlan plan) {
    return new ScopeSettings(
        deadline, reserve, plan, time, threads, release, decorator, handedDown);
  }

  /// {@return these settings with another clock}
  ///
  /// @param time the clock of its deadlines, sleeps and bounded waits
  public ScopeSettings withTime(TimeSource time) {
    return new ScopeSettings(
        deadline, reserve, plan, time, threads, release, decorator, handedDown);
  }

  /// {@return these settings with other threads}
  ///
  /// @param threads makes the threads of the forks; they are named after the fork
  public ScopeSettings withThreads(ThreadFactory threads) {
    return new ScopeSettings(
        deadline, reserve, plan, time, threads, release, decorator, handedDown);
  }

  /// {@return these settings with daemon platform threads, for bodies that compute}
  public ScopeSettings withPlatformThreads() {
    return withThreads(Thread.ofPlatform().daemon().factory());
  }

  /// {@return these settings with another budget for each release of a resource}
  ///
  /// @param release how long each may take; not negative
  public ScopeSettings withRelease(Duration release) {
    return new ScopeSettings(
        deadline, reserve, plan, time, threads, release, decorator, handedDown);
  }

  /// {@return these settings with one more decorator, inside of those that are there}
  ///
  /// @param inner carries context into the forks
  public ScopeSettings withDecorator(ForkDecorator inner) {
    ForkDecorator all = decorator == null ? inner : decorator.around(inner);
    return new ScopeSettings(deadline, reserve, plan, time, threads, release, all, handedDown);
  }

  /// {@return these settings with the deadline that the parent process has handed down, or without
  /// it: for what has to outlive the work that it stops, such as those who report on that}
  ///
  /// @param counts whether it counts
  public ScopeSettings withHandedDown(boolean counts) {
    return new ScopeSettings(deadline, reserve, plan, time, threads, release, decorator, counts);
  }

  /// Makes a thread by these settings, for what runs beside forks: a worker of one's own.
  ///
  /// @param name its name
  /// @param body what it runs
  /// @return the thread, to be started by the caller
  /// @throws IllegalStateException if the factory made none, or one that was started already
  public Thread newThread(String name, Runnable body) {
    return newThread(threads, name, body);
  }

  /// Whether its threads run the body that they are made for, and nothing before or after it.
  static boolean runNothingElse(ThreadFactory threads) {
    return threads.equals(VIRTUAL);
  }

  static Thread newThread(ThreadFactory threads, String name, Runnable body) {
    if (runNothingElse(threads)) {
      return Thread.ofVirtual().name(name).unstarted(body); // named for less than by its setter
    }
    Thread thread = threads.newThread(body);
    if (thread == null) {
      throw new IllegalStateException("the thread factory made no thread for '" + name + "'");
    }
    if (thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException(
          "the thread factory %s returned a thread for '%s' that has been started already"
                  .formatted(threads.getClass().getName(), name)
              + ": it has to return a new one each time, and to leave the start to its caller");
    }
    thread.setName(name);
    return thread;
  }

  /// {@return the settings that hold at a place in the tree}
  static ScopeSettings in(StopNode node) {
    for (StopNode at = node; at != null; at = at.parent) {
      if (at.owner instanceof Scope scope) {
        return scope.group().settings();
      }
      if (at.owner instanceof Errand errand) {
        return errand.settings();
      }
    }
    return DEFAULT;
  }

  /// {@return what a scope inside of one with these settings starts from}
  ScopeSettings inherited() {
    return deadline.isEmpty()
        ? this
        : new ScopeSettings(
            Optional.empty(), Duration.ZERO, plan, time, threads, release, decorator, handedDown);
  }
}
