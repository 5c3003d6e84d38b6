// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Curfew;
import dev.curfew.StopToken;
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

/// A loop in which every iteration waits for the one before: the processor hides most checks in it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Chain.N)
public class Chain {

  static final int N = 4096;

  private final long seed = 88172645463325252L;

  private static long step(long x) {
    long y = x ^ (x << 13);
    y ^= y >>> 7;
    return y ^ (y << 17);
  }

  @Benchmark
  public long none() {
    long x = seed;
    for (int i = 0; i < N; i++) {
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long checkpoint(Watched watched) {
    long x = seed;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long whileOpen(WatchedWhileOpen watched) {
    long x = seed;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      x = step(x);
    }
    return x;
  }

  /// The form that is used where the JVM does not strip-mine counted loops.
  @Benchmark
  @Fork(jvmArgsAppend = "-Ddev.curfew.gate=volatile")
  public long volatileCheckpoint(Watched watched) {
    long x = seed;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long token(Watched watched) {
    StopToken token = watched.token;
    long x = seed;
    for (int i = 0; i < N; i++) {
      token.check();
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long interruptFlag() {
    long x = seed;
    for (int i = 0; i < N; i++) {
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long volatileFlag(Watched watched) {
    Watched.Flag flag = watched.flag;
    long x = seed;
    for (int i = 0; i < N; i++) {
      if (flag.stopped) {
        break;
      }
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long job(Watched watched) {
    Job job = watched.job;
    long x = seed;
    for (int i = 0; i < N; i++) {
      if (!job.isActive()) {
        break;
      }
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long ensureActive(Watched watched) {
    Job job = watched.job;
    long x = seed;
    for (int i = 0; i < N; i++) {
      JobKt.ensureActive(job);
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long coroutineScope(Watched watched) {
    CoroutineScope coroutines = watched.coroutines;
    long x = seed;
    for (int i = 0; i < N; i++) {
      if (!CoroutineScopeKt.isActive(coroutines)) {
        break;
      }
      x = step(x);
    }
    return x;
  }

  @Benchmark
  public long scopedValue(Watched watched) {
    return ScopedValue.where(Watched.SCOPED, watched.flag).call(this::scopedValueBound);
  }

  private long scopedValueBound() {
    long x = seed;
    for (int i = 0; i < N; i++) {
      if (Watched.SCOPED.get().stopped) {
        break;
      }
      x = step(x);
    }
    return x;
  }
}
