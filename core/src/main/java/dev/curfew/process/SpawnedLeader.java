// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A leader that we started and reap ourselves.
///
/// Invariants
///
/// 1. Until it is reaped its pid belongs to it, dead or alive; calls that take the pid are made
///    only then, under the monitor.
/// 2. How it ended is known before it is reaped, and never changes.
///
/// Locks: the own monitor, never held while waiting.
final class SpawnedLeader implements Leader {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

  private final Libc libc;
  private final long pid;

  // guarded by this
  private Optional<Exit> exit = Optional.empty();
  private boolean reaped;

  SpawnedLeader(Libc libc, long pid) {
    this.libc = libc;
    this.pid = pid;
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public boolean ownsSession() {
    return true;
  }

  @Override
  public synchronized Optional<Exit> exit() {
    if (exit.isEmpty() && !reaped) {
      exit = libc.exit(pid, false);
    }
    return exit;
  }

  @Override
  public void await(long nanos) throws InterruptedException {
    int pidfd = descriptor();
    if (pidfd < 0) {
      HandleKernel.pause(Math.min(nanos, PAUSE));
      return;
    }
    try {
      libc.poll(pidfd, NativeKernel.millis(nanos));
    } finally {
      libc.close(pidfd);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /// Opened for each wait, so that a wait in another thread never outlives its descriptor.
  private synchronized int descriptor() {
    return reaped ? -Libc.ESRCH : libc.pidfdOpen(pid);
  }

  @Override
  public synchronized void reap() {
    if (!reaped) {
      exit = libc.exit(pid, true);
      reaped = exit.isPresent();
    }
  }
}
