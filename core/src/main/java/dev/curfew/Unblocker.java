// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The actions that free one blocking call: which of them is due, and what is on its way.
///
/// Invariants
///
/// 1. After [#close] none begins, and none runs, so that a late `Statement.cancel` cannot hit the
///    next statement. One that hangs is left behind after [#FENCE], in the ledger.
/// 2. The first run sets the alarms of the harder actions. Which one is `due` only rises.
/// 3. An action is not called again while it runs; a harder one is called beside it.
/// 4. Actions run one after the other in [#ACTIONS], which goes on beside one that takes longer:
///    many slow ones do not add up, and many quick ones need no more than a thread.
///
/// Locks: the own mutex, for a few field writes; never held while an action or a clock runs.
final class Unblocker implements Runnable {

  /// How long the calling thread waits for an action that is on its way.
  private static final Duration FENCE = Duration.ofSeconds(1);

  private static final Relay ACTIONS = new Relay(Duration.ofMillis(5));

  private final StopNode node;
  private final List<Unblocking.Attempt> attempts;
  private final Thread caller = Thread.currentThread();

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Run> running = new ArrayList<>(1);
  private final List<TimeSource.Alarm> alarms = new ArrayList<>(0);
  private int due;
  private boolean begun;
  private boolean over;

  Unblocker(StopNode node, List<Unblocking.Attempt> attempts) {
    this.node = node;
    this.attempts = attempts;
  }

  /// Starts what is due. Called by the lease when the stop comes, and again while the call goes on.
  @Override
  public void run() {
    try {
      if (begin()) {
        for (int next = 1; next < attempts.size(); next++) {
          setAlarm(next);
        }
      }
    } finally {
      start(-1); // also if the timer has no thread for those that come later
    }
  }

  private boolean begin() {
    try (Mutex _ = mutex.enter()) {
      boolean first = !begun;
      begun = true;
      return first;
    }
  }

  private void setAlarm(int number) {
    Deadline at = Deadline.from(node.askedAt(), attempts.get(number).after(), node.time);
    TimeSource.Alarm alarm = node.time.alarm(at.atNanos(), () -> start(number));
    try (Mutex _ = mutex.enter()) {
      if (!over) {
        alarms.add(alarm);
        return;
      }
    }
    alarm.cancel();
  }

  /// Starts an action unless it runs already.
  ///
  /// @param now which one has become due, or -1 for the one that is
  private void start(int now) {
    Run run;
    try (Mutex _ = mutex.enter()) {
      due = Math.max(due, now);
      if (over || running.stream().anyMatch(other -> other.number == due)) {
        return;
      }
      run = new Run(due);
      running.add(run);
    }
    ACTIONS.add(List.of(run));
  }

  /// Ends it with the call; the calling thread waits for an action that runs.
  void close() {
    List<TimeSource.Alarm> unused;
    boolean wait;
    try (Mutex _ = mutex.enter()) {
      over = true;
      running.removeIf(run -> run.thread == null);
      wait = !running.isEmpty();
      unused = List.copyOf(alarms);
      alarms.clear();
    }
    unused.forEach(TimeSource.Alarm::cancel);
    if (wait) {
      Deadline end = Deadline.after(FENCE);
      if (!Wait.throughStop(this, () -> end, this::noneRuns, false)) {
        leaveBehind();
      }
    }
  }

  private boolean noneRuns() {
    try (Mutex _ = mutex.enter()) {
      return running.isEmpty();
    }
  }

  private void leaveBehind() {
    StopReason why =
        new StopReason.LimitReached(
            "the action that frees a blocking call did not end within " + FENCE,
            StopReason.Origin.ours("the clock", node.path()));
    for (Run run : stillRunning()) {
      Thread thread = run.thread;
      if (thread != null) {
        Ledger.abandon(node.path() + "/unblocker", thread, why, () -> run.thread != null);
      }
    }
  }

  private List<Run> stillRunning() {
    try (Mutex _ = mutex.enter()) {
      return List.copyOf(running);
    }
  }

  @Override
  public String toString() {
    return "the unblocker of " + node.path();
  }

  /// One call of one action.
  private final class Run implements Runnable {

    private final int number;

    // written under the mutex of the unblocker; null before and after
    private volatile @Nullable Thread thread;

    Run(int number) {
      this.number = number;
    }

    @Override
    @SuppressWarnings("InterruptedExceptionSwallowed") // our own thread, whose flag means nothing
    public void run() {
      if (!enter()) {
        return;
      }
      try {
        attempts.get(number).action().run();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("a blocking call in " + node.path() + " was not freed", e);
      } finally {
        leave();
        Ledger.strikeEnded();
        LockSupport.unpark(caller);
      }
    }

    private boolean enter() {
      try (Mutex _ = mutex.enter()) {
        if (!over) {
          thread = Thread.currentThread();
        }
        return !over;
      }
    }

    private void leave() {
      try (Mutex _ = mutex.enter()) {
        thread = null;
        running.remove(this);
      }
    }
  }
}
