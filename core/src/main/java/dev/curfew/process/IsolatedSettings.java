// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.StopPlan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// How an isolated call is made.
///
/// @param name its name in paths and reports
/// @param deadline how long it may take, the start of the JVM included; empty for 'as long as the
///     scope around'
/// @param memory the largest heap in bytes; 0 for what the JVM takes by itself
/// @param plan from asking it to end until its JVM is killed
/// @param options of the JVM, such as `-XX:+UseSerialGC`
public record IsolatedSettings(
    String name, Optional<Duration> deadline, long memory, StopPlan plan, List<String> options) {

  /// Named `isolated`, no deadline, no limit of memory, killed after five seconds.
  public static final IsolatedSettings DEFAULT =
      new IsolatedSettings(
          "isolated", Optional.empty(), 0, StopPlan.within(Duration.ofSeconds(5)), List.of());

  /// Copies the list.
  public IsolatedSettings {
    options = List.copyOf(options);
    if (memory < 0) {
      throw new IllegalArgumentException("a heap cannot have " + memory + " bytes");
    }
  }

  /// {@return these settings with another name}
  ///
  /// @param name in paths and reports
  public IsolatedSettings withName(String name) {
    return new IsolatedSettings(name, deadline, memory, plan, options);
  }

  /// {@return these settings with a deadline}
  ///
  /// @param within how long the call may take; not negative
  public IsolatedSettings withDeadline(Duration within) {
    return new IsolatedSettings(name, Optional.of(within), memory, plan, options);
  }

  /// {@return these settings with a limit of memory}
  ///
  /// @param bytes the largest heap
  public IsolatedSettings withMemory(long bytes) {
    return new IsolatedSettings(name, deadline, bytes, plan, options);
  }

  /// {@return these settings with another plan}
  ///
  /// @param plan from asking it to end until its JVM is killed
  public IsolatedSettings withPlan(StopPlan plan) {
    return new IsolatedSettings(name, deadline, memory, plan, options);
  }

  /// {@return these settings with more options of the JVM}
  ///
  /// @param more such as `-XX:+UseSerialGC`
  public IsolatedSettings withOptions(String... more) {
    List<String> all = Stream.concat(options.stream(), Stream.of(more)).toList();
    return new IsolatedSettings(name, deadline, memory, plan, all);
  }
}
