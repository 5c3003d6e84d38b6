// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/// What a program that can be stopped has to do, row by row; each is shown by one short class of
/// this package that has the name of the row.
public final class Examples {

  private static final int OK = 0;
  private static final int MISSED = 1;
  private static final int USAGE = 2;

  private final Map<String, Supplier<Example>> rows = new TreeMap<>();
  private final PrintStream out;
  private final PrintStream complaints;

  /// All rows.
  ///
  /// @param out where they are shown
  /// @param complaints where to say what is wrong with a command
  public Examples(PrintStream out, PrintStream complaints) {
    this.out = out;
    this.complaints = complaints;
    rows.put("A1", A1::new);
    rows.put("A2", A2::new);
    rows.put("A3", A3::new);
    rows.put("A4", A4::new);
    rows.put("A5", A5::new);
    rows.put("B1", B1::new);
    rows.put("B2", B2::new);
    rows.put("B3", B3::new);
    rows.put("B4", B4::new);
    rows.put("C1", C1::new);
    rows.put("C2", C2::new);
    rows.put("D1", D1::new);
    rows.put("D2", D2::new);
    rows.put("D3", D3::new);
    rows.put("D4", D4::new);
    rows.put("D5", D5::new);
    rows.put("E1", E1::new);
    rows.put("E2", E2::new);
    rows.put("E3", E3::new);
    rows.put("E4", E4::new);
    rows.put("E5", E5::new);
    rows.put("E6", E6::new);
    rows.put("E7", E7::new);
    rows.put("F1", F1::new);
  }

  /// {@return the names of the rows, in order}
  public Iterable<String> names() {
    return rows.keySet();
  }

  /// Lists the rows.
  ///
  /// @return the exit code
  public int list() {
    rows.forEach((name, example) -> out.println(name + "  " + example.get().title()));
    out.println();
    out.println("Run one with: curfew example E4");
    return OK;
  }

  /// Shows one row.
  ///
  /// @param name its name, such as `E4`
  /// @return the exit code: 0 if everything that the row is about has held
  public int show(String name) {
    Supplier<Example> row = rows.get(name);
    if (row == null) {
      complaints.println(
          "curfew: there is no example '" + name + "'; 'curfew examples' lists those there are");
      return USAGE;
    }
    Example example = row.get();
    out.println(name + ": " + example.title());
    try {
      out.println(name + " ok: " + example.run(new Stage(out)));
      return OK;
    } catch (Exception | AssertionError missed) {
      out.println(name + " NOT OK: " + missed);
      missed.printStackTrace(complaints);
      if (missed instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return MISSED;
    }
  }
}
