// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Curfew;
import dev.curfew.StopToken;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineScopeKt;
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

/// A loop that the JIT vectorises if it may: a check in every iteration must not keep it from that.
///
/// A plain sum of ints shows nothing: the JIT of JDK 25 does not vectorise it anyway.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(DotProduct.N)
public class DotProduct {

  static final int N = 4096;
  private static final int BLOCK = 1024;

  private final int[] a = new Random(1).ints(N).toArray();
  private final int[] b = new Random(2).ints(N).toArray();

  @Benchmark
  public int none() {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int checkpoint(Watched watched) {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int whileOpen(WatchedWhileOpen watched) {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      sum += a[i] * b[i];
    }
    return sum;
  }

  /// The form that is used where the JVM does not strip-mine counted loops.
  @Benchmark
  @Fork(jvmArgsAppend = "-Ddev.curfew.gate=volatile")
  public int volatileCheckpoint(Watched watched) {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int token(Watched watched) {
    StopToken token = watched.token;
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      token.check();
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int interruptFlag() {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int volatileFlag(Watched watched) {
    Watched.Flag flag = watched.flag;
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      if (flag.stopped) {
        break;
      }
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int job(Watched watched) {
    Job job = watched.job;
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      if (!job.isActive()) {
        break;
      }
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int ensureActive(Watched watched) {
    Job job = watched.job;
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      JobKt.ensureActive(job);
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int coroutineScope(Watched watched) {
    CoroutineScope coroutines = watched.coroutines;
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      if (!CoroutineScopeKt.isActive(coroutines)) {
        break;
      }
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Benchmark
  public int scopedValue(Watched watched) {
    return ScopedValue.where(Watched.SCOPED, watched.flag).call(this::scopedValueBound);
  }

  private int scopedValueBound() {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      if (Watched.SCOPED.get().stopped) {
        break;
      }
      sum += a[i] * b[i];
    }
    return sum;
  }

  /// Cut by hand into blocks without a check. A mask in the one loop would be slower than a check
  /// in every iteration.
  @Benchmark
  public int blocks(Watched watched) {
    Watched.Flag flag = watched.flag;
    int sum = 0;
    for (int from = 0; from < N && !flag.stopped; from += BLOCK) {
      sum += block(from);
    }
    return sum;
  }

  private int block(int from) {
    int[] a = this.a;
    int[] b = this.b;
    int sum = 0;
    for (int i = from; i < from + BLOCK; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
