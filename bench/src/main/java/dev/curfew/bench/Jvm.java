// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One JVM for one contender: started by the one above, measures, writes its figures to a file.
final class Jvm {

  /// For all JVMs, those of JMH too: the collector that large machines choose, and a heap that
  /// never is what is measured.
  static final List<String> OPTIONS = List.of("-XX:+UseG1GC", "-Xms1g", "-Xmx4g");

  private static final Duration LIMIT = Duration.ofMinutes(15);

  private Jvm() {}

  static void measure(
      JvmBench bench, Contender contender, String variant, boolean quick, JvmBench.Figures figures)
      throws IOException, InterruptedException {
    Path result = Files.createTempFile("bench", ".tsv");
    try {
      start(bench, contender, variant, quick, result);
      for (String line : Files.readAllLines(result)) {
        String[] parts = line.split("\t", -1);
        figures.add(parts[0], Double.parseDouble(parts[1]));
      }
    } finally {
      Files.delete(result);
    }
  }

  private static void start(
      JvmBench bench, Contender contender, String variant, boolean quick, Path result)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(contender.options());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Jvm.class.getName()));
    command.addAll(List.of(bench.name(), contender.code(), variant, quick ? "quick" : "full"));
    command.add(result.toString());
    Process jvm = new ProcessBuilder(command).inheritIO().start();
    try {
      if (!jvm.waitFor(LIMIT)) {
        throw new IOException(contender.label() + " took more than " + LIMIT);
      }
      if (jvm.exitValue() != 0) {
        throw new IOException(contender.label() + " ended with " + jvm.exitValue() + ", see above");
      }
    } finally {
      jvm.destroyForcibly();
    }
  }

  /// Measures, in the JVM that [#start] has started.
  public static void main(String[] args) throws Exception {
    JvmBench bench = (JvmBench) Main.find(args[0]);
    if (bench == null) {
      throw new IllegalArgumentException(args[0]);
    }
    List<String> lines = new ArrayList<>();
    Object peer = Class.forName(args[1]).getDeclaredConstructor().newInstance();
    bench.measure(
        peer,
        args[2],
        (column, value) -> lines.add(column + "\t" + value),
        args[3].equals("quick"));
    Files.write(Path.of(args[4]), lines);
    System.exit(0); // whatever threads a peer has left behind
  }
}
