// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/// Where an example says what happens, and what it found.
///
/// **Threads.** Any.
final class Stage {

  private final PrintStream out;
  private final long began = System.nanoTime();

  Stage(PrintStream out) {
    this.out = out;
  }

  /// Prints a line, with the time since the example began.
  void say(String line) {
    out.printf(Locale.ROOT, "%9.1f ms  %s%n", (System.nanoTime() - began) / 1e6, line);
  }

  /// Prints what a report or a value says, each of its lines.
  void say(Object what) {
    what.toString().lines().forEach(line -> say("  " + line));
  }

  /// The example goes on only if this holds.
  void expect(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("expected: " + what);
    }
  }

  /// Asks for a generous bound: the example goes on only if it took no longer.
  ///
  /// @return how long it took, in words
  String within(Duration bound, long sinceNanos, String what) {
    Duration took = Duration.ofNanos(System.nanoTime() - sinceNanos);
    expect(took.compareTo(bound) <= 0, what + " within " + span(bound) + ", took " + span(took));
    return span(took);
  }

  /// {@return a span as people read it}
  static String span(Duration span) {
    double millis = span.toNanos() / 1e6;
    return millis < 1000
        ? String.format(Locale.ROOT, "%.1f ms", millis)
        : String.format(Locale.ROOT, "%.2f s", millis / 1000);
  }
}
