// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/// The forks of a scope: who lives is counted, and nobody begins after the end.
///
/// Forks run on the actors themselves, so that a round costs no thread.
public class ForkGroupStress {

  private static final ScopeSettings HERE = ScopeSettings.DEFAULT.withThreads(Here::new);

  /// A thread whose work is done by the one that starts it.
  private static final class Here extends Thread {
    private final Runnable work;

    Here(Runnable work) {
      this.work = work;
    }

    @Override
    public void start() {
      work.run();
    }
  }

  /// Opened by none of the actors: the opener is alone with what it writes.
  private static ForkGroup group(StopNode node) {
    return new ForkGroup(node, HERE, null, Judge.FAIL_FAST, new Thread());
  }

  private static void begin(ForkGroup group, Callable<String> body) {
    Fork<?> _ = group.fork("fork", body, Fork.Kind.WORK);
  }

  /// Forks that begin and end at the same time leave an empty group.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "the group is empty")
  @Outcome(expect = FORBIDDEN, desc = "the count is wrong: join would never return")
  @State
  public static class ForksEndTogether extends Round {
    private final ForkGroup group = group(StopNode.alone("scope"));

    @Actor
    public void fork() {
      meet();
      begin(group, () -> "");
    }

    @Actor
    public void forkToo() {
      meet();
      begin(group, () -> "");
    }

    @Arbiter
    public void look(Z_Result r) {
      r.r1 = group.hasStragglers();
    }
  }

  /// Once the group is closed and was seen empty no body begins.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "it was refused, or counted before the end")
  @Outcome(expect = FORBIDDEN, desc = "a body began in a scope that had ended")
  @State
  public static class ForkAgainstClose extends Round {
    private final ForkGroup group = group(StopNode.alone("scope"));
    private volatile boolean over;
    private boolean late;

    @Actor
    public void fork() {
      meet();
      try {
        begin(group, this::work);
      } catch (IllegalStateException refused) {
        // the close came first
      }
    }

    private String work() {
      late = over;
      return "";
    }

    @Actor
    public void close() {
      meet();
      group.close();
      over = !group.hasStragglers();
    }

    @Arbiter
    public void look(Z_Result r) {
      r.r1 = late;
    }
  }

  /// Whoever waits for the last fork is woken by its end.
  @JCStressTest
  @Outcome(
      id = "false",
      expect = ACCEPTABLE,
      desc = "it was woken, or saw the end before it parked")
  @Outcome(
      expect = FORBIDDEN,
      desc = "the wake-up is lost, the wait would last until the plan ends")
  @State
  public static class AwaitAgainstEnd extends Round {
    private final Still time = new Still(LIMIT);
    private final ForkGroup group =
        group(StopNode.alone("above").addChild("scope", HERE, time, null));

    @Actor
    public void end() {
      begin(group, this::last);
    }

    private String last() {
      meet();
      return "";
    }

    @Actor
    public void await(Z_Result r) {
      meet();
      group.awaitAll();
      r.r1 = time.wasLate;
    }
  }

  /// A clock that stands still, so no deadline comes: a thread that parks by it is woken by another
  /// one, or comes back late.
  private static final class Still implements TimeSource {
    /// Somebody came back late, so the code is broken, and the rounds that follow need not wait.
    private static volatile boolean inVain;

    private final long limit;
    private boolean wasLate;

    private Still(long limit) {
      this.limit = limit;
    }

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      return () -> {};
    }

    @Override
    public void parkUntil(Object blocker, long atNanos, BooleanSupplier over) {
      long start = System.nanoTime();
      LockSupport.parkNanos(blocker, inVain ? 1 : limit);
      if (System.nanoTime() - start >= limit) {
        wasLate = true;
        inVain = true;
      }
    }
  }
}
