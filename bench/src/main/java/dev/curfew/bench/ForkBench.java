// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.peer.CurfewScope;
import dev.curfew.bench.peer.Forks;
import dev.curfew.bench.peer.VirtualExecutor;
import dev.curfew.bench.peer.VirtualThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// Forks that do next to nothing, all joined by the platform thread that forked them.
///
/// A bare virtual thread, started and joined, is a peer and the limit of all who give each fork a
/// thread; Kotlin's coroutines are not threads.
final class ForkBench implements JvmBench {

  @Override
  public String name() {
    return "fork";
  }

  @Override
  public String unit() {
    return "ns per fork and join";
  }

  @Override
  public List<String> columns() {
    return List.of(
        "1,000 forks",
        "10,000 forks",
        "10 forks",
        "1,000 forks, CPU",
        "10,000 forks, CPU",
        "10 forks, CPU");
  }

  @Override
  public List<String> variants() {
    return columns().subList(0, 3);
  }

  @Override
  public int rounds(boolean quick) {
    return quick ? 1 : 5;
  }

  @Override
  public List<Contender> contenders() {
    return List.of(
        Contender.ours("Curfew scope", CurfewScope.class.getName()),
        Contender.peer("virtual threads, start and join", VirtualThreads.class.getName()),
        Contender.peer("executor of virtual threads", VirtualExecutor.class.getName()),
        Contender.previewPeer("StructuredTaskScope", "dev.curfew.bench.peer.TaskScope"),
        Contender.peer("Kotlin coroutineScope", "dev.curfew.bench.peer.KotlinScope"),
        Contender.previewPeer("Jox supervised", "dev.curfew.bench.peer.JoxScope"));
  }

  @Override
  public void run(Table table, boolean quick) throws IOException, InterruptedException {
    JvmBench.super.run(table, quick);
    InTurns turns =
        new InTurns("Curfew scope / bare virtual threads, by the clock", ForkTurns.class, 200);
    System.out.println(turns.table(List.of("1", "10", "100", "1,000", "10,000"), quick));
  }

  @Override
  public void measure(Object peer, String variant, Figures figures, boolean quick)
      throws Exception {
    Forks forks = (Forks) peer;
    int n = Integer.parseInt(variant.replaceAll("[^0-9]", ""));
    long span = quick ? 300_000_000L : 2_000_000_000L;
    LongAdder done = new LongAdder();
    var _ = timed(forks, n, done, span); // warm up
    done.reset();
    long cpu = Cpu.nanos();
    List<Double> each = timed(forks, n, done, span);
    figures.add(variant + ", CPU", (double) (Cpu.nanos() - cpu) / done.sum());
    if (done.sum() != (long) n * each.size()) {
      throw new IllegalStateException("forks were lost: " + done.sum());
    }
    figures.add(variant, Table.median(each));
  }

  private static List<Double> timed(Forks forks, int n, LongAdder done, long span)
      throws Exception {
    List<Double> each = new ArrayList<>();
    long end = System.nanoTime() + span;
    for (long begin = System.nanoTime(); begin < end; ) {
      forks.forkAndJoin(n, done::increment);
      long now = System.nanoTime();
      each.add((double) (now - begin) / n);
      begin = now;
    }
    return each;
  }
}
