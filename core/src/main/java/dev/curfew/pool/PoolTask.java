// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Outcome;
import dev.curfew.StopReason;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// A task of a pool.
///
/// As a [Future] it says whether a result can be had: a task that was stopped is `CANCELLED`, also
/// while its body is still on its way out; one that ran out of its own time is `FAILED` with a
/// `DeadlineExceededException`. The [#outcome] says how the body really ended.
///
/// **Stopping.** `cancel(true)` stops the task with the reason `FutureCancelled`; `cancel(false)`
/// stops only one that has not started. `get()` waits until the task has ended; it is a blocking
/// call of the JDK, to be bounded by a time-out or woken by an interrupt.
///
/// **Threads.** Any.
///
/// @param <T> the type of its value
public sealed interface PoolTask<T extends @Nullable Object> extends Future<T> permits Task {

  /// {@return the name it was submitted by, or `task-` and a number}
  String name();

  /// {@return how it ended; empty while it waits or runs}
  Optional<Outcome<T>> outcome();

  /// Asks this task alone to stop, and returns at once. One that has not started never will.
  ///
  /// @param reason why
  /// @return whether this call was the first to ask, and in time
  boolean stop(StopReason reason);
}
