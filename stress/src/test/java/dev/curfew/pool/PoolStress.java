// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.Outcome.Stopped;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.stress.Round;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/// A task of a pool: it ends in one way, and somebody accounts for it.
///
/// The actors are the submitter, a worker and a stop; the pool itself starts no thread.
public class PoolStress {

  private static final StopReason WHY = StopReason.requested("stress");
  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(10));

  private static Crew crew() {
    return new Crew("pool", PoolSettings.defaults());
  }

  private static boolean isStopped(Task<?> task) {
    return task.outcome().orElseThrow() instanceof Stopped<?>;
  }

  /// A task that is run and stopped at the same time has run or was stopped.
  @JCStressTest
  @Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "it ran")
  @Outcome(id = "false, true, true", expect = ACCEPTABLE, desc = "it was stopped before it began")
  @Outcome(expect = FORBIDDEN, desc = "claimed by both, or by nobody")
  @State
  public static class RunAgainstStop extends Round {
    private final Task<Object> task = new Task<>(crew(), "task", this::body);
    private boolean ran;

    private Object body() {
      ran = true;
      return "";
    }

    @Actor
    public void run() {
      meet();
      task.run();
    }

    @Actor
    public void stop() {
      meet();
      task.stop(WHY);
    }

    @Arbiter
    public void look(ZZZ_Result r) {
      r.r1 = ran;
      r.r2 = isStopped(task);
      r.r3 = task.isCancelled();
    }
  }

  /// A task that is submitted while the pool stops is refused or handed back.
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "refused")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "handed back")
  @Outcome(expect = FORBIDDEN, desc = "lost, or accounted for twice")
  @State
  public static class SubmitAgainstStop extends Round {
    private final Crew crew = searched();
    private int refused;

    /// Somebody is said to look at the queue, so no worker is called.
    private static Crew searched() {
      Crew crew = crew();
      boolean _ = crew.startSearch();
      return crew;
    }

    @Actor
    public void submit() {
      meet();
      try {
        crew.submit(new Task<>(crew, "task", () -> ""));
      } catch (RejectedExecutionException e) {
        refused++;
      }
    }

    @Actor
    public void stop() {
      meet();
      crew.stop(WHY, PLAN, Duration.ZERO);
    }

    @Arbiter
    public void look(II_Result r) {
      r.r1 = refused;
      r.r2 = crew.handedBack().size();
    }
  }
}
