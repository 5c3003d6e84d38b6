// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.StopReason;
import java.util.Optional;

/// An item that a worker has claimed.
///
/// **Threads.** Any.
///
/// @param <T> the type of the item
public sealed interface WorkItem<T> permits Item {

  /// {@return its name, by [WorkerSettings#names]}
  String name();

  /// {@return the item itself}
  T value();

  /// {@return its group, by [WorkerSettings#groups]; empty for none}
  String group();

  /// {@return its batch, by [WorkerSettings#batches]; empty for none}
  String batch();

  /// {@return what became of it; empty while it waits or runs}
  Optional<ItemOutcome> outcome();

  /// {@return what went wrong when its source was told of the outcome; empty if nothing did}
  Optional<Throwable> trouble();

  /// Asks this item alone to stop, and returns at once. It is dropped: nobody is to do it.
  ///
  /// @param reason why
  /// @return whether this call was the first to ask, and in time
  boolean stop(StopReason reason);
}
