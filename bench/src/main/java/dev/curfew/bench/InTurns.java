// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Ours and what it is held against, a moment each, in turns in one JVM.
///
/// What the machine does meanwhile hits both alike, so the ratio can be told to the second digit,
/// where those of separate JVMs scatter by a tenth.
///
/// @param what the ratio of what to what, for the table's head
/// @param main prints the median of the turns; is given the row and how many turns
/// @param turns how many turns each of seven JVMs measures
record InTurns(String what, Class<?> main, int turns) {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  /// {@return a table of the medians of some JVMs, and of the lowest and the highest of them}
  String table(List<String> rows, boolean quick) throws IOException, InterruptedException {
    StringBuilder text = new StringBuilder(head(what));
    for (String row : rows) {
      System.err.println("in turns: " + row);
      List<Double> ratios = new ArrayList<>();
      for (int jvm = quick ? 1 : 7; jvm > 0; jvm--) {
        ratios.add(inJvm(row, quick ? turns / 20 : turns));
      }
      text.append(line(row, ratios));
    }
    return text.toString();
  }

  static String head(String what) {
    return """
        | %s, in turns | median of the JVMs | lowest | highest |
        | --- | ---: | ---: | ---: |
        """
        .formatted(what);
  }

  static String line(String row, List<Double> ratios) {
    Object[] figures = {
      row, Table.median(ratios), Collections.min(ratios), Collections.max(ratios)
    };
    return String.format(Locale.ROOT, "| %s | %.3f | %.3f | %.3f |%n", figures);
  }

  private double inJvm(String row, int times) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Jvm.OPTIONS);
    command.addFirst(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(row, String.valueOf(times)));
    Process jvm =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      if (!jvm.waitFor(LIMIT) || jvm.exitValue() != 0) {
        throw new IOException(row + " in turns has not come to its end");
      }
      byte[] told = jvm.getInputStream().readAllBytes();
      return Double.parseDouble(new String(told, StandardCharsets.UTF_8).strip());
    } finally {
      jvm.destroyForcibly();
    }
  }

  /// A turn of one or the other.
  @FunctionalInterface
  interface Turn {
    /// {@return what it cost}
    double cost() throws Exception;
  }

  /// {@return the median of what ours costs by what the other does, in so many turns}
  static double ratio(int turns, Turn other, Turn ours) throws Exception {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      boolean otherFirst = i % 2 == 0;
      double first = (otherFirst ? other : ours).cost();
      double second = (otherFirst ? ours : other).cost();
      ratios.add(otherFirst ? second / first : first / second);
    }
    return Table.median(ratios);
  }
}
