// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Two thousand times `true`, two at a time, by whole commands, their start included. Needs GNU
/// `time`, and what it compares on `PATH`.
final class RunnerBench implements Bench {

  private static final int JOBS = 2_000;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @Override
  public String name() {
    return "runner";
  }

  @Override
  public String unit() {
    return "2,000 × `true`, two at a time";
  }

  @Override
  public List<String> columns() {
    return List.of("ms", "ms of CPU", "MB at most");
  }

  @Override
  public List<Contender> contenders() {
    return List.of(
        Contender.ours("curfew run", "curfew run -j 2 --journal journal -a inputs true"),
        Contender.ours("curfew run --no-journal", "curfew run -j 2 --no-journal -a inputs true"),
        Contender.peer("xargs -P", "xargs -a inputs -n 1 -P 2 true"),
        Contender.peer("GNU parallel", "parallel -j 2 -a inputs true"),
        Contender.peer("GNU parallel --joblog", "parallel -j 2 --joblog log -a inputs true"));
  }

  @Override
  public void run(Table table, boolean quick) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("bench-runner");
    try {
      int jobs = quick ? 20 : JOBS;
      List<String> inputs = IntStream.rangeClosed(1, jobs).mapToObj(Integer::toString).toList();
      Files.write(folder.resolve("inputs"), inputs);
      measure(folder, contenders().getFirst()); // it builds itself on first use
      for (int round = quick ? 1 : 5; round > 0; round--) {
        for (Contender each : contenders()) {
          String[] figures = measure(folder, each);
          table.add(each, "ms", Double.parseDouble(figures[0]) * 1_000);
          double cpu = Double.parseDouble(figures[1]) + Double.parseDouble(figures[2]);
          table.add(each, "ms of CPU", cpu * 1_000);
          table.add(each, "MB at most", Double.parseDouble(figures[3]) / 1_024);
        }
      }
    } finally {
      remove(folder);
    }
  }

  /// {@return seconds, seconds of CPU for the user and the system, and kilobytes}
  private static String[] measure(Path folder, Contender contender)
      throws IOException, InterruptedException {
    for (String left : List.of("journal", "log")) {
      Files.deleteIfExists(folder.resolve(left));
    }
    List<String> words = new ArrayList<>(List.of("time", "-o", "figures", "-f", "%e %U %S %M"));
    List<String> command = new ArrayList<>(List.of(contender.code().split(" ", -1)));
    if (command.getFirst().equals("curfew")) {
      Path project = Path.of(System.getProperty("bench.logs")).resolve("../..");
      command.set(0, project.resolve("curfew").toRealPath().toString());
    }
    words.addAll(command);
    ProcessBuilder program =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(folder.resolve("errors").toFile());
    Path calm = Files.createDirectories(folder.resolve("parallel"));
    Files.writeString(calm.resolve("will-cite"), "");
    program.environment().put("PARALLEL_HOME", calm.toString());
    Process process = program.start();
    try {
      if (!process.waitFor(LIMIT) || process.exitValue() != 0) {
        throw new IOException(
            contender.label() + " failed: " + Files.readString(folder.resolve("errors")));
      }
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(folder.resolve("figures")).strip().split(" ", -1);
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
