// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One resource being given back: shielded, within a budget, and isolated from all others.
///
/// Invariants
///
/// 1. What the release throws is returned, never thrown, so that it keeps no other from running.
/// 2. Elsewhere, it runs on a thread of ours; one that does not end within its budget is in the
///    ledger until it does, and is waited for no longer.
/// 3. It runs, once, also where no thread can be had for it or for its alarm: then on the thread
///    that waits for it, and without an end.
///
/// Locks: none.
///
/// @param name what messages call the resource
/// @param node whose resource it is
/// @param budget how long it may take
/// @param action gives it back
record Releasing(String name, StopNode node, Duration budget, Action<?> action) {

  private static final Duration TO_SEE_THE_END = Duration.ofMillis(500);
  private static final int SHOWN_FRAMES = 8;

  /// Releases on the calling thread, for what belongs to it.
  ///
  /// @return what it threw, or null
  @Nullable Throwable here() {
    try {
      shielded();
      return null;
    } catch (Throwable thrown) {
      return wasCutShort(thrown) ? cutShort(thrown) : thrown;
    }
  }

  /// Only the shield opens while a release runs; a time-out of its own is a failure.
  private static boolean wasCutShort(Throwable thrown) {
    return thrown instanceof StoppedException stopped
        ? stopped.reason() instanceof StopReason.LimitReached
        : thrown instanceof InterruptedException || StopShape.isForeignInterrupt(thrown);
  }

  private Throwable cutShort(Throwable thrown) {
    return new IllegalStateException(
        "the release of %s was cut short: its budget of %s was over".formatted(what(), budget),
        thrown);
  }

  private String what() {
    return "'" + name + (node.path().isEmpty() ? "'" : "' in " + node.path());
  }

  /// Releases on a thread of ours, and waits for it.
  ///
  /// @return what it threw, that it did not end, or null
  @Nullable Throwable elsewhere() {
    Run run = new Run();
    Waker.runAnyhow(run);
    Deadline mine = Deadline.after(budget.plus(TO_SEE_THE_END), node.time);
    Deadline bounded = node.notBeyondEnd(mine);
    Deadline end = bounded.hasPassed() ? mine : bounded; // in the background nobody is kept waiting
    return Wait.throughStop(name, () -> end, run::hasEnded, false)
        ? run.failure.get()
        : run.leave();
  }

  /// For failures that nobody waits for any more.
  static void tellHandler(List<Throwable> failures) {
    failures.forEach(Waker::tellHandler);
  }

  @SuppressWarnings("InterruptedExceptionSwallowed") // kept as the failure of this release
  private void shielded() throws Exception {
    Deadline end = Deadline.after(budget, node.time);
    Shield.<@Nullable Void, Exception>runAnyhow(
        "release " + name,
        node,
        end,
        budget,
        () -> {
          action.run();
          return null;
        });
  }

  /// One release on its way, on a thread of ours.
  private final class Run implements Runnable {

    private final Thread waiting = Thread.currentThread();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile @Nullable Thread thread;
    private volatile boolean ended;

    @Override
    public void run() {
      thread = Thread.currentThread();
      try {
        failure.set(here());
      } finally {
        ended = true;
        thread = null;
        LockSupport.unpark(waiting);
      }
    }

    boolean hasEnded() {
      return ended;
    }

    /// It did not end within its budget.
    Throwable leave() {
      Thread busy = thread;
      String where = "";
      if (busy != null) {
        String above = node.path();
        StopReason.Origin origin = StopReason.Origin.ours("the clock", above);
        StopReason over =
            new StopReason.LimitReached("the release's budget of " + budget + " is over", origin);
        String path = (above.isEmpty() ? "" : above + "/") + "release " + name;
        Ledger.abandon(path, busy, over, () -> !ended);
        where =
            Arrays.stream(busy.getStackTrace())
                .limit(SHOWN_FRAMES)
                .map(frame -> "\n    at " + frame)
                .collect(Collectors.joining());
      }
      return new IllegalStateException(
          "the release of "
              + what()
              + " did not end within "
              + budget
              + ", and is in the ledger"
              + where);
    }
  }
}
