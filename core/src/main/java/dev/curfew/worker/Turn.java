// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One task of a [ManagedWorker], and the future that its submitter holds.
///
/// Invariants
///
/// 1. It leaves the queue once, by [#take]: the worker runs it, or whoever stops it ends it.
/// 2. `asked` is written before `scope` is read, and `scope` before `asked`: a stop that comes
///    while the body is about to start is not lost.
///
/// Locks: none.
///
/// @param <R> the type of the resource
/// @param <T> the type of the value
final class Turn<R, T extends @Nullable Object> extends FutureTask<T> {

  private final String worker;
  private final String name;
  private final Use<? super R, ? extends T> body;
  private final Runnable ended;

  // any thread
  private final AtomicBoolean taken = new AtomicBoolean();
  private final AtomicReference<@Nullable StopReason> asked = new AtomicReference<>();
  private volatile @Nullable Scope scope;
  private volatile @Nullable StopReason why;

  Turn(String worker, String name, Use<? super R, ? extends T> body, Runnable ended) {
    super(
        () -> { // never: it runs with the resource, in a scope, and completes the future after it
          throw new AssertionError("a turn runs by perform");
        });
    this.worker = worker;
    this.name = name;
    this.body = body;
    this.ended = ended;
  }

  String name() {
    return name;
  }

  boolean take() {
    return taken.compareAndSet(false, true);
  }

  @Override
  protected void done() {
    ended.run();
  }

  /// Does nothing: only the worker's thread runs it.
  @Override
  public void run() {}

  /// Runs it on the worker's thread, which has taken it. Nothing of what the body throws gets out.
  ///
  /// @return whether the body has begun; if not, the worker is stopped and the future ended
  @SuppressWarnings("InterruptedExceptionSwallowed") // it becomes the outcome
  boolean perform(R resource) {
    AtomicReference<@Nullable StopReason> seen = new AtomicReference<>();
    AtomicBoolean begun = new AtomicBoolean();
    try {
      T value =
          Scope.<T, Exception>run(
              name,
              own -> {
                scope = own;
                StopReason early = asked.get();
                if (early != null) {
                  boolean _ = own.stop(early);
                }
                own.token().check();
                begun.set(true);
                try {
                  return body.with(resource);
                } finally {
                  seen.set(own.token().reason().orElse(null));
                }
              });
      set(value);
    } catch (Throwable thrown) {
      StopReason reason = seen.get();
      if (thrown instanceof StoppedException stopped) {
        end(reason == null ? stopped.reason() : reason);
      } else if (thrown instanceof InterruptedException) {
        end(new StopReason.ForeignInterrupt(StopReason.Origin.here()));
      } else {
        setException(thrown);
      }
    } finally {
      scope = null;
    }
    return begun.get() || asked.get() != null;
  }

  /// Ends a task without a value, by a stop.
  void end(StopReason reason) {
    why = reason;
    boolean _ = super.cancel(false);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (isDone()) {
      return false;
    }
    StopReason reason = new StopReason.FutureCancelled(StopReason.Origin.here());
    why = reason;
    boolean unbegun = take();
    boolean first = super.cancel(false);
    if (!unbegun && first && mayInterruptIfRunning && asked.compareAndSet(null, reason)) {
      Scope own = scope;
      if (own != null) {
        boolean _ = own.stop(reason);
      }
    }
    return first;
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    try {
      return super.get();
    } catch (CancellationException e) {
      throw explained(e);
    }
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return super.get(timeout, unit);
    } catch (CancellationException e) {
      throw explained(e);
    }
  }

  private CancellationException explained(CancellationException bare) {
    CancellationException told = stopped();
    told.initCause(bare);
    return told;
  }

  /// {@return what those get who ask for the value of a task that was stopped}
  CancellationException stopped() {
    StopReason reason = why;
    return new CancellationException(
        worker + "/" + name + ": stopped" + (reason == null ? "" : ", " + reason.chain()));
  }

  @Override
  public String toString() {
    return worker + "/" + name + ": " + state().name().toLowerCase(Locale.ROOT);
  }
}
