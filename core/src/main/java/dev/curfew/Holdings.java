// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a scope owns, and how it is given back.
///
/// Invariants
///
/// 1. Between the return of `acquire` and the entry here there is no checkpoint, so nothing can be
///    lost.
/// 2. Each holding is released once, the last one acquired first, after the forks have ended.
/// 3. A release runs on a thread of ours, shielded, within its budget; one that does not end then
///    goes to the ledger, and the next one runs.
///
/// Locks: the own monitor, for a few field writes; never held while anything foreign runs.
final class Holdings {

  private static final Duration TO_SEE_THE_END = Duration.ofMillis(500);
  private static final int SHOWN_FRAMES = 8;

  private final StopNode node;
  private final Duration budget;

  // guarded by this
  private final ArrayDeque<Holding> held = new ArrayDeque<>(0);
  private boolean over;

  private record Holding(String name, Action<?> release) {}

  Holdings(StopNode node, Duration budget) {
    this.node = node;
    this.budget = budget;
  }

  <R extends @Nullable Object, X extends Exception> R own(
      String name, Body<? extends R, X> acquire, Release<? super R> release) throws X {
    refuseIfOver(name);
    R resource = acquire.run();
    Holding holding = new Holding(name, () -> release.release(resource));
    if (!enter(holding)) {
      List<Throwable> failures = new ArrayList<>();
      release(holding, failures);
      IllegalStateException late = ended(name);
      failures.forEach(late::addSuppressed);
      throw late;
    }
    return resource;
  }

  private synchronized boolean enter(Holding holding) {
    if (!over) {
      held.push(holding);
    }
    return !over;
  }

  private synchronized void refuseIfOver(String name) {
    if (over) {
      throw ended(name);
    }
  }

  private IllegalStateException ended(String name) {
    return new IllegalStateException(
        node.path() + " has ended: '" + name + "' cannot be acquired in it any more");
  }

  private synchronized @Nullable Holding next() {
    over = true;
    return held.poll();
  }

  /// Releases everything, and tells what went wrong.
  List<Throwable> releaseAll() {
    List<Throwable> failures = new ArrayList<>(0);
    for (Holding holding = next(); holding != null; holding = next()) {
      release(holding, failures);
    }
    return failures;
  }

  /// For what an abandoned fork may still have used: nobody is there to hear of failures but the
  /// handler for uncaught ones.
  void releaseLate() {
    Thread self = Thread.currentThread();
    for (Throwable failure : releaseAll()) {
      self.getUncaughtExceptionHandler().uncaughtException(self, failure);
    }
  }

  private void release(Holding holding, List<Throwable> failures) {
    Run run = new Run(holding);
    Waker.run(run);
    Deadline end = Deadline.after(budget.plus(TO_SEE_THE_END), node.time);
    if (!Wait.throughStop(holding.name, () -> end, run::hasEnded, false)) {
      failures.add(run.leave());
    } else if (run.failure.get() != null) {
      failures.add(run.failure.get());
    }
  }

  /// One release on its way.
  private final class Run implements Runnable {

    private final Holding holding;
    private final Thread waiting = Thread.currentThread();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile @Nullable Thread thread;
    private volatile boolean ended;

    Run(Holding holding) {
      this.holding = holding;
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      try {
        release();
      } catch (Throwable thrown) {
        failure.set(StopShape.matches(thrown) ? cutShort(thrown) : thrown);
      } finally {
        ended = true;
        thread = null;
        LockSupport.unpark(waiting);
      }
    }

    @SuppressWarnings("InterruptedExceptionSwallowed") // kept as the failure of this release
    private void release() throws Exception {
      Deadline end = Deadline.after(budget, node.time);
      Shield.<@Nullable Void, Exception>run(
          "release " + holding.name,
          node,
          end,
          budget,
          () -> {
            holding.release.run();
            return null;
          });
    }

    private Throwable cutShort(Throwable thrown) {
      return new IllegalStateException(
          "the release of '%s' in %s was cut short: its budget of %s was over"
              .formatted(holding.name, node.path(), budget),
          thrown);
    }

    boolean hasEnded() {
      return ended;
    }

    /// It did not end within its budget.
    Throwable leave() {
      Thread busy = thread;
      String where = "";
      if (busy != null) {
        StopReason.Origin origin = StopReason.Origin.ours("the clock", node.path());
        String path = node.path() + "/release " + holding.name;
        Ledger.abandon(
            path,
            busy,
            new StopReason.LimitReached("the release's budget of " + budget + " is over", origin),
            () -> !ended);
        where =
            Arrays.stream(busy.getStackTrace())
                .limit(SHOWN_FRAMES)
                .map(frame -> "\n    at " + frame)
                .collect(Collectors.joining());
      }
      return new IllegalStateException(
          "the release of '"
              + holding.name
              + "' in "
              + node.path()
              + " did not end within "
              + budget
              + ", and is in the ledger"
              + where);
    }
  }
}
