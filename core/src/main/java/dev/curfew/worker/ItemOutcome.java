// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.StopReason;

/// What became of an item. Every item that was claimed gets exactly one; only `Abandoned` is
/// replaced, when the handler has ended after all.
public sealed interface ItemOutcome {

  /// The handler returned.
  ///
  /// @param late whether it had been asked to stop before
  record Succeeded(boolean late) implements ItemOutcome {}

  /// The handler threw something of its own.
  ///
  /// @param failure what it threw
  /// @param late whether it had been asked to stop before
  record Failed(Throwable failure, boolean late) implements ItemOutcome {}

  /// The item, its group or its batch was stopped, and nobody is to do it.
  ///
  /// @param reason why
  record Stopped(StopReason reason) implements ItemOutcome {}

  /// The worker was stopped before the item was done, so somebody else may do it. Never a failure.
  ///
  /// @param reason why the worker was stopped
  /// @param begun whether the handler had begun
  record HandedBack(StopReason reason, boolean begun) implements ItemOutcome {}

  /// The lease on the item was lost, so somebody else may have it already. The source is told
  /// nothing.
  ///
  /// @param reason how
  record Lost(StopReason reason) implements ItemOutcome {}

  /// The handler did not end within the plan; it is in the ledger until it does.
  ///
  /// @param reason why it had been asked to stop
  record Abandoned(StopReason reason) implements ItemOutcome {}

  /// {@return a few words for reports}
  default String word() {
    return switch (this) {
      case Succeeded done -> done.late ? "succeeded (late)" : "succeeded";
      case Failed failed -> (failed.late ? "failed (late): " : "failed: ") + failed.failure;
      case Stopped _ -> "stopped";
      case HandedBack back -> back.begun ? "handed back" : "handed back, never begun";
      case Lost _ -> "lease lost";
      case Abandoned _ -> "abandoned";
    };
  }
}
