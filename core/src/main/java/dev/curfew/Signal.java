// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Something to wait for that can be stopped: what queues, locks and pools are built from.
///
/// Whoever changes what others wait for calls [#wakeAll] after the change; each of them then looks
/// for itself whether it holds.
///
/// ```java
/// private final Signal changed = new Signal();
/// private volatile boolean ready;
///
/// void open() {
///   ready = true;
///   changed.wakeAll();
/// }
///
/// void awaitOpen() {
///   changed.await(() -> ready);
/// }
/// ```
///
/// What already holds is not waited for: then nothing is thrown, also in a stopped scope.
///
/// **Threads.** Any. No wake-up is lost if what is awaited can be seen by other threads, because it
/// is volatile or read under the lock that it is changed under.
///
/// **Stopping.** A stop of the thread's scope, a deadline included, ends a wait without an
/// interrupt; inside a shield it is not seen. An interrupt from outside ends it too, and the flag
/// stays set.
///
/// **Cost.** Nothing but the question if it holds already; [#wakeAll] is one volatile read while
/// nobody waits.
///
/// A condition variable as Mesa and Java's monitors have it; to ask before leaving empty-handed is
/// ours.
public final class Signal {

  private final Waiters waiters = new Waiters();

  /// Nobody waits yet.
  public Signal() {}

  /// Waits until it holds, or the thread is stopped.
  ///
  /// @param what what to wait for
  /// @throws StoppedException if the thread is to stop, or was interrupted from outside
  public void await(Awaited what) {
    boolean _ = until(null, what);
  }

  /// Waits until it holds, the time is over, or the thread is stopped.
  ///
  /// @param within how long at most, by the clock of the thread's scope; not negative
  /// @param what what to wait for
  /// @return whether it holds
  /// @throws StoppedException if the thread is to stop, or was interrupted from outside
  public boolean await(Duration within, Awaited what) {
    Lease caller = Lease.current();
    TimeSource time = caller == null ? TimeSource.system() : caller.node.time;
    return until(Deadline.after(within, time), what);
  }

  /// Waits until it holds, a deadline has passed, or the thread is stopped.
  ///
  /// @param end when to give up, by its own clock
  /// @param what what to wait for
  /// @return whether it holds
  /// @throws StoppedException if the thread is to stop, or was interrupted from outside
  public boolean await(Deadline end, Awaited what) {
    return until(end, what);
  }

  private boolean until(@Nullable Deadline end, Awaited what) {
    if (what.holds()) {
      return true;
    }
    Wait.Ending ending;
    try (Waiters.Place _ = waiters.enter()) {
      ending = Wait.until(this, end, what);
    }
    Wait.throwIfCut(ending, Lease.current());
    return ending == Wait.Ending.DONE;
  }

  /// Waits whatever happens to the thread, with the interrupt hidden: for the end of what was
  /// stopped.
  ///
  /// **Stopping.** Bounded by the deadline alone; a stop is seen, and a flag set again, afterwards.
  ///
  /// @param end when to give up, by its own clock
  /// @param what what to wait for
  /// @return whether it holds
  public boolean awaitShielded(Deadline end, Awaited what) {
    return awaitShielded(() -> end, what);
  }

  /// Waits as [#awaitShielded(Deadline, Awaited)] does, to an end that may still be moved.
  ///
  /// @param end when to give up, by its own clock; asked again whenever the thread looks
  /// @param what what to wait for
  /// @return whether it holds
  public boolean awaitShielded(Supplier<Deadline> end, Awaited what) {
    try (Waiters.Place _ = waiters.enter()) {
      return Wait.throughStop(this, end, what::holds, true) || !what.giveUp();
    }
  }

  /// Lets every thread that waits look again.
  public void wakeAll() {
    waiters.wake();
  }

  /// What a thread waits for: a condition, or something that it is handed.
  @FunctionalInterface
  public interface Awaited {

    /// {@return whether the wait is over}
    ///
    /// Asked by the waiting thread, again and again; quick, and does not wait itself.
    boolean holds();

    /// Asked once when the wait is about to end without it: by a stop, an interrupt or the time.
    ///
    /// What can be handed to a waiting thread may be on its way at this very moment. Answer under
    /// the lock under which it is handed over: either the thread leaves the line and is handed
    /// nothing any more, or it comes too late for that, and its wait ends as if nothing had
    /// happened. So what was handed over is never lost, and the next check throws.
    ///
    /// @return true to end without it; false if it has come after all
    default boolean giveUp() {
      return true;
    }
  }
}
