// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

/// What a [QueueWorker] does with each item.
///
/// **Stopping.** Runs in a scope of its own, and may be interrupted while it runs: by a stop of the
/// item, of the worker, or because the lease on the item was lost. `Curfew.token()` says which.
///
/// **Threads.** Each item is handled by a thread of its own, several at the same time.
///
/// @param <T> the type of the items
@FunctionalInterface
public interface Handler<T> {

  /// Handles one item. If it returns, the item is done.
  ///
  /// @param item what was claimed
  /// @throws Exception what went wrong: the item has failed, unless a stop has cut it short
  void handle(T item) throws Exception;
}
