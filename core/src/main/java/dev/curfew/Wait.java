// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The one way in which this library waits.
///
/// Invariants
///
/// 1. A wait ends when its condition holds, its time has come, the thread's scope is stopped, or
///    somebody interrupts the thread. What it took is never lost, because it ends by returning; so
///    does one that has come too late to give up.
/// 2. It is woken by unpark alone: the lease is paused meanwhile, so every interrupt seen here is
///    foreign.
/// 3. A foreign interrupt stays set.
/// 4. Between the last look at what ends it and the parking it takes no lock: that would use up an
///    unpark. A time source that needs one looks again.
///
/// Locks: none.
final class Wait {

  /// How a wait ended.
  enum Ending {
    DONE,
    TIME,
    STOPPED,
    INTERRUPTED
  }

  private Wait() {}

  /// Waits in the thread's place in the tree.
  ///
  /// @param blocker shown in thread dumps
  /// @param end when to give up, null for 'until stopped'
  static Ending until(Object blocker, @Nullable Deadline end, Signal.Awaited what) {
    Lease lease = Lease.current();
    StopNode node = lease == null ? null : lease.node;
    TimeSource time = end != null ? end.time() : TimeSource.system();
    if (lease != null) {
      lease.pause();
    }
    Ending ending = null;
    try {
      ending = park(blocker, end, time, new Look(node, what));
      if (ending != Ending.DONE && !what.giveUp()) {
        ending = Ending.DONE;
      }
      return ending;
    } finally {
      if (lease != null) {
        lease.resume(ending != Ending.STOPPED);
      }
    }
  }

  private static Ending park(Object blocker, @Nullable Deadline end, TimeSource time, Look look) {
    while (!look.getAsBoolean()) {
      if (end == null) {
        LockSupport.park(blocker);
      } else if (end.hasPassed()) {
        return Ending.TIME;
      } else {
        time.parkUntil(blocker, end.atNanos(), look);
      }
    }
    return Objects.requireNonNull(look.ending);
  }

  /// Whether a wait has ended before its time, and how. What it has taken it keeps.
  private static final class Look implements BooleanSupplier {

    private final @Nullable StopNode node;
    private final Signal.Awaited what;
    private @Nullable Ending ending;

    Look(@Nullable StopNode node, Signal.Awaited what) {
      this.node = node;
      this.what = what;
    }

    @Override
    public boolean getAsBoolean() {
      if (ending != null) {
        return true;
      }
      if (what.holds()) { // comes first, for it may take a lock
        ending = Ending.DONE;
      } else if (node != null && node.reason() != null) {
        ending = Ending.STOPPED;
      } else if (Thread.currentThread().isInterrupted()) {
        ending = Ending.INTERRUPTED;
      }
      return ending != null;
    }
  }

  /// Waits whatever the token says, and with the interrupt hidden: for the end of what was stopped.
  /// Always bounded.
  ///
  /// @param end asked again after each wake-up, for it may be brought forward meanwhile
  /// @param rearm whether the caller goes on after this, so that a stop of its own that came
  ///     meanwhile is to interrupt its next blocking call
  /// @return whether the condition holds
  static boolean throughStop(
      Object blocker, Supplier<Deadline> end, BooleanSupplier done, boolean rearm) {
    Lease lease = Lease.current();
    if (lease != null) {
      lease.pause();
    }
    boolean interrupted = Thread.interrupted();
    try {
      while (!done.getAsBoolean()) {
        Deadline now = end.get();
        if (now.hasPassed()) {
          return false;
        }
        now.time()
            .parkUntil(
                blocker,
                now.atNanos(),
                () -> done.getAsBoolean() || end.get().atNanos() - now.atNanos() < 0);
        interrupted |= Thread.interrupted();
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (lease != null) {
        lease.resume(rearm);
      }
    }
  }

  /// Stops the caller's own scope without interrupting the caller, whose flag was set by somebody
  /// else and is to stay.
  static void unwoken(BooleanSupplier stop) {
    Lease lease = Lease.current();
    if (lease != null) {
      lease.pause();
    }
    try {
      boolean _ = stop.getAsBoolean();
    } finally {
      if (lease != null) {
        lease.resume(false);
      }
    }
  }

  /// Sleeps, as [Curfew#sleep] promises.
  static void sleep(Duration span) {
    Lease lease = Lease.current();
    TimeSource time = lease == null ? TimeSource.system() : lease.node.time;
    sleepUntil(Deadline.after(span, time));
  }

  static void sleepUntil(Deadline end) {
    throwIfCut(until("Curfew.sleep", end, () -> false), Lease.current());
  }

  /// Turns the two endings that are stops into the exception.
  static void throwIfCut(Ending ending, @Nullable Lease lease) {
    if (ending == Ending.STOPPED && lease != null) {
      lease.node.check();
    }
    if (ending == Ending.INTERRUPTED) {
      throw new StoppedException(new StopReason.ForeignInterrupt(StopReason.Origin.here()));
    }
  }
}
