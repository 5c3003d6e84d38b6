// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.DeadlineExceededException;
import dev.curfew.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The future of a [Task]: its outcome, and those who wait for it. A `FutureTask` would cost a
/// small task as much again as its errand does.
///
/// Invariants
///
/// 1. `end` is set once: to the outcome, to a [Late] if that comes with an exception of its own, or
///    to a [Cut] if the future is cancelled while the body runs, which takes up the outcome later.
///    From then on the future says the same for ever; of outcomes, only `Abandoned` is replaced.
/// 2. Who waits has made the latch before looking at `end`, and `end` is set before the latch is
///    looked for. Few tasks are waited for, so the first who does makes it.
///
/// Locks: none.
abstract class Promise<T extends @Nullable Object> implements Future<T> {

  private static final VarHandle END = handle(Promise.class, "end", Object.class);
  private static final VarHandle WAITED = handle(Promise.class, "waited", CountDownLatch.class);

  // any thread
  private volatile @Nullable Object end;
  private volatile @Nullable CountDownLatch waited;

  /// What was cancelled or abandoned while it ran, and the outcome once there is one.
  private static final class Cut {

    static final VarHandle OUTCOME = handle(Cut.class, "outcome", Outcome.class);

    volatile @Nullable Outcome<?> outcome;
  }

  /// One that ran out of its own time, and what it threw for that.
  private record Late(Outcome<?> outcome, DeadlineExceededException thrown) {}

  private static VarHandle handle(Class<?> in, String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(in, field, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// {@return the outcome, null if there is none yet}
  @SuppressWarnings("unchecked") // nothing else is set
  final @Nullable Outcome<T> now() {
    Object at = end;
    Object how = at instanceof Cut cut ? cut.outcome : at instanceof Late late ? late.outcome : at;
    return (Outcome<T>) how;
  }

  /// Sets the outcome and lets go who waits; once.
  ///
  /// @param failure what the body threw, null if nothing
  /// @return the outcome before: null, or that it had been abandoned
  final @Nullable Outcome<?> complete(Outcome<T> how, @Nullable Throwable failure) {
    boolean late = how instanceof Outcome.DeadlineExceeded<T>;
    Object mine = late && failure instanceof DeadlineExceededException e ? new Late(how, e) : how;
    if (END.compareAndSet(this, null, mine)) {
      letWaitersGo();
      return null;
    }
    if (end instanceof Cut cut) {
      return (Outcome<?>) Cut.OUTCOME.getAndSet(cut, how);
    }
    throw new AssertionError(this + " has ended twice");
  }

  /// Cancels the future, whose outcome is still to come.
  ///
  /// @return false if it was completed before
  final boolean cut() {
    boolean first = END.compareAndSet(this, null, new Cut());
    letWaitersGo();
    return first;
  }

  /// Cancels the future, and gives up to wait for the outcome.
  ///
  /// @return false if that was there before
  final boolean giveUp(Outcome<T> abandoned) {
    boolean _ = cut();
    return end instanceof Cut cut && Cut.OUTCOME.compareAndSet(cut, null, abandoned);
  }

  private void letWaitersGo() {
    CountDownLatch some = waited;
    if (some != null) {
      some.countDown();
    }
  }

  @Override
  public final boolean isDone() {
    return end != null;
  }

  @Override
  public final boolean isCancelled() {
    return switch (end) {
      case Cut _, Outcome.Stopped<?> _, Outcome.DeadlineExceeded<?> _ -> true;
      case null, default -> false;
    };
  }

  @Override
  public final T get() throws InterruptedException, ExecutionException {
    if (end == null) {
      latch().await();
    }
    return result();
  }

  @Override
  public final T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (end == null && !latch().await(timeout, unit)) {
      throw new TimeoutException(toString());
    }
    return result();
  }

  /// {@return what is opened when the task ends; open if it has}
  private CountDownLatch latch() {
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch other = (CountDownLatch) WAITED.compareAndExchange(this, null, made);
    CountDownLatch shared = other == null ? made : other;
    if (end != null) {
      shared.countDown();
    }
    return shared;
  }

  @SuppressWarnings("unchecked") // it is the value of the body
  private T result() throws ExecutionException {
    return switch (end) {
      case Outcome.Succeeded<?> done -> (T) done.value();
      case Outcome.Failed<?> failed -> throw new ExecutionException(failed.failure());
      case Late late -> throw new ExecutionException(late.thrown);
      case null, default -> throw new Cancelled(toString());
    };
  }
}
