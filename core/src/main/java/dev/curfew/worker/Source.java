// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Deadline;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;

/// Where a [QueueWorker] gets its items, and whom it tells what became of them.
///
/// For each item that was claimed the worker calls exactly one of [#done], [#failed], [#handBack]
/// and [#drop]; none of them after its lease was lost. An item that never ends is abandoned, and
/// then the source hears of it when it ends after all, or never: let the lease of abandoned items
/// run out.
///
/// An item carries what its source needs to know it by, such as a receipt, a row's key or the
/// number of the attempt. Number attempts, and refuse to finish one that is not the current one:
/// then the late end of an abandoned handler does no harm.
///
/// **Stopping.** [#claim] runs in a scope of its own, and is interrupted when the worker is to
/// claim no more; if an interrupt does harm there, use `Curfew.blocking` with another way. The
/// other methods run shielded: a stop of the worker does not cut them short as long as its plan
/// lasts, but the budget of [WorkerSettings#tell] does. One that comes after the plan, when an
/// abandoned handler ends, is interrupted at once. Whatever they throw is told in the report by the
/// name of the item.
///
/// **Threads.** [#claim] is called by one thread of each worker. The others are called by any
/// thread of it, for different items at the same time; [#renew] also while the item is settled.
///
/// The set of methods is what leases on many engines have in common: visibility time-outs of SQS,
/// acknowledgements of JetStream, share groups of Kafka, rows with a lease column.
///
/// @param <T> the type of the items
public interface Source<T> {

  /// {@return the items of a queue in this JVM; see [QueueSource]}
  ///
  /// @param <T> the type of the items
  /// @param queue where they come from, and go back to
  static <T> QueueSource<T> of(BlockingQueue<T> queue) {
    return new QueueSource<>(queue);
  }

  /// Claims items, and waits for the first one.
  ///
  /// @param most how many, at most; at least 1. If more are returned, they wait in the worker
  /// @param until when to give up; has passed already when the worker drains, and then only what is
  ///     there counts
  /// @return what was claimed; an item that was taken is to be returned, also if a stop came
  /// @throws Exception if nothing was claimed; the worker tries again after a pause
  Claim<T> claim(int most, Deadline until) throws Exception;

  /// {@return how long a claim or a renewal lasts; empty if items need no renewing}
  ///
  /// Say a little less than is true. Asked once, when the worker is opened.
  default Optional<Duration> lease() {
    return Optional.empty();
  }

  /// Extends the lease on an item that is not settled yet. Called each third of the lease, to the
  /// very end of a stop.
  ///
  /// @param item one that was claimed
  /// @return false if somebody else has it: it is stopped, with the reason `LeaseLost`
  /// @throws Exception if nobody knows; it is tried again until the lease has run out
  default boolean renew(T item) throws Exception {
    return true;
  }

  /// The handler returned.
  ///
  /// @param item one that was claimed
  /// @throws Exception if the source did not take it
  void done(T item) throws Exception;

  /// The handler threw. The only call that may count as an attempt.
  ///
  /// @param item one that was claimed
  /// @param failure what it threw
  /// @throws Exception if the source did not take it
  void failed(T item, Throwable failure) throws Exception;

  /// The worker cannot finish the item, because the worker was stopped: whoever can may have it, at
  /// once, and without counting an attempt.
  ///
  /// @param item one that was claimed
  /// @param reason why
  /// @throws Exception if the source did not take it
  void handBack(T item, StopReason reason) throws Exception;

  /// The item itself, its group or its batch was stopped: nobody is to do it. Unless overridden, it
  /// is [#done].
  ///
  /// @param item one that was claimed
  /// @param reason why
  /// @throws Exception if the source did not take it
  default void drop(T item, StopReason reason) throws Exception {
    done(item);
  }
}
