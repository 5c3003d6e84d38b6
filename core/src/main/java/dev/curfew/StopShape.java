// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;

/// The shapes in which JDK code says 'I was interrupted'. Only the token tells whether that was us.
final class StopShape {

  private StopShape() {}

  static boolean matches(Throwable thrown) {
    return switch (thrown) {
      case StoppedException _,
          InterruptedException _,
          ClosedByInterruptException _,
          FileLockInterruptionException _ ->
          true;
      case SocketTimeoutException _ -> false;
      case InterruptedIOException _ -> true;
      case SocketException socket -> "Closed by interrupt".equals(socket.getMessage());
      default -> false;
    };
  }

  /// Whether somebody outside interrupted the thread, given that its token is not stopped.
  static boolean isForeignInterrupt(Throwable thrown) {
    return thrown instanceof StoppedException stopped
        ? stopped.reason() instanceof StopReason.ForeignInterrupt
        : matches(thrown);
  }
}
