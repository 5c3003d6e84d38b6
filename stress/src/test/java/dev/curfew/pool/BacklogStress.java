// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/// The queue of a pool: what is put is taken once.
public class BacklogStress {

  private static final Crew CREW = new Crew("pool", PoolSettings.defaults());

  private static Task<?> task() {
    return new Task<>(CREW, "task", () -> "");
  }

  /// Two that are put at the same time are both there.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "both can be taken")
  @Outcome(expect = FORBIDDEN, desc = "one was written over")
  @State
  public static class PutTogether extends Round {
    private final Backlog backlog = new Backlog();
    private final Task<?> one = task();
    private final Task<?> other = task();

    @Actor
    public void put() {
      meet();
      backlog.put(one);
    }

    @Actor
    public void putToo() {
      meet();
      backlog.put(other);
    }

    @Arbiter
    public void look(Z_Result r) {
      Task<?> first = backlog.poll();
      Task<?> second = backlog.poll();
      r.r1 = first != null && second != null && first != second && backlog.poll() == null;
    }
  }

  /// Two that take at the same time take each their own.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "each has one")
  @Outcome(expect = FORBIDDEN, desc = "one was taken twice")
  @State
  public static class TakeTogether extends Round {
    private final Backlog backlog = new Backlog();
    private @Nullable Task<?> one;
    private @Nullable Task<?> other;

    /// Both are there.
    public TakeTogether() {
      backlog.put(task());
      backlog.put(task());
    }

    @Actor
    public void take() {
      meet();
      one = backlog.poll();
    }

    @Actor
    public void takeToo() {
      meet();
      other = backlog.poll();
    }

    @Arbiter
    public void look(Z_Result r) {
      r.r1 = one != null && other != null && one != other && backlog.isEmpty();
    }
  }

  /// One that was put is taken by who comes after that, also behind one that is being put.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "something was there and taken")
  @Outcome(expect = FORBIDDEN, desc = "who had put one found nothing")
  @State
  public static class PutAgainstTake extends Round {
    private final Backlog backlog = new Backlog();
    private final Task<?> one = task();
    private final Task<?> other = task();

    @Actor
    public void put() {
      meet();
      backlog.put(one);
    }

    @Actor
    public void putAndTake(Z_Result r) {
      meet();
      backlog.put(other);
      r.r1 = backlog.poll() != null;
    }
  }
}
