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
import java.util.Locale;
import java.util.stream.Stream;

/// Many tasks that block: from the request to stop until all have ended and are joined.
///
/// A process is mostly stopped once, so the first stop of a JVM counts. Tasks either sleep in their
/// library's own way or take from an empty queue of their own: the JDK's, except for coroutines.
/// With a `finally` around that, the first stop takes the compiled code from each thread once.
final class StopBench implements JvmBench {

  /// A million blocked tasks are one to two gigabytes, which a young generation has to hold whole:
  /// else most of a stop is copying them.
  private static final List<String> LARGE_HEAP =
      List.of("-Xms9g", "-Xmx9g", "-Xmn7g", "-XX:+AlwaysPreTouch");

  private static final String SLEEP = "sleep";
  private static final String BARE_SLEEP = "sleep, no finally";
  private static final String TAKE = "take";

  private final String name;
  private final int tasks;
  private final int rounds;
  private final int warmUps;
  private final int warmStops;
  private final List<String> variants;
  private final List<String> options;

  private StopBench(
      String name,
      int tasks,
      int rounds,
      int warmUps,
      int warmStops,
      List<String> variants,
      List<String> options) {
    this.name = name;
    this.tasks = tasks;
    this.rounds = rounds;
    this.warmUps = warmUps;
    this.warmStops = warmStops;
    this.variants = variants;
    this.options = options;
  }

  static StopBench ofThousands() {
    return new StopBench("stop", 10_000, 7, 4, 9, List.of(SLEEP, TAKE), List.of());
  }

  /// Needs 10 GB of memory.
  static StopBench ofAMillion() {
    return new StopBench("million", 1_000_000, 1, 1, 2, List.of(SLEEP, BARE_SLEEP), LARGE_HEAP);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String unit() {
    return String.format(Locale.ROOT, "ms to stop %,d tasks", tasks);
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
    return variants;
  }

  @Override
  public int rounds(boolean quick) {
    return quick ? 1 : rounds;
  }

  @Override
  public List<Contender> contenders() {
    List<Contender> all = new ArrayList<>();
    all.add(Contender.ours("Curfew scope", CurfewScope.class.getName()));
    if (Arrays.stream(Curfew.class.getMethods()).anyMatch(one -> one.getName().equals("warmUp"))) {
      all.add(Contender.ours("Curfew scope, warmUp() before", CurfewWarmedUp.class.getName()));
    }
    if (!options.isEmpty()) {
      all.add(
          Contender.ours("the same, -XX:-ProfileExceptionHandlers", CurfewWarmedUp.class.getName())
              .with(List.of("-XX:-ProfileExceptionHandlers")));
    }
    all.add(Contender.peer("virtual threads, interrupt and join", VirtualThreads.class.getName()));
    all.add(Contender.peer("executor, shutdownNow and await", VirtualExecutor.class.getName()));
    all.add(Contender.previewPeer("StructuredTaskScope", "dev.curfew.bench.peer.TaskScope"));
    all.add(Contender.peer("Kotlin cancelAndJoin", "dev.curfew.bench.peer.KotlinScope"));
    all.add(Contender.previewPeer("Jox supervised", "dev.curfew.bench.peer.JoxScope"));
    all.add(Contender.limit("flag and unpark, no exception", BareParking.class.getName()));
    return all.stream().map(each -> each.with(options)).toList();
  }

  @Override
  public void measure(Object peer, String variant, Figures figures, boolean quick)
      throws Exception {
    Stops stops = (Stops) peer;
    Took first = once(stops, variant);
    figures.add(variant + ", first stop", first.nanos() / 1e6);
    figures.add(variant + ", first, CPU", first.cpu() / 1e6);
    for (int warmUp = quick ? 1 : warmUps; warmUp > 0; warmUp--) {
      once(stops, variant);
    }
    List<Took> warm = new ArrayList<>();
    for (int run = quick ? 2 : warmStops; run > 0; run--) {
      warm.add(once(stops, variant));
    }
    figures.add(
        variant + ", warm", Table.median(warm.stream().map(took -> took.nanos() / 1e6).toList()));
    figures.add(
        variant + ", warm, CPU", warm.stream().mapToLong(Took::cpu).average().orElseThrow() / 1e6);
  }

  private Took once(Stops stops, String variant) throws Exception {
    Blocked blocked = new Blocked(tasks, !variant.equals(TAKE), !variant.equals(BARE_SLEEP));
    stops.stop(blocked);
    return blocked.joined();
  }
}
