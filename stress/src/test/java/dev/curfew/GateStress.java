// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/// The gate behind every checkpoint: open while somebody holds it.
///
/// It runs in its volatile form, which swings without stopping all threads, and closes at once, so
/// thousands of times a second.
public class GateStress {

  /// A gate that is held opens and does not close before it is released, and closes after.
  @JCStressTest
  @Outcome(id = "true, true, true", expect = ACCEPTABLE, desc = "open while held, closed after")
  @Outcome(expect = FORBIDDEN, desc = "open and held are not the same")
  @State
  public static class HeldIsOpen extends Round {

    @Actor
    public void hold(ZZZ_Result r) {
      meet();
      r.r1 = isOpenWhileHeld();
    }

    @Actor
    public void holdToo(ZZZ_Result r) {
      meet();
      r.r2 = isOpenWhileHeld();
    }

    @Arbiter
    public void look(ZZZ_Result r) {
      r.r3 = soon(() -> !Gate.EXPLICIT.isOpen());
    }

    private static boolean isOpenWhileHeld() {
      Object holder = new Object();
      Thread self = Thread.currentThread();
      Gate.EXPLICIT.hold(holder, List.of(self));
      try {
        boolean open = soon(() -> Gate.EXPLICIT.isOpenFor(self));
        spin();
        return open && Gate.EXPLICIT.isOpenFor(self);
      } finally {
        Gate.EXPLICIT.release(holder);
      }
    }
  }
}
