// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Something that somebody has to be able to leave: a write to a pipe that nobody reads answers no
/// interrupt, so a thread of its own does it, a daemon that is left in it.
final class Aside {

  private final FutureTask<Boolean> doing;

  private Aside(Callable<Boolean> step) {
    doing = new FutureTask<>(step);
  }

  /// Begins it.
  ///
  /// @param name of its thread
  static Aside begin(String name, Step step) {
    Aside aside =
        new Aside(
            () -> {
              step.run();
              return true;
            });
    Thread.ofPlatform().daemon().name(name).start(aside.doing);
    return aside;
  }

  /// What is done.
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  /// Waits for its end.
  ///
  /// @return whether it has ended within that time
  /// @throws IOException if it has failed
  boolean awaitEnd(Duration within) throws IOException, InterruptedException {
    try {
      return doing.get(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw cause(e);
    }
  }

  private static IOException cause(ExecutionException failure) {
    return switch (failure.getCause()) {
      case IOException problem -> problem;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> new IOException(failure);
    };
  }
}
