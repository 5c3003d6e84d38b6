// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The machine behind [Curfew#detached]: a call on a thread of its own, and who takes its value.
///
/// Invariants
///
/// 1. The value goes either to the waiting thread or to the disposer: the two meet under the
///    monitor.
/// 2. From when it is left until it ends, the call is in the ledger.
///
/// Locks: the own monitor, for a few field writes.
///
/// @param <T> the type of the value
final class Detached<T extends @Nullable Object> {

  private final String name;
  private final Callable<? extends T> call;
  private final Consumer<? super T> disposer;
  private final Thread waiting = Thread.currentThread();
  private final @Nullable StopNode node;

  // guarded by this
  private @Nullable Outcome<T> end;
  private boolean left;

  Detached(String name, Callable<? extends T> call, Consumer<? super T> disposer) {
    this.name = name;
    this.call = call;
    this.disposer = disposer;
    Lease around = Lease.current();
    this.node = around == null ? null : around.node;
  }

  T await() throws ExecutionException {
    if (node != null) {
      node.check();
    }
    Thread thread = Thread.ofVirtual().name(name).start(this::run);
    Wait.Ending ending = Wait.until(name, null, this::hasEnded);
    if (ending != Wait.Ending.DONE && leave()) {
      StopReason reason = node == null ? null : node.reason();
      StopReason why =
          reason != null ? reason : new StopReason.ForeignInterrupt(StopReason.Origin.here());
      Ledger.abandon(node == null ? name : node.path() + "/" + name, thread, why);
      Wait.throwIfCut(ending, Lease.current());
    }
    return value();
  }

  /// {@return whether the value, if one comes, is the disposer's}
  private synchronized boolean leave() {
    left = end == null;
    return left;
  }

  private synchronized boolean hasEnded() {
    return end != null;
  }

  private synchronized T value() throws ExecutionException {
    return switch (end) {
      case Outcome.Succeeded<T> done -> done.value();
      case Outcome.Failed<T> failed -> throw new ExecutionException(failed.failure());
      case null, default -> throw new IllegalStateException(name + " has not ended");
    };
  }

  private void run() {
    Outcome<T> mine = call();
    boolean late;
    synchronized (this) {
      end = mine;
      late = left;
    }
    LockSupport.unpark(waiting);
    if (late && mine instanceof Outcome.Succeeded<T> done) {
      disposer.accept(done.value());
    }
  }

  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome, the thread ends here
  private Outcome<T> call() {
    Lease lease = node == null ? null : new Lease(node, Thread.currentThread(), false);
    if (lease != null) {
      lease.enter();
    }
    try {
      return new Outcome.Succeeded<>(call.call(), false);
    } catch (Throwable thrown) {
      return new Outcome.Failed<>(thrown, false);
    } finally {
      if (lease != null) {
        lease.close();
      }
    }
  }
}
