// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;

/// A task that its pool had accepted and never started. Its future is cancelled; the work can be
/// submitted again.
///
/// @param name the name it was submitted by
/// @param body what it would have run
public record HandedBack(String name, Callable<?> body) implements Runnable {

  /// Submits the work again, under the same name.
  ///
  /// @param pool another pool, or the same one opened again
  /// @return the new task
  public PoolTask<?> submitTo(StoppablePool pool) {
    return pool.submit(name, body);
  }

  /// Runs the work on the calling thread, as those do who get it from `shutdownNow`.
  ///
  /// @throws CompletionException around a checked exception of the work
  @Override
  public void run() {
    try {
      Object _ = body.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new CompletionException(name + " failed: " + e, e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
