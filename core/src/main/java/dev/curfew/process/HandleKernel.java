// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.process.ProcessTable.Row;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Signals through the JDK: it knows TERM and KILL only.
final class HandleKernel implements Kernel {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
  private final ProcessTable table;

  HandleKernel(ProcessTable table) {
    this.table = table;
  }

  @Override
  public boolean send(Row row, Signal signal) {
    // The handle remembers the start time of what it found and looks again before it signals.
    ProcessHandle handle = ProcessHandle.of(row.pid()).orElse(null);
    Row now = table.row(row.pid());
    if (handle == null || now == null || now.start() != row.start()) {
      return false;
    }
    return switch (signal) {
      case TERM -> handle.destroy();
      case KILL -> handle.destroyForcibly();
      case QUIT, CONT, STOP -> false;
    };
  }

  @Override
  public void awaitEnd(Row row, long nanos) throws InterruptedException {
    pause(Math.min(nanos, PAUSE));
  }

  static void pause(long nanos) throws InterruptedException {
    LockSupport.parkNanos(nanos);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}
