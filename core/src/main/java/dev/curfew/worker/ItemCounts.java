// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

/// How many items of a worker ended how. Every item that was claimed is in exactly one of these,
/// once it has ended or was abandoned.
///
/// @param claimed all that the source gave
/// @param succeeded their handler returned
/// @param failed their handler threw
/// @param stopped by name, group or batch, so that nobody does them
/// @param handedBack given back to the source, since the worker was stopped
/// @param lost their lease was lost
/// @param abandoned did not end within the plan, and run still
public record ItemCounts(
    long claimed,
    long succeeded,
    long failed,
    long stopped,
    long handedBack,
    long lost,
    long abandoned) {

  /// {@return how many have an outcome}
  public long accounted() {
    return succeeded + failed + stopped + handedBack + lost + abandoned;
  }

  @Override
  public String toString() {
    return "%d claimed: %d succeeded, %d failed, %d stopped, %d handed back, %d lost, %d abandoned"
        .formatted(claimed, succeeded, failed, stopped, handedBack, lost, abandoned);
  }
}
