// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

/// What a pool does with a task when its queue is full.
public enum WhenFull {

  /// The submitter waits until there is room, or the pool is stopped, or it is stopped itself.
  ///
  /// A task that submits to its own full pool may wait for a place that only it can free: give such
  /// pools another policy.
  WAIT,

  /// The submitter gets a `RejectedExecutionException`.
  REFUSE,

  /// The submitter runs the task itself, before `submit` returns.
  RUN_HERE
}
