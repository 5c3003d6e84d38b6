// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
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
/// 3. While work waits, a runner is active and an alarm watches it.
/// 4. A runner that was replaced finishes its piece and ends.
///
/// Locks: the own monitor, for a few field writes; never held while work runs.
final class Relay {

  private final Duration patience;

  // guarded by this
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private @Nullable Runner active;
  private boolean watched;

  /// A relay whose pieces of work may take this long before another thread takes over.
  Relay(Duration patience) {
    this.patience = patience;
  }

  void add(Collection<? extends Runnable> work) {
    synchronized (this) {
      waiting.addAll(work);
      watch();
      replaceHung();
      startRunnerIfNone();
    }
  }

  private void startRunnerIfNone() {
    if (active == null && !waiting.isEmpty()) {
      active = new Runner();
      Waker.run(active);
    }
  }

  private void watch() {
    if (!watched && !waiting.isEmpty()) {
      watched = true;
      TimeSource time = TimeSource.system();
      TimeSource.Alarm _ = time.alarm(time.nanos() + patience.toNanos(), this::look);
    }
  }

  private synchronized void look() {
    watched = false;
    watch();
    replaceHung();
    startRunnerIfNone();
  }

  private void replaceHung() {
    if (active != null && System.nanoTime() - active.since > patience.toNanos()) {
      active = null;
    }
  }

  private synchronized @Nullable Runnable next(Runner runner) {
    if (active != runner) {
      return null;
    }
    Runnable work = waiting.poll();
    if (work == null) {
      active = null;
    }
    runner.since = System.nanoTime();
    return work;
  }

  private final class Runner implements Runnable {

    // guarded by the relay
    private long since = System.nanoTime();

    @Override
    public void run() {
      for (Runnable work = next(this); work != null; work = next(this)) {
        runIsolated(work);
      }
    }

    /// Foreign code may throw anything, also what it does not declare, and interrupt its own
    /// thread; the work behind it must run all the same.
    private void runIsolated(Runnable work) {
      Thread self = Thread.currentThread();
      try {
        work.run();
      } catch (Throwable thrown) {
        self.getUncaughtExceptionHandler().uncaughtException(self, thrown);
      } finally {
        boolean _ = Thread.interrupted();
      }
    }
  }
}
