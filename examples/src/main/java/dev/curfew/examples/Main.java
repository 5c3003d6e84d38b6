// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import dev.curfew.examples.rows.Examples;

/// The commands `curfew examples` and `curfew example ROW`.
public final class Main {

  private static final int USAGE = 2;

  private Main() {}

  /// Runs the command and ends the JVM with its exit code.
  ///
  /// @param arguments `examples`, or `example` and the name of a row
  public static void main(String[] arguments) {
    System.exit(run(new Examples(System.out, System.err), arguments));
  }

  private static int run(Examples examples, String[] arguments) {
    if (arguments.length == 1 && arguments[0].equals("examples")) {
      return examples.list();
    }
    if (arguments.length == 2 && arguments[0].equals("example")) {
      return examples.show(arguments[1]);
    }
    System.err.println("curfew: say 'curfew examples', or 'curfew example ROW', such as E4");
    return USAGE;
  }
}
