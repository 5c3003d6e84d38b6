// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.process.ProcessTable.Row;
import java.util.concurrent.TimeUnit;

/// How processes are signalled and waited for.
interface Kernel {

  /// The signals we send, with the numbers Linux has for them.
  enum Signal {
    QUIT(3),
    KILL(9),
    TERM(15),
    CONT(18),
    STOP(19);

    final int number;

    Signal(int number) {
      this.number = number;
    }
  }

  /// No wait in the kernel is longer than this: it is how late an interrupt may be seen.
  long SLICE = TimeUnit.MILLISECONDS.toNanos(100);

  /// {@return the best way on this system, given whether native access is enabled}
  static Kernel here(ProcessTable table) {
    Libc libc = Libc.search().libc();
    return libc == null ? new HandleKernel(table) : new NativeKernel(libc, table);
  }

  /// Sends a signal to exactly this process, never to another one that got its pid.
  ///
  /// @return whether it was sent
  boolean send(Row row, Signal signal);

  /// Waits until this process has ended, at most so long, and possibly shorter.
  void awaitEnd(Row row, long nanos) throws InterruptedException;
}
