// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The machine behind [PerThread]: what each thread has opened, and who gives it back.
///
/// Invariants
///
/// 1. Whoever takes an entry out of `held` releases it, so each is released once.
/// 2. An entry is put in before `over` is read, and `over` is written before the entries are read:
///    an end and a thread that opens one meanwhile cannot miss each other.
/// 3. The end leaves alone what belongs to a fork below the scope: if one still runs, it was
///    abandoned, and releases its own when it leaves.
///
/// Locks: the own mutex, for `failures`; never held while anything foreign runs.
///
/// @param <R> the type of the resource
final class ThreadHoldings<R> {

  private static final int FIRST_SWEEP = 32;

  private final String name;
  private final Holdings owner;
  private final Callable<? extends R> acquire;
  private final Release<? super R> release;
  private final ConcurrentHashMap<Thread, Held> held = new ConcurrentHashMap<>();
  private final AtomicInteger sweepAt = new AtomicInteger(FIRST_SWEEP);
  private final AtomicInteger sweeps = new AtomicInteger();
  private final Waiters sweptAll = new Waiters();
  private volatile boolean over;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Throwable> failures = new ArrayList<>(0);
  private boolean told;

  ThreadHoldings(
      String name, Holdings owner, Callable<? extends R> acquire, Release<? super R> release) {
    this.name = name;
    this.owner = owner;
    this.acquire = acquire;
    this.release = release;
  }

  String name() {
    return name;
  }

  int open() {
    return held.size();
  }

  R get() {
    Held mine = held.get(Thread.currentThread());
    return mine == null ? acquire() : mine.resource;
  }

  private R acquire() {
    refuseIfOver();
    sweep();
    Held mine = new Held(Acquiring.acquire(name, acquire));
    mine.releaseWithFork();
    held.put(mine.thread, mine);
    if (over) {
      mine.forget();
      mine.run();
    }
    refuseIfOver();
    return mine.resource;
  }

  private void refuseIfOver() {
    if (over) {
      throw owner.ended(name);
    }
  }

  /// Releases everything that no fork will.
  void end(List<Throwable> into) {
    over = true;
    for (Held each : held.values()) {
      if (!each.isOfForkBelow() && each.take()) {
        each.forget();
        Holdings.add(each.releasing().elsewhere(), into);
      }
    }
    awaitSweeps();
    try (Mutex _ = mutex.enter()) {
      into.addAll(failures);
      failures.clear();
      told = true;
    }
  }

  /// Releases what threads of others have left behind; seldom, so that it costs each that opens one
  /// the same however many there are.
  private void sweep() {
    int limit = sweepAt.get();
    if (held.size() < limit || !sweepAt.compareAndSet(limit, Integer.MAX_VALUE)) {
      return;
    }
    List<Held> dead = held.values().stream().filter(each -> !each.thread.isAlive()).toList();
    sweepAt.set(Math.max(FIRST_SWEEP, 2 * (held.size() - dead.size())));
    if (!dead.isEmpty()) {
      sweeps.incrementAndGet();
      Waker.runAnyhow(() -> sweep(dead));
    }
  }

  private void sweep(List<Held> dead) {
    for (Held each : dead) {
      if (each.take()) {
        keep(each.releasing().elsewhere());
      }
    }
    sweeps.decrementAndGet();
    sweptAll.wake();
  }

  /// Once the end has taken all there is, a sweep releases no more than what it has in its hands.
  private void awaitSweeps() {
    StopNode node = owner.node();
    Deadline end = node.notBeyondEnd(Deadline.after(owner.budget().plusSeconds(1), node.time));
    try (Waiters.Place _ = sweptAll.enter()) {
      boolean _ = Wait.throughStop(name, () -> end, () -> sweeps.get() == 0, false);
    }
  }

  private void keep(@Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    boolean late;
    try (Mutex _ = mutex.enter()) {
      late = told;
      if (!late) {
        failures.add(failure);
      }
    }
    if (late) {
      Releasing.tellHandler(List.of(failure));
    }
  }

  /// What one thread has opened. It runs when the fork leaves.
  private final class Held implements Runnable {

    final Thread thread = Thread.currentThread();
    final R resource;
    private final @Nullable Fork<?> fork = Fork.running();
    private final @Nullable Leaving leaving = fork == null ? null : fork.leaving();

    Held(R resource) {
      this.resource = resource;
    }

    boolean isOfForkBelow() {
      return fork != null && fork.isBelow(owner.node());
    }

    void releaseWithFork() {
      if (leaving != null) {
        leaving.add(this);
      }
    }

    /// A worker of a pool may live much longer than the scopes it works for.
    void forget() {
      if (leaving != null) {
        leaving.remove(this);
      }
    }

    boolean take() {
      return held.remove(thread, this);
    }

    Releasing releasing() {
      return new Releasing(name, owner.node(), owner.budget(), () -> release.release(resource));
    }

    @Override
    public void run() {
      if (take()) {
        keep(releasing().here());
      }
    }
  }
}
