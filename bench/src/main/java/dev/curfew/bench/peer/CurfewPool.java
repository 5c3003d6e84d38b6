// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

import dev.curfew.pool.StoppablePool;

/// A pool of ours.
public final class CurfewPool implements Pools {

  private final StoppablePool pool = StoppablePool.open("bench", s -> s.withWorkers(2));

  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  @Override
  public void submit(Runnable task) {
    var _ = pool.submit(task);
  }

  @Override
  public void close() {
    pool.close();
  }
}
