// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The thread of a worker that claims items.
///
/// Invariants
///
/// 1. It claims only when the worker may and when there is a place for what comes.
/// 2. Each claim and each pause has a scope of its own, so that a move of the mode ends it. Who
///    moves the mode does so before reading `scope`; this thread writes `scope` before it reads the
///    mode.
/// 3. What a claim has returned is accepted, whatever happens on the way out of its scope.
/// 4. It leaves once the worker is stopped, the source has ended, or a draining worker found it
///    empty; it never comes back.
///
/// Locks: none.
///
/// @param <T> the type of the items
final class Intake<T> {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private final Shift<T> shift;

  // own thread
  private Duration pause = FIRST_PAUSE;
  private @Nullable Claim<T> claimed;
  private boolean drained;

  // any thread
  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile @Nullable Scope scope;
  private volatile boolean left;

  Intake(Shift<T> shift) {
    this.shift = shift;
  }

  /// {@return whether nothing will be claimed any more}
  boolean hasLeft() {
    return left;
  }

  /// Ends a claim or a pause that belongs to another mode.
  void modeMoved(String to) {
    Scope current = scope;
    if (current != null) {
      boolean _ = current.stop(StopReason.requested("the worker is " + to));
    }
  }

  /// The scopes have ended: a thread that was stopped before it began never will.
  void strikeUnbegun() {
    if (begun.compareAndSet(false, true)) {
      left = true;
    }
  }

  void run() {
    if (!begun.compareAndSet(false, true)) {
      return;
    }
    try {
      boolean more = true;
      while (more) {
        boolean _ =
            shift
                .changed()
                .awaitShielded(Shift::farAhead, () -> shift.isStopped() || shift.room() > 0);
        more = !shift.isStopped() && claimOnce();
      }
    } finally {
      left = true;
      shift.changed().wakeAll();
    }
  }

  /// @return whether there may be more
  private boolean claimOnce() {
    int room = shift.room();
    if (room == 0) {
      return true;
    }
    TimeSource time = shift.settings().time();
    long before = time.nanos();
    boolean failed = !tryToClaim(room);
    Claim<T> got = claimed;
    claimed = null;
    if (got == null) {
      pauseIf(failed);
      return true;
    }
    long after = time.nanos();
    shift.accept(got.items(), after);
    if (got.last() || (drained && got.items().isEmpty())) {
      return false;
    }
    boolean didNotWait = after - before < FIRST_PAUSE.toNanos();
    pauseIf(failed || (got.items().isEmpty() && didNotWait));
    return true;
  }

  /// @return false if the source failed
  private boolean tryToClaim(int room) {
    try {
      Scope.<@Nullable Void, Exception>run(
          "claim",
          own -> {
            scope = own;
            claim(room);
            return null;
          });
      return true;
    } catch (Throwable thrown) {
      boolean _ = Thread.interrupted(); // a thread of ours: whoever meant it meant the source
      if (isCut() && thrown instanceof StoppedException) {
        return true;
      }
      shift.desk().trouble("a claim threw ", thrown);
      return isCut();
    } finally {
      scope = null;
    }
  }

  private void claim(int room) throws Exception {
    if (shift.isStopped() || shift.isQuiet()) {
      return;
    }
    drained = shift.isDraining();
    Duration patience = drained ? Duration.ZERO : shift.settings().patience();
    Deadline until = Deadline.after(patience, shift.settings().time());
    claimed = Objects.requireNonNull(shift.source().claim(room, until), "a claim is never null");
  }

  private boolean isCut() {
    Scope current = scope;
    return current != null && current.token().isStopped();
  }

  /// A source that fails, or finds nothing and does not wait, is not asked again at once.
  private void pauseIf(boolean needed) {
    if (!needed) {
      pause = FIRST_PAUSE;
      return;
    }
    Duration span = pause;
    Duration longest = shift.settings().patience();
    Duration next = span.multipliedBy(2);
    pause = next.compareTo(longest) < 0 ? next : span;
    try {
      Scope.<@Nullable Void, RuntimeException>run(
          "pause",
          own -> {
            scope = own;
            if (!shift.isStopped() && !shift.isQuiet()) {
              Curfew.sleep(span);
            }
            return null;
          });
    } catch (StoppedException moved) {
      boolean _ = Thread.interrupted(); // the mode moved; the loop looks at it
    } finally {
      scope = null;
    }
  }
}
