// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.StopPlan;
import dev.curfew.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/// How a [QueueWorker] is set up.
///
/// @param <T> the type of the items
/// @param handlers how many items are handled at the same time; at least 1
/// @param ahead how many more may be claimed and wait for a handler; not negative
/// @param virtual whether handlers run on virtual threads, for items that wait; platform threads
///     are for items that compute
/// @param patience how long one claim may wait for an item; not negative
/// @param tell how long the source may take to be told of one item; not negative
/// @param drain how long running items may take to end on their own before a stop tells them, but
///     for the deadline that the parent process has handed down, which tells them at once; not
///     negative, a share of the plan
/// @param plan how long a stop may take in all
/// @param time the clock of all waits
/// @param names gives an item its name; empty for `item-` and a number
/// @param groups gives an item its group, for [QueueWorker#stopGroup]
/// @param batches gives an item its batch, for [QueueWorker#stopBatch]
public record WorkerSettings<T>(
    int handlers,
    int ahead,
    boolean virtual,
    Duration patience,
    Duration tell,
    Duration drain,
    StopPlan plan,
    TimeSource time,
    Optional<Function<? super T, String>> names,
    Optional<Function<? super T, String>> groups,
    Optional<Function<? super T, String>> batches) {

  /// One virtual thread, nothing ahead, claims that wait 20 s, 5 s to tell the source, no drain,
  /// the default plan.
  ///
  /// @param <T> the type of the items
  /// @return the settings that workers start from
  public static <T> WorkerSettings<T> defaults() {
    return new WorkerSettings<>(
        1,
        0,
        true,
        Duration.ofSeconds(20),
        Duration.ofSeconds(5),
        Duration.ZERO,
        StopPlan.DEFAULT,
        TimeSource.system(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// Checks the values.
  public WorkerSettings {
    Objects.requireNonNull(plan, "a worker needs a plan");
    Objects.requireNonNull(time, "a worker needs a clock");
    if (handlers < 1) {
      throw new IllegalArgumentException("handlers must be at least 1, was " + handlers);
    }
    if (ahead < 0) {
      throw new IllegalArgumentException("ahead must not be negative, was " + ahead);
    }
    notNegative("patience", patience);
    notNegative("tell", tell);
    notNegative("drain", drain);
  }

  private static void notNegative(String name, Duration span) {
    if (span.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, was " + span);
    }
  }

  /// {@return these settings with another number of handlers}
  ///
  /// @param handlers how many items are handled at the same time; at least 1
  public WorkerSettings<T> withHandlers(int handlers) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with items claimed ahead, for sources where a claim takes long}
  ///
  /// @param ahead how many may wait for a handler; not negative. They are handed back at a stop
  public WorkerSettings<T> withAhead(int ahead) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with virtual threads, for items that wait}
  public WorkerSettings<T> withVirtualThreads() {
    return new WorkerSettings<>(
        handlers, ahead, true, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with platform threads, for items that compute}
  public WorkerSettings<T> withPlatformThreads() {
    return new WorkerSettings<>(
        handlers, ahead, false, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with another patience}
  ///
  /// @param patience how long one claim may wait for an item; not negative. A stop ends it at once
  public WorkerSettings<T> withPatience(Duration patience) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with another budget for telling the source}
  ///
  /// @param tell how long the source may take to be told of one item; not negative
  public WorkerSettings<T> withTell(Duration tell) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with another drain span}
  ///
  /// @param drain how long running items may take to end on their own before they are told; not
  ///     negative
  public WorkerSettings<T> withDrain(Duration drain) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with another plan}
  ///
  /// @param plan how long a stop may take in all
  public WorkerSettings<T> withPlan(StopPlan plan) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with another clock}
  ///
  /// @param time the clock of all waits
  public WorkerSettings<T> withTime(TimeSource time) {
    return new WorkerSettings<>(
        handlers, ahead, virtual, patience, tell, drain, plan, time, names, groups, batches);
  }

  /// {@return these settings with names for items}
  ///
  /// @param names quick; may give several items the same name
  public WorkerSettings<T> withNames(Function<? super T, String> names) {
    return new WorkerSettings<>(
        handlers,
        ahead,
        virtual,
        patience,
        tell,
        drain,
        plan,
        time,
        Optional.of(names),
        groups,
        batches);
  }

  /// {@return these settings with groups, such as the customer of an order}
  ///
  /// @param groups quick; what has the same group is stopped together
  public WorkerSettings<T> withGroups(Function<? super T, String> groups) {
    return new WorkerSettings<>(
        handlers,
        ahead,
        virtual,
        patience,
        tell,
        drain,
        plan,
        time,
        names,
        Optional.of(groups),
        batches);
  }

  /// {@return these settings with batches, such as the import that an order came with}
  ///
  /// @param batches quick; what has the same batch is stopped together, also if it is claimed later
  public WorkerSettings<T> withBatches(Function<? super T, String> batches) {
    return new WorkerSettings<>(
        handlers,
        ahead,
        virtual,
        patience,
        tell,
        drain,
        plan,
        time,
        names,
        groups,
        Optional.of(batches));
  }
}
