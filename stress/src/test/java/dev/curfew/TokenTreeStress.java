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

  /// Children that leave at the same time take nobody with them, and are gone.
  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "who stayed is stopped, who left is not")
  @Outcome(expect = FORBIDDEN, desc = "the list of children is broken")
  @State
  public static class NeighboursLeave extends Round {
    private final StopNode parent = StopNode.alone("parent");
    private final StopNode first = childOf(parent, "first");
    private final StopNode second = childOf(parent, "second");
    private final StopNode third = childOf(parent, "third");
    private final StopNode fourth = childOf(parent, "fourth");
    private volatile boolean torn;

    @Actor
    public void leave() {
      meet();
      remove(second);
    }

    @Actor
    public void leaveToo() {
      meet();
      remove(third);
    }

    @Arbiter
    public void look(ZZ_Result r) {
      parent.stop(WHY);
      r.r1 = !torn && isStopped(first) && isStopped(fourth);
      r.r2 = isStopped(second) || isStopped(third);
    }

    private void remove(StopNode child) {
      try {
        child.remove();
      } catch (NullPointerException e) {
        torn = true; // a neighbour that was looked at is gone
      }
    }
  }
}
