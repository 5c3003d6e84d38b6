// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.util.List;

/// A benchmark whose contenders each get fresh JVMs, one after the other in every round, so that
/// what happens on the machine meanwhile hits all of them.
interface JvmBench extends Bench {

  /// {@return what is measured in a JVM of its own: compiled code knows one of them only}
  List<String> variants();

  /// {@return how many JVMs each contender and variant gets}
  int rounds(boolean quick);

  /// {@return the same for one variant, at most as many}
  default int rounds(String variant, boolean quick) {
    return rounds(quick);
  }

  /// Measures in the JVM of one contender.
  ///
  /// @param peer the contender
  /// @param variant one of [#variants]
  /// @param figures takes what was measured
  /// @param quick whether it only has to work
  void measure(Object peer, String variant, Figures figures, boolean quick) throws Exception;

  /// Takes what was measured.
  @FunctionalInterface
  interface Figures {
    void add(String column, double value);
  }

  @Override
  default void run(Table table, boolean quick) throws IOException, InterruptedException {
    int rounds = rounds(quick);
    for (int round = 1; round <= rounds; round++) {
      System.err.printf("%s: round %d of %d%n", name(), round, rounds);
      for (String variant : variants()) {
        if (round <= rounds(variant, quick)) {
          for (Contender each : contenders()) {
            measure(table, each, variant, quick);
          }
        }
      }
    }
  }

  /// A peer that cannot do it is told of in the table, and hinders no other.
  private void measure(Table table, Contender each, String variant, boolean quick)
      throws IOException, InterruptedException {
    try {
      Jvm.measure(this, each, variant, quick, (column, value) -> table.add(each, column, value));
    } catch (IOException e) {
      if (each.role() != Contender.Role.PEER) {
        throw e;
      }
      table.cannot(each.label() + " cannot do " + variant + ": " + e.getMessage());
    }
  }
}
