// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Runs all methods of one JMH class, and puts every iteration into a column of the table.
///
/// What JMH has to say goes to a file beside the JSON.
final class Jmh {

  private final Bench bench;
  private final Table table;
  private final boolean quick;

  Jmh(Bench bench, Table table, boolean quick) {
    this.bench = bench;
    this.table = table;
    this.quick = quick;
  }

  /// @param cpu whether the CPU time counts, else that of the clock
  void measure(Class<?> methods, int threads, boolean cpu, String column) throws IOException {
    System.err.printf("%s: %s%n", bench.name(), column);
    for (RunResult method : run(methods, threads, column)) {
      String name = method.getParams().getBenchmark();
      String code = name.substring(name.lastIndexOf('.') + 1);
      Contender row =
          bench.contenders().stream()
              .filter(each -> each.code().equals(code))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("no row for " + name));
      for (BenchmarkResult jvm : method.getBenchmarkResults()) {
        for (IterationResult iteration : jvm.getIterationResults()) {
          table.add(row, column, sample(iteration, cpu));
        }
      }
    }
  }

  private static double sample(IterationResult iteration, boolean cpu) {
    Result<?> found =
        cpu ? iteration.getSecondaryResults().get(CpuTime.LABEL) : iteration.getPrimaryResult();
    if (found == null) {
      throw new IllegalStateException("no CPU time was measured");
    }
    return found.getScore();
  }

  private Collection<RunResult> run(Class<?> methods, int threads, String column)
      throws IOException {
    var options =
        new OptionsBuilder()
            .include("^" + methods.getName().replace(".", "\\.") + "\\.")
            .threads(threads)
            .forks(quick ? 1 : 2)
            .warmupIterations(quick ? 1 : 3)
            .warmupTime(TimeValue.milliseconds(quick ? 200 : 400))
            .measurementIterations(quick ? 2 : 5)
            .measurementTime(TimeValue.milliseconds(quick ? 100 : 400))
            .jvmArgsPrepend(Jvm.OPTIONS.toArray(String[]::new))
            .addProfiler(CpuTime.class)
            .shouldFailOnError(true)
            .output(log(column))
            .build();
    try {
      return new Runner(options).run();
    } catch (RunnerException e) {
      throw new IOException("see " + log(column), e);
    }
  }

  private String log(String column) {
    String name = bench.name() + "-" + column.replaceAll("\\W+", "-") + ".log";
    return Path.of(System.getProperty("bench.logs", "."), name).toString();
  }
}
