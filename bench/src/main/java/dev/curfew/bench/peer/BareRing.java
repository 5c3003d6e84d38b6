// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// What handing a task to another thread costs at least: one store and one counter that the workers
/// share. It neither parks, nor stops its submitter when it is full, nor has handles.
public final class BareRing implements Pools {

  private static final int SLOTS = 1 << 21;

  private final AtomicReferenceArray<Runnable> ring = new AtomicReferenceArray<>(SLOTS);
  private final AtomicLong taken = new AtomicLong();
  private final Thread[] workers = new Thread[2];
  private long put;
  private volatile boolean ended;

  /// Starts the workers.
  public BareRing() {
    for (int i = 0; i < workers.length; i++) {
      workers[i] = Thread.ofPlatform().daemon().start(this::work);
    }
  }

  @Override
  public void execute(Runnable task) {
    ring.setRelease((int) (put++ & (SLOTS - 1)), task);
  }

  @Override
  public void submit(Runnable task) {
    execute(task);
  }

  @SuppressWarnings(
      "ThreadPriorityCheck") // more threads than processors: the others need this one's
  private void work() {
    while (true) {
      int slot = (int) (taken.getAndIncrement() & (SLOTS - 1));
      Runnable task = ring.getAcquire(slot);
      while (task == null) {
        if (ended) {
          return;
        }
        Thread.yield();
        task = ring.getAcquire(slot);
      }
      ring.setPlain(slot, null);
      task.run();
    }
  }

  @Override
  public void close() {
    ended = true;
  }
}
