// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.peer.BareRing;
import dev.curfew.bench.peer.CurfewPool;
import dev.curfew.bench.peer.ExecutorPools;
import dev.curfew.bench.peer.Pools;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// A million tasks that do next to nothing, from one submitter to two workers, until all are done.
///
/// With two processors that is one thread more than can run, so only a quiet machine counts.
final class PoolBench implements JvmBench {

  private static final int TASKS = 1_000_000;

  @Override
  public String name() {
    return "pool";
  }

  @Override
  public String unit() {
    return "ns per task";
  }

  @Override
  public List<String> columns() {
    return List.of("execute", "submit", "execute, CPU", "submit, CPU");
  }

  @Override
  public List<String> variants() {
    return columns().subList(0, 2);
  }

  @Override
  public int rounds(boolean quick) {
    return quick ? 1 : 3;
  }

  @Override
  public List<Contender> contenders() {
    return List.of(
        Contender.ours("Curfew StoppablePool", CurfewPool.class.getName()),
        Contender.peer("ForkJoinPool", ExecutorPools.ForkJoin.class.getName()),
        Contender.peer("ThreadPoolExecutor", ExecutorPools.Fixed.class.getName()),
        Contender.peer("executor of virtual threads", ExecutorPools.Virtual.class.getName()),
        Contender.peer("Kotlin limitedParallelism", "dev.curfew.bench.peer.KotlinPool"),
        Contender.limit("bare ring, spinning workers", BareRing.class.getName()));
  }

  @Override
  public void measure(Object peer, String variant, Figures figures, boolean quick)
      throws Exception {
    try (Pools pool = (Pools) peer) {
      boolean submit = variant.equals("submit");
      for (int warmUp = quick ? 1 : 5; warmUp > 0; warmUp--) {
        timed(pool, submit);
      }
      List<Double> each = new ArrayList<>();
      long cpu = Cpu.nanos();
      for (int batch = quick ? 2 : 9; batch > 0; batch--) {
        each.add(timed(pool, submit) / TASKS);
      }
      figures.add(variant + ", CPU", (double) (Cpu.nanos() - cpu) / TASKS / each.size());
      figures.add(variant, Table.median(each));
    }
  }

  /// {@return nanoseconds until all tasks are done}
  private static double timed(Pools pool, boolean submit) {
    LongAdder done = new LongAdder();
    Runnable task = done::increment;
    long begin = System.nanoTime();
    if (submit) {
      for (int i = 0; i < TASKS; i++) {
        pool.submit(task);
      }
    } else {
      for (int i = 0; i < TASKS; i++) {
        pool.execute(task);
      }
    }
    while (done.sum() < TASKS) { // the same wait for all, off by a thousandth at most
      LockSupport.parkNanos(100_000);
    }
    return System.nanoTime() - begin;
  }
}
