// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Curfew;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The product of two matrices, with a check in the innermost of three loops, which is vectorised
/// unless the check is in the way.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(MatrixProduct.N * MatrixProduct.N * MatrixProduct.N)
public class MatrixProduct {

  static final int N = 128;

  private final int[][] a = matrix(1);
  private final int[][] b = matrix(2);
  private final int[][] c = new int[N][N];

  private static int[][] matrix(int seed) {
    Random random = new Random(seed);
    int[][] rows = new int[N][];
    for (int i = 0; i < N; i++) {
      rows[i] = random.ints(N).toArray();
    }
    return rows;
  }

  @Benchmark
  public int[][] none() {
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        none(c[i], a[i][k], b[k]);
      }
    }
    return c;
  }

  private static void none(int[] to, int factor, int[] from) {
    for (int j = 0; j < N; j++) {
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  public int[][] checkpoint(Watched watched) {
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        checkpoint(c[i], a[i][k], b[k]);
      }
    }
    return c;
  }

  private static void checkpoint(int[] to, int factor, int[] from) {
    for (int j = 0; j < N; j++) {
      Curfew.checkpoint();
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  public int[][] whileOpen(WatchedWhileOpen watched) {
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        whileOpen(c[i], a[i][k], b[k]);
      }
    }
    return c;
  }

  private static void whileOpen(int[] to, int factor, int[] from) {
    for (int j = 0; j < N; j++) {
      Curfew.checkpoint();
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  @Fork(jvmArgsAppend = "-Ddev.curfew.gate=volatile")
  public int[][] volatileCheckpoint(Watched watched) {
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        volatileCheckpoint(c[i], a[i][k], b[k]);
      }
    }
    return c;
  }

  private static void volatileCheckpoint(int[] to, int factor, int[] from) {
    for (int j = 0; j < N; j++) {
      Curfew.checkpoint();
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  public int[][] interruptFlag() {
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        interruptFlag(c[i], a[i][k], b[k]);
      }
    }
    return c;
  }

  private static void interruptFlag(int[] to, int factor, int[] from) {
    for (int j = 0; j < N; j++) {
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  public int[][] volatileFlag(Watched watched) {
    Watched.Flag flag = watched.flag;
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        volatileFlag(c[i], a[i][k], b[k], flag);
      }
    }
    return c;
  }

  private static void volatileFlag(int[] to, int factor, int[] from, Watched.Flag flag) {
    for (int j = 0; j < N; j++) {
      if (flag.stopped) {
        break;
      }
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  public int[][] job(Watched watched) {
    Job job = watched.job;
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        job(c[i], a[i][k], b[k], job);
      }
    }
    return c;
  }

  private static void job(int[] to, int factor, int[] from, Job job) {
    for (int j = 0; j < N; j++) {
      if (!job.isActive()) {
        break;
      }
      to[j] += factor * from[j];
    }
  }

  @Benchmark
  public int[][] ensureActive(Watched watched) {
    Job job = watched.job;
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < N; k++) {
        ensureActive(c[i], a[i][k], b[k], job);
      }
    }
    return c;
  }

  private static void ensureActive(int[] to, int factor, int[] from, Job job) {
    for (int j = 0; j < N; j++) {
      JobKt.ensureActive(job);
      to[j] += factor * from[j];
    }
  }
}
