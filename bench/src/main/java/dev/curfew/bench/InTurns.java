// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.check.DotProduct;
import dev.curfew.bench.check.MatrixProduct;
import dev.curfew.bench.check.Scale;
import dev.curfew.bench.check.Watched;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;

/// A loop with our check and the loop without, a moment each, in turns in one JVM.
///
/// What the machine does meanwhile hits both alike, so the ratio can be told to the second digit,
/// where those of separate JVMs scatter by a tenth.
final class InTurns {

  /// The CPU time of a turn at least, in nanoseconds.
  private static final long TURN = 1_000_000;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  @SuppressWarnings("UnusedVariable") // else the JIT might leave the loops out
  private int sink;

  private InTurns() {}

  /// {@return a table of the medians of some JVMs, and of the lowest and the highest of them}
  static String table(List<String> loops, boolean quick) throws IOException, InterruptedException {
    StringBuilder text =
        new StringBuilder(
            """
            | with a check / without, CPU time, in turns | median of the JVMs | lowest | highest |
            | --- | ---: | ---: | ---: |
            """);
    for (String loop : loops) {
      System.err.println("in turns: " + loop);
      List<Double> ratios = new ArrayList<>();
      for (int jvm = quick ? 1 : 7; jvm > 0; jvm--) {
        ratios.add(inJvm(loop, quick ? 50 : 1000));
      }
      Object[] row = {loop, Table.median(ratios), Collections.min(ratios), Collections.max(ratios)};
      text.append(String.format(Locale.ROOT, "| %s | %.3f | %.3f | %.3f |%n", row));
    }
    return text.toString();
  }

  private static double inJvm(String loop, int turns) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Jvm.OPTIONS);
    command.addFirst(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), InTurns.class.getName()));
    command.addAll(List.of(loop, String.valueOf(turns)));
    Process jvm =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      if (!jvm.waitFor(LIMIT) || jvm.exitValue() != 0) {
        throw new IOException(loop + " in turns has not come to its end");
      }
      byte[] told = jvm.getInputStream().readAllBytes();
      return Double.parseDouble(new String(told, StandardCharsets.UTF_8).strip());
    } finally {
      jvm.destroyForcibly();
    }
  }

  /// Prints the median of all turns, in a JVM of its own.
  ///
  /// @param args the loop, and how many turns
  public static void main(String[] args) {
    Watched watched = new Watched();
    watched.open();
    int turns = Integer.parseInt(args[1]);
    DotProduct dot = new DotProduct();
    Scale scale = new Scale();
    MatrixProduct matrix = new MatrixProduct();
    double ratio =
        switch (args[0]) {
          case "dot product" -> ratio(turns, dot::none, () -> dot.checkpoint(watched));
          case "matrix product" ->
              ratio(turns, () -> matrix.none()[1][1], () -> matrix.checkpoint(watched)[1][1]);
          default -> ratio(turns, () -> scale.none()[1], () -> scale.checkpoint(watched)[1]);
        };
    System.out.println(ratio);
    System.exit(0); // whatever threads a peer has left behind
  }

  private static double ratio(int turns, IntSupplier bare, IntSupplier checked) {
    InTurns here = new InTurns();
    int times = 1;
    while (Math.min(here.cost(bare, times), here.cost(checked, times)) < TURN) {
      times *= 2;
    }
    boolean _ = here.median(turns, bare, checked, times) > 0; // the JIT is done after that
    return here.median(turns, bare, checked, times);
  }

  private double median(int turns, IntSupplier bare, IntSupplier checked, int times) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      boolean bareFirst = i % 2 == 0;
      double first = cost(bareFirst ? bare : checked, times);
      double second = cost(bareFirst ? checked : bare, times);
      ratios.add(bareFirst ? second / first : first / second);
    }
    return Table.median(ratios);
  }

  private double cost(IntSupplier loop, int times) {
    long before = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      sink += loop.getAsInt();
    }
    return threads.getCurrentThreadCpuTime() - before;
  }
}
