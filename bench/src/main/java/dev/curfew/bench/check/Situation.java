// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import dev.curfew.StopReason;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/// What goes on in a program while a thread that nobody stops runs a loop.
public abstract class Situation {

  static final int N = 4096;

  private final int[] a = new int[N];
  private final int[] b = new int[N];

  /// Has it go on from now.
  ///
  /// @throws IOException if it cannot
  /// @throws InterruptedException if interrupted
  public void begin() throws IOException, InterruptedException {}

  /// {@return the value of one turn of the loop of an innocent thread, [#N] iterations}
  public int turn() {
    int[] x = a;
    int[] y = b;
    int sum = 0;
    for (int i = 0; i < N; i++) {
      Curfew.checkpoint();
      sum += x[i] * y[i];
    }
    return sum;
  }

  /// Stops a thread of its own that computes, again and again.
  ///
  /// @param pause between two of them, nanoseconds
  void stopOften(long pause) {
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  while (true) {
                    stopOne();
                    LockSupport.parkNanos(pause);
                  }
                });
  }

  private static void stopOne() {
    try (Scope scope = Scope.open("stops", ScopeSettings::withPlatformThreads)) {
      CountDownLatch begun = new CountDownLatch(1);
      Fork<?> fork = scope.fork("computes", () -> compute(begun));
      begun.await();
      boolean _ = fork.stop(StopReason.requested("bench"));
      boolean _ = fork.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object compute(CountDownLatch begun) {
    begun.countDown();
    while (true) {
      Curfew.checkpoint();
    }
  }

  /// Nobody is stopped.
  public static final class Calm extends Situation {}

  /// One thread does not heed its stop.
  public static final class OneDeaf extends Situation {
    @Override
    public void begin() throws IOException, InterruptedException {
      Deaf _ = new Deaf(1);
    }
  }

  /// Sixteen threads do not heed their stop.
  public static final class ManyDeaf extends Situation {
    @Override
    public void begin() throws IOException, InterruptedException {
      Deaf _ = new Deaf(16);
    }
  }

  /// A thread that computes is stopped once a second.
  public static final class EverySecond extends Situation {
    @Override
    public void begin() {
      stopOften(Duration.ofSeconds(1).toNanos());
    }
  }

  /// Ten are stopped in a second.
  public static final class TenASecond extends Situation {
    @Override
    public void begin() {
      stopOften(Duration.ofMillis(100).toNanos());
    }
  }

  /// As many as can be are stopped, one after the other.
  public static final class WithoutPause extends Situation {
    @Override
    public void begin() {
      stopOften(1);
    }
  }

  /// No checkpoint.
  public static final class NoCheck extends Situation {
    private final int[] x = new int[N];
    private final int[] y = new int[N];

    @Override
    public int turn() {
      int[] x = this.x;
      int[] y = this.y;
      int sum = 0;
      for (int i = 0; i < N; i++) {
        sum += x[i] * y[i];
      }
      return sum;
    }
  }

  /// A volatile flag in hand instead of a checkpoint.
  public static final class VolatileFlag extends Situation {
    private final int[] x = new int[N];
    private final int[] y = new int[N];
    private volatile boolean stopped;

    @Override
    public int turn() {
      int[] x = this.x;
      int[] y = this.y;
      int sum = 0;
      for (int i = 0; i < N && !stopped; i++) {
        sum += x[i] * y[i];
      }
      return sum;
    }
  }
}
