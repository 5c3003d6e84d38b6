// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
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
///    mutex. A failure that comes too late goes to the thread's handler, unless it is the stop.
/// 2. From when it is left until it ends, the call is in the ledger.
/// 3. The call has a node and a lease of its own below those of the waiting thread, without the
///    right to interrupt: its own waits are woken, and it is named in the report.
///
/// Locks: the own mutex, for a few field writes.
///
/// @param <T> the type of the value
final class Detached<T extends @Nullable Object> {

  private final String name;
  private final Callable<? extends T> call;
  private final Consumer<? super T> disposer;
  private final Thread waiting = Thread.currentThread();
  private final Thread thread;
  private final @Nullable StopNode around;
  private @Nullable Lease lease; // written before the thread starts

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private @Nullable Outcome<T> end;
  private boolean left;

  Detached(String name, Callable<? extends T> call, Consumer<? super T> disposer) {
    this.name = name;
    this.call = call;
    this.disposer = disposer;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    Lease at = Lease.current();
    this.around = at == null ? null : at.node;
  }

  T await() throws ExecutionException {
    if (around != null) {
      around.check();
    }
    start();
    Wait.Ending ending = Wait.until(name, null, this::hasEnded);
    if (ending != Wait.Ending.DONE && leave()) {
      StopReason reason = around == null ? null : around.reason();
      StopReason why =
          reason != null ? reason : new StopReason.ForeignInterrupt(StopReason.Origin.here());
      Ledger.abandon(around == null ? name : around.path() + "/" + name, thread, why);
      Wait.throwIfCut(ending, Lease.current());
    }
    return value();
  }

  private void start() {
    boolean started = false;
    try {
      if (around != null) {
        StopNode node = around.addChild(name, this, around.time, null);
        lease = new Lease(node, thread, false);
        boolean _ = node.addLease(lease);
      }
      thread.start();
      started = true;
    } finally {
      if (!started && lease != null) { // no memory for a thread
        lease.discard();
        lease.node.remove();
      }
    }
  }

  /// {@return whether the value, if one comes, is the disposer's}
  private boolean leave() {
    try (Mutex _ = mutex.enter()) {
      left = end == null;
      return left;
    }
  }

  private boolean hasEnded() {
    try (Mutex _ = mutex.enter()) {
      return end != null;
    }
  }

  private T value() throws ExecutionException {
    Outcome<T> known;
    try (Mutex _ = mutex.enter()) {
      known = end;
    }
    return switch (known) {
      case Outcome.Succeeded<T> done -> done.value();
      case Outcome.Failed<T> failed -> throw new ExecutionException(failed.failure());
      case null, default -> throw new IllegalStateException(name + " has not ended");
    };
  }

  private void run() {
    Outcome<T> mine = call();
    boolean late;
    try (Mutex _ = mutex.enter()) {
      end = mine;
      late = left;
    }
    LockSupport.unpark(waiting);
    if (late) {
      settleLate(mine);
    }
  }

  private void settleLate(Outcome<T> mine) {
    if (mine instanceof Outcome.Succeeded<T> done) {
      disposer.accept(done.value());
    } else if (mine instanceof Outcome.Failed<T> failed && !StopShape.matches(failed.failure())) {
      Waker.tellHandler(failed.failure());
    }
  }

  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome, the thread ends here
  private Outcome<T> call() {
    Lease stay = lease;
    if (stay != null) {
      stay.enter();
    }
    try {
      return new Outcome.Succeeded<>(Stay.<T, Exception>run(stay, call::call), false);
    } catch (Throwable thrown) {
      return new Outcome.Failed<>(thrown, false);
    } finally {
      if (stay != null) {
        stay.close();
        stay.node.remove();
      }
    }
  }
}
