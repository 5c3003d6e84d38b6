// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/// Threads that share an alarm: whoever parks is woken, by what it waits for or by the time.
public class FarOffStress {

  private static final long HOUR = Duration.ofHours(1).toNanos();

  /// One actor waits without a limit, and the other one frees it if that is too long.
  public abstract static class Waited extends Round {
    final ByHand time = new ByHand();
    final FarOff farOff = new FarOff(time);
    private volatile @Nullable Thread waiting;
    private volatile boolean returned;

    final void park(BooleanSupplier over) {
      waiting = Thread.currentThread();
      meet();
      farOff.park(this, HOUR, over);
      returned = true;
    }

    final void unpark() {
      LockSupport.unpark(waiting); // nobody, if the round is in vain and it has not begun
    }

    /// Waits until it has returned, up to the limit.
    ///
    /// @param meanwhile done again and again until then
    /// @return whether the wake-up was lost
    final boolean isLost(Runnable meanwhile) {
      boolean came =
          soon(
              () -> {
                meanwhile.run();
                return returned;
              });
      while (!returned) { // as often as it takes: a lock may use it up
        unpark();
        Thread.onSpinWait();
      }
      return !came;
    }
  }

  /// A slot that ends as a thread comes wakes it, or is not used by it.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "it was woken by the end or by the time")
  @Outcome(expect = FORBIDDEN, desc = "it parks in a slot that is over")
  @State
  public static class ComesAsAnotherLeaves extends Waited {

    @Actor
    public void come() {
      park(() -> false);
    }

    @Actor
    public void leave(Z_Result r) {
      farOff.park(this, HOUR, this::met);
      r.r1 = isLost(time::ring);
    }

    private boolean met() {
      meet();
      return true;
    }
  }

  /// What comes while a thread waits for the lock of the alarms is not lost, though its unpark is.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "it has seen what it waits for")
  @Outcome(expect = FORBIDDEN, desc = "the lock has used up the unpark, and it parks")
  @State
  public static class WokenAtTheLock extends Waited {
    private volatile boolean ready;

    @Actor
    public void await() {
      park(() -> ready);
    }

    @Actor
    public void wake(Z_Result r) {
      meet();
      time.lock.lock();
      try {
        spin();
        ready = true;
        unpark();
        spin();
      } finally {
        time.lock.unlock();
      }
      r.r1 = isLost(() -> {});
    }
  }

  /// A clock whose time comes when it is told so, and whose alarms are guarded by a lock.
  static final class ByHand implements TimeSource {
    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<Runnable> alarms = new ConcurrentLinkedQueue<>();

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      lock.lock();
      try {
        alarms.add(action);
        return () -> alarms.remove(action);
      } finally {
        lock.unlock();
      }
    }

    void ring() {
      for (Runnable due = alarms.poll(); due != null; due = alarms.poll()) {
        due.run();
      }
    }
  }
}
