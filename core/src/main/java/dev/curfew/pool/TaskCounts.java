// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

/// How many tasks ended how. Every accepted task that was not handed back is in exactly one of
/// these, once it has ended or was abandoned.
///
/// @param succeeded returned a value
/// @param failed threw something of their own
/// @param stopped ended because they were asked to, or never started for that reason
/// @param deadlineExceeded ran out of time
/// @param abandoned did not end within the plan, and run still
public record TaskCounts(
    long succeeded, long failed, long stopped, long deadlineExceeded, long abandoned) {

  /// {@return how many they are in all}
  public long total() {
    return succeeded + failed + stopped + deadlineExceeded + abandoned;
  }

  @Override
  public String toString() {
    return "%d succeeded, %d failed, %d stopped, %d out of time, %d abandoned"
        .formatted(succeeded, failed, stopped, deadlineExceeded, abandoned);
  }
}
