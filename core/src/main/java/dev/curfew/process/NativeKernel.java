// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.process.ProcessTable.Row;
import java.util.concurrent.TimeUnit;

/// Signals and waits through process descriptors.
///
/// Invariant: a descriptor is opened first and the start time is compared afterwards; what it
/// stands for can no longer change then, so no other process is ever signalled.
final class NativeKernel implements Kernel {
  private final Libc libc;
  private final ProcessTable table;

  NativeKernel(Libc libc, ProcessTable table) {
    this.libc = libc;
    this.table = table;
  }

  @Override
  public boolean send(Row row, Signal signal) {
    int pidfd = libc.pidfdOpen(row.pid());
    if (pidfd == -Libc.ESRCH) {
      return false;
    }
    try {
      Row now = table.row(row.pid());
      if (now == null || now.start() != row.start()) {
        return false;
      }
      // Kernels before 5.3 have no descriptors: a pid that is reused within microseconds is then
      // the only remaining mistake.
      int sent =
          pidfd >= 0 ? libc.pidfdSend(pidfd, signal.number) : libc.kill(row.pid(), signal.number);
      return sent >= 0;
    } finally {
      if (pidfd >= 0) {
        libc.close(pidfd);
      }
    }
  }

  @Override
  public void awaitEnd(Row row, long nanos) throws InterruptedException {
    int pidfd = libc.pidfdOpen(row.pid());
    if (pidfd == -Libc.ESRCH) {
      return;
    }
    if (pidfd < 0) {
      HandleKernel.pause(Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(10)));
      return;
    }
    try {
      Row now = table.row(row.pid());
      if (now == null) { // gone, or it cannot be seen: not to be asked again at once
        HandleKernel.pause(Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(1)));
      } else if (now.start() == row.start() && now.living()) {
        poll(pidfd, nanos);
      }
    } finally {
      libc.close(pidfd);
    }
  }

  /// Waits for one slice at most; the caller looks at its interrupt and comes back.
  private void poll(int pidfd, long nanos) throws InterruptedException {
    libc.poll(pidfd, millis(nanos));
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /// {@return the time rounded up, at most one slice}
  static int millis(long nanos) {
    long slice = Math.clamp(nanos, 0, SLICE);
    return (int) TimeUnit.NANOSECONDS.toMillis(slice + 999_999);
  }
}
