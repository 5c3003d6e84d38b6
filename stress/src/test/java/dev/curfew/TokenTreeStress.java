// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/// The tree behind every token: no stop passes a node by.
public class TokenTreeStress {

  private static final StopReason WHY = StopReason.requested("stress");

  private static StopNode childOf(StopNode parent, String name) {
    return parent.addChild(name, TokenTreeStress.class, TimeSource.system(), null);
  }

  private static void addSome(StopNode parent, int many) {
    for (int i = 0; i < many; i++) {
      StopNode _ = childOf(parent, "some");
    }
  }

  private static boolean isStopped(@Nullable StopNode node) {
    return node != null && node.reason() != null;
  }

  /// A child that is added while its parent is stopped is stopped too.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "the child is stopped")
  @Outcome(expect = FORBIDDEN, desc = "the stop has passed the child by")
  @State
  public static class ChildAddedDuringStop extends Round {
    private final StopNode parent = StopNode.alone("parent");
    private @Nullable StopNode child;

    @Actor
    public void add() {
      meet();
      child = childOf(parent, "child");
    }

    @Actor
    public void stop() {
      meet();
      parent.stop(WHY);
    }

    @Arbiter
    public void look(Z_Result r) {
      r.r1 = isStopped(child);
    }
  }

  /// A fork that is added without the monitor while its parent is stopped is stopped before its
  /// body begins.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "the fork is stopped")
  @Outcome(expect = FORBIDDEN, desc = "the stop has passed the fork by")
  @State
  public static class ForkAddedDuringStop extends Round {
    private final StopNode parent = StopNode.alone("parent");
    private @Nullable StopNode fork;

    @Actor
    public void add() {
      meet();
      StopNode added = parent.addFork("fork", TokenTreeStress.class, Thread.currentThread(), false);
      fork = added;
      Lease own = added.ownLease();
      own.enter();
      StopReason _ = added.lookAbove();
      own.closeLast();
    }

    @Actor
    public void stop() {
      meet();
      parent.stop(WHY);
    }

    @Arbiter
    public void look(Z_Result r) {
      r.r1 = isStopped(fork);
    }
  }

  /// When a stop returns, everything below is stopped, also where an earlier stop from above has
  /// been at the node and has not come further yet.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "what is below is stopped")
  @Outcome(expect = FORBIDDEN, desc = "the stop returned, and a node below runs on")
  @State
  public static class TwoStops extends Round {
    private final StopNode top = StopNode.alone("top");
    private final StopNode middle = childOf(top, "middle");
    private final StopNode leaf = childOf(middle, "leaf");

    @Actor
    public void stopAbove() {
      meet();
      top.stop(WHY);
    }

    @Actor
    public void stop(Z_Result r) {
      meet();
      middle.stop(WHY);
      r.r1 = isStopped(leaf);
    }
  }

  /// Children that come at the same time each have a slot.
  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both are stopped")
  @Outcome(expect = FORBIDDEN, desc = "one has been written over")
  @State
  public static class NeighboursCome extends Round {
    private final StopNode parent = StopNode.alone("parent");
    private @Nullable StopNode one;
    private @Nullable StopNode other;

    @Actor
    public void come() {
      meet();
      one = childOf(parent, "one");
    }

    @Actor
    public void comeToo() {
      meet();
      other = childOf(parent, "other");
    }

    @Arbiter
    public void look(ZZ_Result r) {
      parent.stop(WHY);
      r.r1 = isStopped(one);
      r.r2 = isStopped(other);
    }
  }

  /// A child that takes the slot of one that leaves is found.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "the new one is stopped")
  @Outcome(expect = FORBIDDEN, desc = "the one that left has taken it along")
  @State
  public static class LeavesAsAnotherComes extends Round {
    private static final int ROW = 16;

    private final StopNode parent = StopNode.alone("parent");
    private final StopNode leaves = childOf(parent, "leaves");
    private @Nullable StopNode comes;

    /// The slot that is filled next is that of the one that leaves.
    public LeavesAsAnotherComes() {
      addSome(parent, ROW - 1);
    }

    @Actor
    public void leave() {
      meet();
      leaves.remove();
    }

    @Actor
    public void come() {
      meet();
      comes = childOf(parent, "comes");
    }

    @Arbiter
    public void look(Z_Result r) {
      parent.stop(WHY);
      r.r1 = isStopped(comes);
    }
  }
}
