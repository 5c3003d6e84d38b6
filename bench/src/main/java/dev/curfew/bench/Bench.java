// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// One benchmark: who takes part, what is measured, and how.
interface Bench {

  /// {@return what the command line calls it}
  String name();

  /// {@return what one figure is, for the table's corner; smaller is better}
  String unit();

  /// {@return what is measured of each; the first is what the closing line compares}
  List<String> columns();

  /// {@return who takes part; the first of ours is what the closing line compares}
  List<Contender> contenders();

  /// {@return the row without what is measured that this one is also told as a multiple of, if any}
  default Optional<Contender> bare(Contender row) {
    return Optional.empty();
  }

  /// Measures all, and adds the samples to the table.
  void run(Table table, boolean quick) throws IOException, InterruptedException;
}
