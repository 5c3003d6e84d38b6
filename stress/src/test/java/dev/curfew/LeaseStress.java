// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/// Interrupts that are leased: never after the end, never somebody else's, never lost.
///
/// One actor is the leased thread, the other one does to it what a stop does, without a thread in
/// between.
public class LeaseStress {

  private static final StopReason WHY = StopReason.requested("stress");

  /// A lease that a stop reaches only through the other actor.
  public abstract static class Leased extends Round {
    final StopNode node = StopNode.alone("node");

    // written by the leased thread before the actors meet
    private @Nullable Lease lease;

    final Lease enter() {
      return enter(new Lease(node, Thread.currentThread(), true));
    }

    final Lease enter(Lease mine) {
      hold(mine).enter();
      return mine;
    }

    /// Shows it to the other actor, and does not enter it.
    final Lease hold(Lease mine) {
      lease = mine;
      return mine;
    }

    final Lease lease() {
      return Objects.requireNonNull(lease);
    }
  }

  /// An interrupt that is on its way when the lease is closed does not come after it.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "the flag is clear")
  @Outcome(expect = FORBIDDEN, desc = "an interrupt has leaked")
  @State
  public static class InterruptAgainstClose extends Leased {

    @Actor
    public void work(Z_Result r) {
      boolean late = Thread.interrupted(); // of the round before
      Lease mine = enter();
      meet();
      mine.close();
      boolean here = Thread.interrupted();
      r.r1 = late || here;
    }

    @Actor
    public void interrupt() {
      meet();
      lease().interrupt();
    }
  }

  /// A thread may be interrupted before it enters, if it runs nothing else; not after the end
  /// either.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "the flag is clear")
  @Outcome(expect = FORBIDDEN, desc = "an interrupt has leaked")
  @State
  public static class InterruptAgainstEnter extends Leased {

    @Actor
    public void work(Z_Result r) {
      boolean late = Thread.interrupted(); // of the round before
      Lease mine = hold(Lease.ofAll(node, Thread.currentThread()));
      meet();
      mine.enter();
      mine.closeLast();
      boolean here = Thread.interrupted();
      r.r1 = late || here;
    }

    @Actor
    public void interrupt() {
      meet();
      lease().interrupt();
    }
  }

  /// An unblocker that runs when the lease is closed has ended before the close has.
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "it ended in time, or never began")
  @Outcome(expect = FORBIDDEN, desc = "it ran after the close")
  @State
  public static class UnblockerAgainstClose extends Leased {
    private volatile boolean closed;
    private boolean late;

    @Actor
    public void work() {
      Lease mine = enter(new Lease(node, Thread.currentThread(), this::free));
      meet();
      mine.close();
      closed = true;
    }

    @Actor
    public void interrupt() {
      meet();
      lease().interrupt();
    }

    private void free() {
      spin();
      late = closed;
    }

    @Arbiter
    public void look(Z_Result r) {
      r.r1 = late;
    }
  }

  /// A flag that was set before the lease began is there after it, whatever came between.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "the foreign interrupt is kept")
  @Outcome(expect = FORBIDDEN, desc = "the foreign interrupt is lost")
  @State
  public static class ForeignInterrupt extends Leased {

    @Actor
    public void work(Z_Result r) {
      Thread.currentThread().interrupt();
      Lease mine = enter();
      meet();
      mine.close();
      r.r1 = Thread.interrupted();
    }

    @Actor
    public void interrupt() {
      meet();
      lease().interrupt();
    }
  }

  /// A stop that comes as an own wait ends interrupts the next blocking call: one of both sees the
  /// other.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "the thread was interrupted")
  @Outcome(expect = FORBIDDEN, desc = "the wake-up is lost, the thread would block for ever")
  @State
  public static class StopAgainstResume extends Leased {
    private volatile boolean stopped;

    @Actor
    public void work(Z_Result r) {
      Lease mine = enter();
      mine.pause();
      meet();
      mine.resume(true);
      boolean _ = soon(() -> stopped);
      r.r1 = Thread.interrupted();
      mine.close();
    }

    @Actor
    public void stop() {
      meet();
      node.stop(WHY);
      if (lease().wake()) {
        lease().interrupt();
      }
      stopped = true;
    }
  }

  /// A thread that a stop has reached in its last stay knows when that ended, so the report does
  /// not call it a straggler for ever.
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "not reached, or it knows its end")
  @Outcome(expect = FORBIDDEN, desc = "reached, and it seems to stay for ever")
  @State
  public static class StopAgainstLastClose extends Round {
    private final StopNode above = StopNode.alone("above");

    // written by the leased thread before the actors meet
    private @Nullable StopNode node;

    @Actor
    public void work() {
      StopNode mine =
          above.addChild("node", this, TimeSource.system(), null, Thread.currentThread(), true);
      node = mine;
      Lease lease = mine.ownLease();
      lease.enter();
      meet();
      lease.closeLast();
    }

    @Actor
    public void stop() {
      meet();
      Objects.requireNonNull(node).stop(WHY);
    }

    @Arbiter
    public void look(Z_Result r) {
      StopWave wave = Objects.requireNonNull(Objects.requireNonNull(node).wave());
      r.r1 = wave.leases().stream().allMatch(lease -> lease.endedNanos() != 0);
    }
  }
}
