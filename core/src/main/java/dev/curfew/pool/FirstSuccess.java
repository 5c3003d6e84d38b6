// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// One `invokeAny`. That of `AbstractExecutorService` wraps its tasks, and waits for ever for one
/// that is handed back.
///
/// As there, a task is submitted only while none has ended, so that the first may spare the rest.
final class FirstSuccess<T extends @Nullable Object> implements AutoCloseable {

  private static final long FOREVER = Long.MAX_VALUE;

  private final Crew crew;
  private final LinkedBlockingQueue<Task<T>> ended = new LinkedBlockingQueue<>();

  // own thread
  private final List<Task<T>> begun = new ArrayList<>();

  FirstSuccess(Crew crew) {
    this.crew = crew;
  }

  T of(Collection<? extends Callable<T>> bodies) throws InterruptedException, ExecutionException {
    try {
      return of(bodies, FOREVER);
    } catch (TimeoutException e) {
      throw new AssertionError("after 292 years", e);
    }
  }

  /// @param nanos how long at most
  T of(Collection<? extends Callable<T>> bodies, long nanos)
      throws InterruptedException, ExecutionException, TimeoutException {
    long began = System.nanoTime();
    Iterator<? extends Callable<T>> rest = bodies.iterator();
    if (!rest.hasNext()) {
      throw new IllegalArgumentException("invokeAny needs at least one task");
    }
    ExecutionException failure = null;
    int failed = 0;
    while (failure == null || rest.hasNext() || failed < begun.size()) {
      Task<T> next = ended.poll();
      if (next == null && rest.hasNext()) {
        begin(rest.next());
        continue;
      }
      if (next == null) {
        next = await(nanos - (System.nanoTime() - began));
      }
      try {
        return next.get(0, TimeUnit.NANOSECONDS); // it has ended
      } catch (ExecutionException e) {
        failure = e;
      } catch (CancellationException e) {
        failure = new ExecutionException(e);
      }
      failed++;
    }
    throw failure;
  }

  private void begin(Callable<T> body) {
    Task<T> task = new Task<>(crew, null, Objects.requireNonNull(body));
    task.onEnd(() -> ended.add(task));
    begun.add(task);
    crew.submit(task);
  }

  private Task<T> await(long nanos) throws InterruptedException, TimeoutException {
    Task<T> next = ended.poll(nanos, TimeUnit.NANOSECONDS);
    if (next == null) {
      throw new TimeoutException(
          "none of %d tasks in %s has succeeded in time".formatted(begun.size(), crew.path()));
    }
    return next;
  }

  /// Stops the others.
  @Override
  public void close() {
    for (Task<T> task : begun) {
      boolean _ = task.cancel(true);
    }
  }
}
