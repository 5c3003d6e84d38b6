// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

/// What a trial has shown.
///
/// @param test the stress test, such as `TokenTreeStress.TwoStops`
/// @param kind whether something was found
/// @param seen every outcome and how often, or what went wrong
record Verdict(String test, Kind kind, String seen) {

  enum Kind {
    /// Only outcomes that are allowed.
    CLEAN,

    /// An outcome that is forbidden.
    FOUND,

    /// The trial itself failed: nothing is known.
    BROKEN
  }

  private static final String MARK = "verdict\t";

  /// {@return the line that says it, for the output of a process}
  String line() {
    return MARK + test + "\t" + kind + "\t" + seen.replace('\n', ' ').replace('\t', ' ');
  }

  static boolean isLine(String line) {
    return line.startsWith(MARK);
  }

  static Verdict from(String line) {
    String[] parts = line.split("\t", -1);
    return new Verdict(parts[1], Kind.valueOf(parts[2]), parts[3]);
  }
}
