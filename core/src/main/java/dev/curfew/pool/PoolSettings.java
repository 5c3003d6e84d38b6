// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.StopPlan;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/// How a pool is set up.
///
/// @param workers how many tasks run at the same time; at least 1
/// @param queue how many tasks may wait for a worker; at least 1
/// @param whenFull what happens to the next one
/// @param virtual whether workers are virtual threads, for tasks that wait; platform threads are
///     for tasks that compute
/// @param drain how long running tasks may take to end on their own before a stop tells them; not
///     negative, a share of the plan
/// @param plan how long a stop may take in all
/// @param deadline how long one task may run; empty for as long as it likes
public record PoolSettings(
    int workers,
    int queue,
    WhenFull whenFull,
    boolean virtual,
    Duration drain,
    StopPlan plan,
    Optional<Duration> deadline) {

  /// The queue that is never full.
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /// As many platform threads as there are processors when this is asked for, an unbounded queue,
  /// no drain, the default plan.
  ///
  /// @return the settings that pools start from
  public static PoolSettings defaults() {
    return new PoolSettings(
        Runtime.getRuntime().availableProcessors(),
        UNBOUNDED,
        WhenFull.WAIT,
        false,
        Duration.ZERO,
        StopPlan.DEFAULT,
        Optional.empty());
  }

  /// Checks the values.
  public PoolSettings {
    Objects.requireNonNull(plan, "a pool needs a plan");
    Objects.requireNonNull(whenFull, "say what happens when the queue is full");
    if (workers < 1) {
      throw new IllegalArgumentException("workers must be at least 1, was " + workers);
    }
    if (queue < 1) {
      throw new IllegalArgumentException("queue must be at least 1, was " + queue);
    }
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain must not be negative, was " + drain);
    }
    if (deadline.isPresent() && deadline.get().isNegative()) {
      throw new IllegalArgumentException("deadline must not be negative, was " + deadline.get());
    }
  }

  /// {@return these settings with another number of workers}
  ///
  /// @param workers how many tasks run at the same time; at least 1
  public PoolSettings withWorkers(int workers) {
    return new PoolSettings(workers, queue, whenFull, virtual, drain, plan, deadline);
  }

  /// {@return these settings with another queue}
  ///
  /// @param queue how many tasks may wait for a worker; at least 1
  public PoolSettings withQueue(int queue) {
    return new PoolSettings(workers, queue, whenFull, virtual, drain, plan, deadline);
  }

  /// {@return these settings with another policy for a full queue}
  ///
  /// @param whenFull what happens to a task that finds the queue full
  public PoolSettings withWhenFull(WhenFull whenFull) {
    return new PoolSettings(workers, queue, whenFull, virtual, drain, plan, deadline);
  }

  /// {@return these settings with virtual threads, for tasks that wait}
  public PoolSettings withVirtualThreads() {
    return new PoolSettings(workers, queue, whenFull, true, drain, plan, deadline);
  }

  /// {@return these settings with platform threads, for tasks that compute}
  public PoolSettings withPlatformThreads() {
    return new PoolSettings(workers, queue, whenFull, false, drain, plan, deadline);
  }

  /// {@return these settings with another drain span}
  ///
  /// @param drain how long running tasks may take to end on their own before they are told; not
  ///     negative
  public PoolSettings withDrain(Duration drain) {
    return new PoolSettings(workers, queue, whenFull, virtual, drain, plan, deadline);
  }

  /// {@return these settings with another plan}
  ///
  /// @param plan how long a stop may take in all
  public PoolSettings withPlan(StopPlan plan) {
    return new PoolSettings(workers, queue, whenFull, virtual, drain, plan, deadline);
  }

  /// {@return these settings with a deadline for every task}
  ///
  /// @param within how long one task may run, from its start; not negative
  public PoolSettings withDeadline(Duration within) {
    return new PoolSettings(workers, queue, whenFull, virtual, drain, plan, Optional.of(within));
  }
}
