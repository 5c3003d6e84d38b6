// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.Curfew;
import dev.curfew.bench.peer.BareParking;
import dev.curfew.bench.peer.Blocked;
import dev.curfew.bench.peer.Blocked.Took;
import dev.curfew.bench.peer.CurfewScope;
import dev.curfew.bench.peer.CurfewWarmedUp;
import dev.curfew.bench.peer.Stops;
import dev.curfew.bench.peer.VirtualExecutor;
import dev.curfew.bench.peer.VirtualThreads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Ten thousand tasks that block: from the request to stop until all have ended and are joined.
///
/// A process is mostly stopped once, so the first stop of a JVM counts. Tasks either sleep in their
/// library's own way or take from an empty queue of their own: the JDK's, except for coroutines.
final class StopBench implements JvmBench {

  private static final int TASKS = 10_000;

  @Override
  public String name() {
    return "stop";
  }

  @Override
  public String unit() {
    return "ms to stop 10,000 tasks";
  }

  @Override
  public List<String> columns() {
    return variants().stream()
        .flatMap(
            task ->
                Stream.of(", first stop", ", warm", ", first, CPU", ", warm, CPU")
                    .map(task::concat))
        .toList();
  }

  @Override
  public List<String> variants() {
    return List.of("sleep", "take");
  }

  @Override
  public int rounds(boolean quick) {
    return quick ? 1 : 7;
  }

  @Override
  public List<Contender> contenders() {
    List<Contender> all = new ArrayList<>();
    all.add(Contender.ours("Curfew scope", CurfewScope.class.getName()));
    if (Arrays.stream(Curfew.class.getMethods()).anyMatch(one -> one.getName().equals("warmUp"))) {
      all.add(Contender.ours("Curfew scope, warmUp() before", CurfewWarmedUp.class.getName()));
    }
    all.add(Contender.peer("virtual threads, interrupt and join", VirtualThreads.class.getName()));
    all.add(Contender.peer("executor, shutdownNow and await", VirtualExecutor.class.getName()));
    all.add(Contender.previewPeer("StructuredTaskScope", "dev.curfew.bench.peer.TaskScope"));
    all.add(Contender.peer("Kotlin cancelAndJoin", "dev.curfew.bench.peer.KotlinScope"));
    all.add(Contender.previewPeer("Jox supervised", "dev.curfew.bench.peer.JoxScope"));
    all.add(Contender.limit("flag and unpark, no exception", BareParking.class.getName()));
    return all;
  }

  @Override
  public void measure(Object peer, String variant, Figures figures, boolean quick)
      throws Exception {
    Stops stops = (Stops) peer;
    Took first = once(stops, variant);
    figures.add(variant + ", first stop", first.nanos() / 1e6);
    figures.add(variant + ", first, CPU", first.cpu() / 1e6);
    for (int warmUp = quick ? 1 : 4; warmUp > 0; warmUp--) {
      once(stops, variant);
    }
    List<Took> warm = new ArrayList<>();
    for (int run = quick ? 2 : 9; run > 0; run--) {
      warm.add(once(stops, variant));
    }
    figures.add(
        variant + ", warm", Table.median(warm.stream().map(took -> took.nanos() / 1e6).toList()));
    figures.add(
        variant + ", warm, CPU", warm.stream().mapToLong(Took::cpu).average().orElseThrow() / 1e6);
  }

  private static Took once(Stops stops, String variant) throws Exception {
    Blocked tasks = new Blocked(TASKS, variant.equals("sleep"));
    stops.stop(tasks);
    return tasks.joined();
  }
}
