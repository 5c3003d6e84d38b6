// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Runs one benchmark: a table, then one line `RATIO name: best peer / ours = …`.
///
/// Arguments: its name, the folder for `NAME.json`, and perhaps `--quick`, which only shows that it
/// works.
final class Main {

  private Main() {}

  private static List<Bench> all() {
    return List.of(
        new CheckBench(),
        new RegisterBench(),
        new ForkBench(),
        new PoolBench(),
        StopBench.ofThousands(),
        StopBench.ofAMillion(),
        new GateBench(),
        new AgentBench(),
        new RunnerBench());
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Bench bench = args.length < 2 ? null : find(args[0]);
    if (bench == null) {
      System.err.println("which one? " + String.join(", ", names()) + "; then perhaps --quick");
      System.exit(2);
      return;
    }
    boolean quick = List.of(args).contains("--quick");
    Path folder = Files.createDirectories(Path.of(args[1]));
    Table table = new Table(bench, conditions(quick));
    bench.run(table, quick);
    table.writeJson(folder.resolve(bench.name() + ".json"));
    System.out.println(table.markdown());
    System.out.println(table.closingLine());
  }

  /// {@return the benchmark of that name, null if there is none}
  static @Nullable Bench find(String name) {
    return all().stream().filter(bench -> bench.name().equals(name)).findFirst().orElse(null);
  }

  private static List<String> names() {
    return all().stream().map(Bench::name).toList();
  }

  private static String conditions(boolean quick) {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return String.format(
        Locale.ROOT,
        "%d processors, JDK %s, load %.1f before the run%s%s",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        load,
        load > 0.5 ? " (loaded)" : "",
        quick ? ", quick: figures mean nothing" : "");
  }
}
