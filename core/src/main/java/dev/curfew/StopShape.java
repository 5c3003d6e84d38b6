// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The shapes in which code says 'I was interrupted'. Only the token tells whether that was us.
final class StopShape {

  /// No chain of causes is longer, unless it runs in a circle.
  private static final int DEPTH = 16;

  private StopShape() {}

  /// Whether this says so, itself or by a cause: drivers, mappers and careful colleagues wrap it.
  /// To be asked only once the token is stopped.
  static boolean matches(Throwable thrown) {
    Throwable at = thrown;
    for (int depth = 0; at != null && depth < DEPTH; depth++, at = causeOf(at)) {
      if (isDirect(at) || at instanceof BrokenBarrierException) { // who waits with one that was
        return true;
      }
      if (saysSomethingElse(at)) {
        return false;
      }
    }
    return false;
  }

  /// Whether somebody outside interrupted the thread, given that its token is not stopped. A cause
  /// does not count here: it may come from another thread, as that of an `ExecutionException` does.
  ///
  /// Nor does an `InterruptedIOException` that left the flag alone: HTTP clients throw it for their
  /// own time-outs.
  static boolean isForeignInterrupt(Throwable thrown) {
    return switch (thrown) {
      case StoppedException stopped -> stopped.reason() instanceof StopReason.ForeignInterrupt;
      case DeliveredStop _ -> false; // it was ours, and meant for another stay
      case InterruptedIOException _ ->
          isDirect(thrown) && (Thread.currentThread().isInterrupted() || isOfThePlatform(thrown));
      default -> isDirect(thrown);
    };
  }

  /// A pipe of the JDK clears the flag, and has nothing else to say.
  private static boolean isOfThePlatform(Throwable thrown) {
    return thrown.getClass() == InterruptedIOException.class && thrown.getMessage() == null;
  }

  /// An exception of somebody's own may be unable to tell.
  private static @Nullable Throwable causeOf(Throwable thrown) {
    try {
      return thrown.getCause();
    } catch (RuntimeException | Error broken) {
      return null;
    }
  }

  private static boolean isDirect(Throwable thrown) {
    return switch (thrown) {
      case StoppedException _,
          DeliveredStop _,
          InterruptedException _,
          ClosedByInterruptException _,
          FileLockInterruptionException _ ->
          true;
      case InterruptedIOException io -> !(io instanceof SocketTimeoutException);
      case SocketException socket -> "Closed by interrupt".equals(socket.getMessage());
      default -> false;
    };
  }

  /// A time-out of its own, or the verdict of a scope.
  private static boolean saysSomethingElse(Throwable thrown) {
    return switch (thrown) {
      case SocketTimeoutException _,
          TimeoutException _,
          ForkFailedException _,
          DeadlineExceededException _,
          AbandonedException _ ->
          true;
      default -> false;
    };
  }
}
