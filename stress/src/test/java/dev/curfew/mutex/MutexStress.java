// SPDX-License-Identifier: Apache-2.0
package dev.curfew.mutex;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.curfew.stress.Round;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// What the machines guard their fields by.
public class MutexStress {

  /// Two threads count, one after the other.
  @JCStressTest
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "each has seen what the other counted")
  @Outcome(expect = FORBIDDEN, desc = "both were inside")
  @State
  public static class OneAtATime extends Round {
    private final Mutex mutex = new Mutex();
    private int count;

    private void countTwice() {
      for (int i = 0; i < 2; i++) {
        try (Mutex _ = mutex.enter()) {
          count++;
        }
      }
    }

    @Actor
    public void one() {
      meet();
      countTwice();
    }

    @Actor
    public void other() {
      meet();
      countTwice();
    }

    @Arbiter
    public void look(I_Result r) {
      r.r1 = count;
    }
  }
}
