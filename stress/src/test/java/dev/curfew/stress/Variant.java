// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Core as it is shipped, or with something broken, and trials of it in another JVM.
final class Variant {

  /// How much longer than the trials themselves their process may take.
  private static final Duration MARGIN = Duration.ofSeconds(40);

  /// What a mutant loses is waited for in vain once, so not for long.
  private static final String LOST_SOON = "-Dcurfew.stress.limit=700";

  private final Path classes;
  private final Path output;

  private Variant(Path classes, Path output) {
    this.classes = classes;
    this.output = output;
  }

  /// @param folder an empty one, for what is compiled and printed
  static Variant with(List<Edit> edits, Path folder) throws IOException {
    return new Variant(Patch.compile(edits, folder), folder.resolve("output"));
  }

  static String classPath() {
    return System.getProperty("java.class.path");
  }

  /// Runs every test whose name matches.
  List<Verdict> run(String tests, Duration each, List<String> options)
      throws IOException, InterruptedException {
    return start(tests, each, true, options, MARGIN.plus(each.multipliedBy(40)));
  }

  /// Runs one test until it has found something, or the time is over.
  Verdict search(String test, Duration within) throws IOException, InterruptedException {
    return start(test, within, false, List.of(LOST_SOON), MARGIN.plus(within)).getFirst();
  }

  private List<Verdict> start(
      String tests, Duration each, boolean whole, List<String> options, Duration limit)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of("-Xmx512m", "-Ddev.curfew.gate=volatile", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", classes + File.pathSeparator + classPath()));
    command.addAll(
        List.of(Trial.class.getName(), String.valueOf(each.toMillis()), whole + "", tests));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = false;
    try {
      ended = process.waitFor(limit);
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
    }
    List<Verdict> verdicts =
        Files.readAllLines(output).stream().filter(Verdict::isLine).map(Verdict::from).toList();
    if (!ended || process.exitValue() != 0 || verdicts.isEmpty()) {
      throw new AssertionError(
          "the trial of %s did not come to its end (%s):%n%s"
              .formatted(
                  tests,
                  ended ? "exit " + process.exitValue() : "not within " + limit,
                  Files.readString(output)));
    }
    return verdicts;
  }
}
