// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// Shared resources: released once, and not used after that.
public class SharedStress {

  private static final StopReason WHY = StopReason.requested("stress");

  /// A resource that is open, and counts its releases.
  public abstract static class Open extends Round {
    final AtomicInteger releases = new AtomicInteger();
    final Shared<AtomicInteger> shared =
        Shared.of("shared", () -> releases, AtomicInteger::incrementAndGet);

    Open() {
      shared.use().close();
    }

    final int releasesInTheEnd() {
      boolean _ = soon(shared::isReleased);
      return releases.get();
    }
  }

  /// Who gets hold of the resource while it is closed has it until the use is over, and when the
  /// close returns it is released.
  @JCStressTest
  @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "refused, or released after the use")
  @Outcome(expect = FORBIDDEN, desc = "used after its release, or not released once")
  @State
  public static class UseAgainstClose extends Open {

    @Actor
    public void use(ZI_Result r) {
      meet();
      try (var use = shared.use()) {
        spin();
        r.r1 = use.get().get() > 0;
      } catch (IllegalStateException refused) {
        // the close came first
      }
    }

    @Actor
    public void close(ZI_Result r) {
      meet();
      shared.close();
      r.r2 = releases.get();
    }
  }

  /// A resource that is retired as its user leaves is released by one of them.
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "released once")
  @Outcome(expect = FORBIDDEN, desc = "never released, or twice")
  @State
  public static class LeaveAgainstRetire extends Open {
    private final Shared.Use<?> use = shared.use();

    @Actor
    public void leave() {
      meet();
      use.close();
    }

    @Actor
    public void retire() {
      meet();
      shared.retire(WHY);
    }

    @Arbiter
    public void look(I_Result r) {
      r.r1 = releasesInTheEnd();
    }
  }

  /// Users that leave a retired resource at the same time release it once.
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "released once")
  @Outcome(expect = FORBIDDEN, desc = "never released, or twice")
  @State
  public static class UsersLeaveTogether extends Open {
    private final Shared.Use<?> first = shared.use();
    private final Shared.Use<?> second = shared.use();
    private final boolean retired = shared.retire(WHY);

    @Actor
    public void leave() {
      meet();
      first.close();
    }

    @Actor
    public void leaveToo() {
      meet();
      second.close();
    }

    @Arbiter
    public void look(I_Result r) {
      r.r1 = retired ? releasesInTheEnd() : -1;
    }
  }
}
