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

/// A loop that writes what it computes: vectorised, unless a check is in the way.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Scale.N)
public class Scale {

  static final int N = 4096;

  private final int[] a = new Random(1).ints(N).toArray();
  private final int[] b = new Random(2).ints(N).toArray();
  private final int[] c = new int[N];

  @Benchmark
  public int[] none() {
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  public int[] checkpoint(Watched watched) {
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  public int[] whileOpen(WatchedWhileOpen watched) {
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  @Fork(jvmArgsAppend = "-Ddev.curfew.gate=volatile")
  public int[] volatileCheckpoint(Watched watched) {
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  public int[] interruptFlag() {
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  public int[] volatileFlag(Watched watched) {
    Watched.Flag flag = watched.flag;
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      if (flag.stopped) {
        break;
      }
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  public int[] job(Watched watched) {
    Job job = watched.job;
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      if (!job.isActive()) {
        break;
      }
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }

  @Benchmark
  public int[] ensureActive(Watched watched) {
    Job job = watched.job;
    int[] a = this.a;
    int[] b = this.b;
    int[] c = this.c;
    for (int i = 0; i < N; i++) {
      JobKt.ensureActive(job);
      c[i] = a[i] * 3 + b[i];
    }
    return c;
  }
}
