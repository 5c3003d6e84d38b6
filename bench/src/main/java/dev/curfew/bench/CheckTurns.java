// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.check.DotProduct;
import dev.curfew.bench.check.MatrixProduct;
import dev.curfew.bench.check.Scale;
import dev.curfew.bench.check.Watched;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.IntSupplier;

/// A loop with our check and the loop without.
final class CheckTurns {

  /// The CPU time of a turn at least, in nanoseconds.
  private static final long TURN = 1_000_000;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  @SuppressWarnings("UnusedVariable") // else the JIT might leave the loops out
  private int sink;

  private CheckTurns() {}

  /// Prints the median of all turns, in a JVM of its own.
  ///
  /// @param args the loop, and how many turns
  public static void main(String[] args) throws Exception {
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

  private static double ratio(int turns, IntSupplier bare, IntSupplier checked) throws Exception {
    CheckTurns here = new CheckTurns();
    int enough = 1;
    while (Math.min(here.cost(bare, enough), here.cost(checked, enough)) < TURN) {
      enough *= 2;
    }
    int times = enough;
    InTurns.Turn without = () -> here.cost(bare, times);
    InTurns.Turn with = () -> here.cost(checked, times);
    boolean _ = InTurns.ratio(turns, without, with) > 0; // the JIT is done after that
    return InTurns.ratio(turns, without, with);
  }

  private double cost(IntSupplier loop, int times) {
    long before = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      sink += loop.getAsInt();
    }
    return threads.getCurrentThreadCpuTime() - before;
  }
}
