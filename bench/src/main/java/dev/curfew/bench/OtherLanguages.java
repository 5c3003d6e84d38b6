// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Loops in other languages: programs in `bench/other`, run where their tools are on `PATH`. Each
/// prints lines of a column, what it measured, and a figure, with tabs between.
final class OtherLanguages {

  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Path sources;
  private final Path out;
  private final String millis;

  /// @param quick whether it only has to work
  OtherLanguages(boolean quick) {
    out = Path.of(System.getProperty("bench.logs", "."));
    sources = out.resolve("../other");
    millis = quick ? "10" : "100";
  }

  /// Runs them all, and puts each figure into the row that is called `code:what`.
  void measure(Table table, List<Contender> rows) throws IOException, InterruptedException {
    if (present("g++")) {
      Path program = out.resolve("check-c++");
      String source = sources.resolve("check.cpp").toString();
      var _ = output(List.of("g++", "-O3", "-std=c++20", source, "-o", program.toString()));
      add(table, rows, "c++", output(List.of(program.toString(), millis)));
    }
    if (present("python3")) {
      String source = sources.resolve("check.py").toString();
      add(table, rows, "python", output(List.of("python3", source, millis)));
    }
  }

  private static void add(Table table, List<Contender> rows, String code, List<String> lines) {
    for (String line : lines) {
      String[] parts = line.split("\t", -1);
      String name = code + ":" + parts[1];
      Contender row =
          rows.stream().filter(each -> each.code().equals(name)).findFirst().orElseThrow();
      table.add(row, parts[0], Double.parseDouble(parts[2]));
    }
  }

  private static boolean present(String tool) {
    List<String> folders = List.of(System.getenv().getOrDefault("PATH", "").split(":", -1));
    boolean found = folders.stream().anyMatch(each -> Files.isExecutable(Path.of(each, tool)));
    if (!found) {
      System.err.println("left out, for it is not on PATH: " + tool);
    }
    return found;
  }

  private List<String> output(List<String> command) throws IOException, InterruptedException {
    Path lines = out.resolve("other.tsv");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(lines.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      if (!process.waitFor(LIMIT) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + " failed, see above");
      }
    } finally {
      process.destroyForcibly();
    }
    return Files.readAllLines(lines);
  }
}
