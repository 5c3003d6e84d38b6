// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Work that is done in order by one thread, unless that thread hangs: then another one goes on
/// with the rest.
///
/// Interrupting a thread and calling a stop callback both run foreign code, such as a channel's
/// `close`, and both have been seen to hang for ever. Flink met it with one interrupter thread;
/// this is the cure.
///
/// Invariants
///
/// 1. Work starts in the order in which it was added.
/// 2. At most one runner is `active`; only the active one takes work.
/// 3. While work waits, a runner is active; while one is, an alarm watches it. Where no thread can
///    be had, the alarm tries again; where no alarm either, who added the work does it.
/// 4. A runner that was replaced finishes its piece and ends. Who added the work is told of it
///    once, outside of the mutex.
///
/// Locks: the own mutex, for a few field writes; never held while work runs.
final class Relay {

  private final Duration patience;
  private final Consumer<LeftBehind> told;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private @Nullable Runner active;
  private boolean watched;

  /// A piece of work that takes too long.
  ///
  /// @param work the work
  /// @param thread the thread that does it
  /// @param lives whether it still does
  record LeftBehind(Runnable work, Thread thread, BooleanSupplier lives) {}

  /// A relay whose pieces of work may take this long before another thread takes over.
  Relay(Duration patience) {
    this(patience, _ -> {});
  }

  /// A relay that tells of the work that took too long.
  Relay(Duration patience, Consumer<LeftBehind> told) {
    this.patience = patience;
    this.told = told;
  }

  void add(Collection<? extends Runnable> work) {
    try (Mutex _ = mutex.enter()) {
      waiting.addAll(work);
    }
    look();
  }

  private void look() {
    LeftBehind hung;
    Runner begins = null;
    boolean watches;
    try (Mutex _ = mutex.enter()) {
      hung = replaceHung();
      if (active == null && !waiting.isEmpty()) {
        begins = new Runner();
        active = begins;
      }
      watches = !watched && active != null;
      watched |= watches;
    }
    try {
      if (hung != null) {
        told.accept(hung);
      }
    } finally { // also where there is no memory to tell it
      begin(begins, watches);
    }
  }

  private void begin(@Nullable Runner begins, boolean watches) {
    boolean comesAgain = !watches || watch();
    if (begins == null) {
      return;
    }
    try {
      Waker.run(begins);
    } catch (RuntimeException | Error noThread) {
      if (!comesAgain) {
        begins.runHere();
      }
    }
  }

  /// {@return false if no alarm can be had: then nobody comes again}
  private boolean watch() {
    TimeSource time = TimeSource.system();
    try {
      TimeSource.Alarm _ = time.alarm(time.nanos() + patience.toNanos(), this::lookAgain);
      return true;
    } catch (RuntimeException | Error noAlarm) {
      unwatched();
      return false;
    }
  }

  private void unwatched() {
    try (Mutex _ = mutex.enter()) {
      watched = false;
    }
  }

  private void lookAgain() {
    unwatched();
    look();
  }

  private @Nullable LeftBehind replaceHung() {
    Runner hung = active;
    if (hung == null || System.nanoTime() - hung.since <= patience.toNanos()) {
      return null;
    }
    active = null;
    Runnable work = hung.work;
    Thread thread = hung.thread;
    return work == null || thread == null ? null : new LeftBehind(work, thread, () -> !hung.over);
  }

  private @Nullable Runnable next(Runner runner) {
    try (Mutex _ = mutex.enter()) {
      if (active != runner) {
        return null;
      }
      Runnable work = waiting.poll();
      if (work == null) {
        active = null;
      }
      runner.work = work;
      runner.since = System.nanoTime();
      return work;
    }
  }

  private final class Runner implements Runnable {

    // guarded by the relay
    private long since = System.nanoTime();
    private @Nullable Runnable work;

    // written by the runner
    private volatile @Nullable Thread thread;
    private volatile boolean over;

    @Override
    public void run() {
      thread = Thread.currentThread();
      for (Runnable next = next(this); next != null; next = next(this)) {
        Waker.runIsolated(next);
      }
      over = true; // one that was left behind ends with its piece
    }

    /// On a thread that is not ours, and keeps its interrupt.
    void runHere() {
      boolean interrupted = Thread.interrupted();
      run();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
