// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The machine behind [Shared]: who uses the resource, who opens it, and when it is released.
///
/// Invariants
///
/// 1. `count` is the number of users, and [#RETIRED] is added to it once, after which it does not
///    grow. So it comes to [#RETIRED] alone exactly once, and whoever brings it there begins the
///    release.
/// 2. A user is counted before it looks for the resource and until it has left, so what it finds is
///    not released.
/// 3. One opening at a time; one without a resource is taken out before those who waited for it
///    wake, so that who comes next tries again.
/// 4. What the release throws is told either to those who wait for it or to the handler: which, is
///    decided under the mutex.
///
/// Locks: the own mutex, for a few field writes; never held while anything foreign runs.
///
/// @param <R> the type of the resource
final class Uses<R> {

  private static final int RETIRED = Integer.MIN_VALUE;

  private final String name;
  private final StopNode node;
  private final Duration budget;
  private final Callable<? extends R> acquire;
  private final Release<? super R> release;

  private final AtomicInteger count = new AtomicInteger();
  private final AtomicReference<@Nullable StopReason> reason = new AtomicReference<>();
  private final AtomicReference<@Nullable Opening<R>> opening = new AtomicReference<>();
  private final Set<Shared.Use<R>> users = ConcurrentHashMap.newKeySet();
  private final Waiters changes = new Waiters();
  private volatile boolean released;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private int listeners;
  private @Nullable Throwable failure;

  Uses(
      String name,
      StopNode node,
      Duration budget,
      Callable<? extends R> acquire,
      Release<? super R> release) {
    this.name = name;
    this.node = node;
    this.budget = budget;
    this.acquire = acquire;
    this.release = release;
  }

  String name() {
    return name;
  }

  Duration budget() {
    return budget;
  }

  boolean isReleased() {
    return released;
  }

  List<Shared.User> users() {
    return users.stream()
        .map(Shared.Use::user)
        .sorted(Comparator.comparing(Shared.User::since))
        .toList();
  }

  Shared.Use<R> use() {
    enter();
    Shared.Use<R> use = new Shared.Use<>(this);
    users.add(use);
    boolean found = false;
    try {
      Shared.Use<R> ready = use.with(resource());
      found = true;
      return ready;
    } finally {
      if (!found) {
        use.close();
      }
    }
  }

  private void enter() {
    int now;
    do {
      now = count.get();
      if (now < 0) {
        throw retired();
      }
    } while (!count.compareAndSet(now, now + 1));
  }

  void leave(Shared.Use<R> use) {
    users.remove(use);
    if (count.decrementAndGet() == RETIRED) {
      release();
    }
  }

  private R resource() {
    while (true) {
      Opening<R> at = opening.get();
      R open = at == null ? open() : at.resource();
      if (open != null) {
        return open;
      }
      if (at != null) {
        await(at);
      }
    }
  }

  /// {@return the resource, null if somebody else was quicker to open it}
  private @Nullable R open() {
    if (count.get() < 0) {
      throw retired();
    }
    Opening<R> mine = new Opening<>();
    if (!opening.compareAndSet(null, mine)) {
      return null;
    }
    Throwable failed = null;
    R open = null;
    try {
      open = Acquiring.acquire(name, acquire);
      return open;
    } catch (AcquireFailedException e) {
      failed = e.getCause();
      throw e;
    } finally {
      settle(mine, open, failed);
    }
  }

  private void settle(Opening<R> mine, @Nullable R open, @Nullable Throwable failed) {
    if (open != null) {
      mine.succeeded(open);
    } else {
      opening.set(null);
      if (failed != null) {
        mine.failed(failed);
      } else {
        mine.givenUp();
      }
    }
    changes.wake();
  }

  private void await(Opening<R> other) {
    if (other.isMine() && !other.hasEnded()) {
      throw new IllegalStateException("'" + name + "' cannot be used while this thread opens it");
    }
    try (Waiters.Place _ = changes.enter()) {
      Wait.throwIfCut(Wait.until(this, null, other::hasEnded), Lease.current());
    }
    Throwable failed = other.failure();
    if (failed != null) {
      throw new AcquireFailedException(name, failed);
    }
  }

  boolean retire(StopReason why) {
    boolean first = reason.compareAndSet(null, why);
    if (count.getAndUpdate(now -> now | RETIRED) == 0) {
      release();
    }
    return first;
  }

  /// Nobody uses it, and nobody ever will.
  private void release() {
    Opening<R> at = opening.get();
    R open = at == null ? null : at.resource();
    changes.wake();
    if (open == null) {
      released(null);
    } else {
      Releasing last = new Releasing(name, node, budget, () -> release.release(open));
      Waker.runAnyhow(() -> released(last.elsewhere()));
    }
  }

  private void released(@Nullable Throwable thrown) {
    boolean told;
    try (Mutex _ = mutex.enter()) {
      told = thrown == null || listeners > 0;
      failure = told ? thrown : null;
      released = true;
    }
    changes.wake();
    if (!told) {
      Releasing.tellHandler(List.of(thrown));
    }
  }

  /// Ends it with its scope.
  void end(List<Throwable> failures) {
    StopReason.Origin origin =
        StopReason.Origin.ours(Thread.currentThread().getName(), node.path());
    Holdings.add(
        end(new StopReason.ScopeClosed(node.path(), "its resources are released", origin), budget),
        failures);
  }

  /// Retires it, and waits for its users and then for its release.
  ///
  /// @return what went wrong, or null
  @Nullable IllegalStateException end(StopReason why, Duration within) {
    try (Mutex _ = mutex.enter()) {
      listeners++;
    }
    IllegalStateException used = null;
    Throwable failed = null;
    try (Waiters.Place _ = changes.enter()) {
      boolean _ = retire(why);
      used = awaitRelease(within);
    } finally {
      try (Mutex _ = mutex.enter()) {
        failed = failure;
        listeners--;
        failure = listeners == 0 ? null : failure;
      }
    }
    return failed == null
        ? used
        : new IllegalStateException("'" + name + "' was not released properly", failed);
  }

  private @Nullable IllegalStateException awaitRelease(Duration within) {
    Deadline usersEnd = node.notBeyondEnd(Deadline.after(within, node.time));
    if (isMine() || !Wait.throughStop(this, () -> usersEnd, this::isUnused, true)) {
      return isUnused() ? null : stillUsed();
    }
    Deadline end = node.notBeyondEnd(Deadline.after(budget.plus(budget).plusSeconds(1), node.time));
    return Wait.throughStop(this, () -> end, this::isReleased, true) ? null : notReleased();
  }

  private boolean isUnused() {
    return count.get() == RETIRED;
  }

  /// Whoever uses it itself would wait for itself.
  private boolean isMine() {
    return users.stream().anyMatch(use -> use.thread.equals(Thread.currentThread()));
  }

  private IllegalStateException stillUsed() {
    String who = users().stream().map(Shared.User::toString).collect(Collectors.joining(", and "));
    return new IllegalStateException(
        "'" + name + "' is still used by " + who + ": it is released when they have left");
  }

  private IllegalStateException notReleased() {
    return new IllegalStateException(
        "'" + name + "' is not released yet: its release takes longer than " + budget);
  }

  private IllegalStateException retired() {
    StopReason why = reason.get();
    return new IllegalStateException(
        "'" + name + "' cannot be used any more: " + (why == null ? "retired" : why.chain()));
  }

  @Override
  public String toString() {
    int now = count.get();
    Opening<R> at = opening.get();
    String open = at == null ? "not open" : at.hasEnded() ? "open" : "being opened";
    String state = released ? "released" : now < 0 ? open + ", retired" : open;
    return "'" + name + "': " + state + ", " + (now & ~RETIRED) + " users";
  }
}
