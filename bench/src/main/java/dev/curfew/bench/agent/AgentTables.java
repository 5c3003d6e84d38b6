// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What stops of code that never checks take, and what they leave: each in a JVM of its own.
///
/// The samples go to `agent-stops-NAME.tsv` and `agent-shells.tsv`.
public final class AgentTables {

  private static final List<String> PROGRAMS =
      List.of("javac", "regex", "H2", "Rhino, interpreted", "Rhino, compiled");

  private static final Path OUT = Path.of(System.getProperty("bench.logs", "target"));

  private static final Duration LIMIT = Duration.ofMinutes(15);

  private AgentTables() {}

  /// {@return the JVM options for programs that are not woven}
  public static List<String> notWoven() {
    return List.of("-Dbench.logs=" + OUT);
  }

  /// {@return the JVM options for programs that are woven}
  public static List<String> woven() {
    return Stream.concat(notWoven().stream(), Stream.of(agent(Program.INCLUDE))).toList();
  }

  private static String agent(String include) {
    Path target = OUT.resolve("../../agent/target");
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(
              file -> file.getFileName().toString().matches("curfew-agent-[^a-z]*(SNAPSHOT)?.jar"))
          .findFirst()
          .map(jar -> "-javaagent:%s=include=%s".formatted(jar, include))
          .orElseThrow(() -> new IllegalStateException("no jar of the agent in " + target));
    } catch (IOException e) {
      throw new IllegalStateException("the agent has not been built: no " + target, e);
    }
  }

  /// {@return the table of stops at random moments}
  ///
  /// @param quick whether it only has to work
  /// @throws IOException if a JVM fails
  /// @throws InterruptedException if it is interrupted
  public static String stops(boolean quick) throws IOException, InterruptedException {
    StringBuilder text =
        new StringBuilder(
            """
            | ms, by the clock | to delivery, median | 9 of 10 | worst | to the end, median | worst \
            | deliveries per stop | stopped | works afterwards |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
            """);
    for (String program : PROGRAMS) {
      System.err.println("agent: stops of " + program);
      Path file = OUT.resolve("agent-stops-" + program.replaceAll("\\W+", "-") + ".tsv");
      List<String> options = woven();
      run(
          options,
          Stopping.class,
          program,
          quick ? "5" : "50",
          quick ? "1500" : "10000",
          file.toString());
      text.append(row(program, Files.readAllLines(file)));
    }
    return text.toString();
  }

  private static String row(String program, List<String> lines) {
    List<String[]> stops = lines.stream().map(line -> line.split("\t", -1)).toList();
    double[] seen = sorted(stops, 0);
    double[] ended = sorted(stops, 1);
    double deliveries =
        stops.stream().mapToInt(stop -> Integer.parseInt(stop[2])).average().orElse(0);
    long stopped = stops.stream().filter(stop -> stop[3].equals("stopped")).count();
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.1f | %.2f | %.1f | %.2f | %d of %d | %s |%n",
        program,
        seen[seen.length / 2],
        seen[seen.length * 9 / 10],
        seen[seen.length - 1],
        ended[ended.length / 2],
        ended[ended.length - 1],
        deliveries,
        stopped,
        stops.size(),
        stops.stream().allMatch(stop -> stop[4].equals("true")) ? "yes, each time" : "**no**");
  }

  private static double[] sorted(List<String[]> stops, int column) {
    return stops.stream()
        .mapToDouble(stop -> Long.parseLong(stop[column]) / 1e6)
        .sorted()
        .toArray();
  }

  /// {@return the table of what a woven program that is not stopped loses by the stop of another}
  ///
  /// @param quick whether it only has to work
  /// @throws IOException if a JVM fails
  /// @throws InterruptedException if it is interrupted
  public static String neighbours(boolean quick) throws IOException, InterruptedException {
    StringBuilder text =
        new StringBuilder(
            """
            | ms, by the clock, medians | a piece of work before | longest piece after | as before after | worst \
            | lost until then | worst |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: |
            """);
    for (String program : List.of("javac", "H2")) {
      System.err.println("agent: neighbour " + program);
      Path file = OUT.resolve("agent-neighbour-" + program + ".tsv");
      boolean large = program.equals("javac");
      String stops = quick ? "1" : large ? "3" : "10";
      String warmUp = quick ? "1500" : large ? "60000" : "20000";
      String watch = quick ? "1500" : large ? "20000" : "4000";
      run(woven(), Neighbours.class, program, stops, warmUp, watch, file.toString());
      for (String stop : List.of("true", "false")) {
        List<String[]> times =
            Files.readAllLines(file).stream()
                .map(line -> line.split("\t", -1))
                .filter(time -> time[0].equals(stop))
                .toList();
        String label = program + (stop.equals("true") ? ", another is stopped" : ", no stop");
        text.append(neighbour(label, times));
      }
    }
    return text.toString();
  }

  private static String neighbour(String label, List<String[]> times) {
    int middle = times.size() / 2;
    int last = times.size() - 1;
    double[] until = sorted(times, 3);
    double[] lost = sorted(times, 4);
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.0f | %.0f | %.0f | %.0f |%n",
        label,
        sorted(times, 1)[middle],
        sorted(times, 2)[middle],
        until[middle],
        until[last],
        lost[middle],
        lost[last]);
  }

  /// {@return the table of what JShell keeps and what we keep}
  ///
  /// @throws IOException if a JVM fails
  /// @throws InterruptedException if it is interrupted
  public static String shells() throws IOException, InterruptedException {
    System.err.println("agent: snippets");
    Path file = OUT.resolve("agent-shells.tsv");
    run(
        List.of(agent("snippet.**"), "-Dbench.logs=" + OUT),
        Shells.class,
        OUT.resolve("snippets").toString(),
        file.toString());
    StringBuilder text =
        new StringBuilder("| code | JShell, local | woven |\n| --- | --- | --- |\n");
    for (String line : Files.readAllLines(file)) {
      text.append("| ").append(line.replace("\t", " | ")).append(" |\n");
    }
    return text.toString();
  }

  private static void run(List<String> options, Class<?> main, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseG1GC", "-Xms1g", "-Xmx4g"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(Arrays.asList(args));
    Process jvm = new ProcessBuilder(command).inheritIO().start();
    try {
      if (!jvm.waitFor(LIMIT)) {
        throw new IOException(main.getSimpleName() + " took more than " + LIMIT);
      }
      if (jvm.exitValue() != 0) {
        throw new IOException(main.getSimpleName() + " failed, see above");
      }
    } finally {
      jvm.destroyForcibly();
    }
  }
}
