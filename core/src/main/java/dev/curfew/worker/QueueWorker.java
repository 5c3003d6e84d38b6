// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Deadline;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// Takes items from a [Source], handles them, and can be stopped with every item accounted for.
///
/// ```java
/// var worker = QueueWorker.open("orders", Source.of(queue), this::ship, s -> s.withHandlers(8));
/// worker.quiet();                       // before a deployment: claims nothing more
/// worker.stopBatch("import-17", StopReason.requested("wrong prices"));
/// StopPlan plan = StopPlan.within(Duration.ofSeconds(20));
/// WorkerReport<Order> report = worker.stopAndAwait(StopReason.requested("deploy"), plan);
/// ```
///
/// Every item that was claimed gets exactly one [ItemOutcome], also if its handler throws, hangs or
/// ignores everything, and the source is told of it. Being stopped is no failure: what a stop of
/// the worker cuts short, or never lets begin, is handed back.
///
/// A stop claims nothing more and hands back what has not begun; lets running items end on their
/// own for [WorkerSettings#drain]; tells and wakes the rest; abandons at the end of the plan what
/// still runs. A share of the plan, 15 percent and at most [WorkerSettings#tell], is kept for
/// handing back what was cut. Leases are renewed until that is done.
///
/// A worker that is opened inside a scope is stopped with it. Each item has a thread and a scope of
/// its own, so checkpoints, Curfew waits and forks work in the handler.
///
/// **Threads.** Any thread may use a worker. It has two platform threads of its own, a third if
/// items have leases, and a few more while it hands back.
///
/// **Cost.** A thread for each item, which is why virtual ones are the default.
///
/// Quiet before stop, hand-back before force, and 25 s in all are Sidekiq's; to refuse items of a
/// stopped batch when they come is Celery's `revoke`.
///
/// @param <T> the type of the items
public final class QueueWorker<T> implements AutoCloseable {

  private final String name;
  private final Shift<T> shift;

  private QueueWorker(String name, Shift<T> shift) {
    this.name = name;
    this.shift = shift;
  }

  /// Opens a worker with the default settings, one item at a time.
  ///
  /// @param <T> the type of the items
  /// @param name its name in paths, reports and messages
  /// @param source where the items come from
  /// @param handler what to do with each
  /// @return the worker, which has begun
  public static <T> QueueWorker<T> open(String name, Source<T> source, Handler<? super T> handler) {
    return open(name, source, handler, UnaryOperator.identity());
  }

  /// Opens a worker.
  ///
  /// @param <T> the type of the items
  /// @param name its name in paths, reports and messages
  /// @param source where the items come from
  /// @param handler what to do with each
  /// @param change from the default settings to those of this worker
  /// @return the worker, which has begun
  public static <T> QueueWorker<T> open(
      String name,
      Source<T> source,
      Handler<? super T> handler,
      UnaryOperator<WorkerSettings<T>> change) {
    Objects.requireNonNull(handler);
    String around = StopReason.Origin.here().scope();
    String path = around.isEmpty() ? name : around + "/" + name;
    Shift<T> shift = new Shift<>(path, source, handler, change.apply(WorkerSettings.defaults()));
    shift.keeper().open();
    return new QueueWorker<>(name, shift);
  }

  /// {@return the name it was opened by}
  public String name() {
    return name;
  }

  /// {@return its name, after the path of the scope it was opened in}
  public String path() {
    return shift.path();
  }

  /// Claims nothing more until [#resume]; a claim that waits is ended at once. What was claimed
  /// goes on, and an item that came at the same moment is still handled.
  ///
  /// @return whether it is quiet now; false if it drains, or was stopped
  public boolean quiet() {
    return shift.quiet();
  }

  /// Claims again after [#quiet].
  ///
  /// @return whether it claims now; false if it drains, or was stopped
  public boolean resume() {
    return shift.resume();
  }

  /// Handles what the source has now, without waiting for more, and then ends. Returns at once; see
  /// [#awaitEnd].
  public void drain() {
    shift.drain();
  }

  /// {@return the items that were claimed and are not settled yet, in no particular order}
  public List<WorkItem<T>> items() {
    return List.copyOf(shift.held());
  }

  /// Stops the items that have this name now. They are dropped: nobody is to do them.
  ///
  /// @param item a name, by [WorkerSettings#names]
  /// @param reason why
  /// @return how many were asked
  public int stopItem(String item, StopReason reason) {
    return shift.stopAll(each -> each.name().equals(item), reason);
  }

  /// Stops the items of this group that have been claimed by now. They are dropped: nobody is to do
  /// them. Items of the group that are claimed later are handled.
  ///
  /// @param group a group, by [WorkerSettings#groups]
  /// @param reason why
  /// @return how many were asked
  public int stopGroup(String group, StopReason reason) {
    return shift.stopAll(each -> each.group().equals(group), reason);
  }

  /// Stops the items of this batch, those that have been claimed and those that the source still
  /// has: they are dropped as they are claimed. Nobody is to do them.
  ///
  /// The worker remembers the names of stopped batches as long as it lives.
  ///
  /// @param batch a batch, by [WorkerSettings#batches]; not empty
  /// @param reason why
  /// @return how many were asked now
  public int stopBatch(String batch, StopReason reason) {
    if (batch.isEmpty()) {
      throw new IllegalArgumentException("items without a batch cannot be stopped as one");
    }
    return shift.stopBatch(batch, reason);
  }

  /// Asks the worker to stop by its own plan, and returns at once. The first reason is kept.
  ///
  /// @param reason why
  public void stop(StopReason reason) {
    shift.stop(reason, shift.settings().plan());
  }

  /// Stops the worker, and waits until it has, at most to the end of the plan.
  ///
  /// If it is being stopped already, the first reason stays and the plan can only bring the end
  /// forward.
  ///
  /// **Stopping.** The wait is bounded by the plan; a stop of the caller does not shorten it.
  ///
  /// @param reason why
  /// @param plan how long to wait, the drain included
  /// @return what became of every item
  /// @throws IllegalStateException in a handler of this worker, which would wait for itself
  public WorkerReport<T> stopAndAwait(StopReason reason, StopPlan plan) {
    refuseInside("awaited");
    shift.stop(reason, plan);
    shift.keeper().awaitClosed(plan.within());
    return shift.report();
  }

  /// Waits until nothing of the worker runs: it was drained, its source has ended, or it was
  /// stopped, and what was abandoned has ended.
  ///
  /// **Stopping.** A stop of the caller's scope ends the wait, as does an interrupt.
  ///
  /// @param within how long at most; not negative
  /// @return whether nothing runs
  /// @throws dev.curfew.StoppedException if the caller is to stop
  public boolean awaitEnd(Duration within) {
    refuseInside("awaited");
    return shift.changed().await(Deadline.after(within), this::hasEnded);
  }

  /// {@return whether nothing of the worker runs any more, not even what was abandoned}
  public boolean hasEnded() {
    return shift.keeper().hasEnded();
  }

  /// {@return what became of the items so far}
  public WorkerReport<T> report() {
    return shift.report();
  }

  /// Stops the worker by its own plan, unless it has ended, and waits until it has. To have
  /// everything handled first, [#drain] and [#awaitEnd].
  ///
  /// **Stopping.** The wait is bounded by the plan. What did not end by then is abandoned, and
  /// [#report] says so.
  @Override
  public void close() {
    refuseInside("closed");
    if (!shift.keeper().isClosed()) {
      stop(StopReason.requested("closed"));
      shift.keeper().awaitClosed(shift.settings().plan().within());
    }
  }

  private void refuseInside(String what) {
    if (shift.isInside()) {
      throw new IllegalStateException(
          path() + " cannot be " + what + " by a handler of its own: call stop(reason) here");
    }
  }

  @Override
  public String toString() {
    return path() + ": " + shift;
  }
}
