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
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// Stop callbacks: called once, or taken back.
///
/// The last registered is called first, so once the first of a list was called all of them were.
public class RegistrationStress {

  private static final StopReason WHY = StopReason.requested("stress");

  /// A callback that is registered while the stop comes is called, and once.
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "called once")
  @Outcome(expect = FORBIDDEN, desc = "lost, or called twice")
  @State
  public static class RegisteredDuringStop extends Round {
    private final StopSource source = StopSource.named("source");
    private final AtomicInteger calls = new AtomicInteger();

    @Actor
    public void register() {
      meet();
      Registration _ = source.token().onStop("callback", calls::incrementAndGet);
    }

    @Actor
    public void stop() {
      meet();
      source.stop(WHY);
    }

    @Arbiter
    public void look(I_Result r) {
      boolean _ = soon(() -> calls.get() > 0);
      r.r1 = calls.get();
    }
  }

  /// Callbacks that are taken back at the same time take no other with them, and are not called.
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "only who stayed is called")
  @Outcome(expect = FORBIDDEN, desc = "the list of callbacks is broken")
  @State
  public static class NeighboursClose extends Round {
    private final StopSource source = StopSource.named("source");
    private final AtomicInteger stayed = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final Registration first = source.token().onStop("first", stayed::incrementAndGet);
    private final Registration second = source.token().onStop("second", closed::incrementAndGet);
    private final Registration third = source.token().onStop("third", closed::incrementAndGet);
    private volatile boolean torn;

    @Actor
    public void close() {
      meet();
      close(second);
    }

    @Actor
    public void closeToo() {
      meet();
      close(third);
    }

    @Arbiter
    public void look(II_Result r) {
      source.stop(WHY);
      boolean _ = soon(() -> stayed.get() > 0);
      r.r1 = torn ? -1 : stayed.get();
      r.r2 = closed.get();
      first.close();
    }

    private void close(Registration registration) {
      try {
        registration.close();
      } catch (NullPointerException e) {
        torn = true; // a neighbour that was looked at is gone
      }
    }
  }

  /// A callback that was taken back before the stop is never called; one that is taken back during
  /// it is called at most once, and takes no other with it.
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = "who stayed is called")
  @Outcome(expect = FORBIDDEN, desc = "lost, called twice, or called though it was closed")
  @State
  public static class ClosedDuringStop extends Round {
    private final StopSource source = StopSource.named("source");
    private final AtomicInteger stayed = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean closed;
    private boolean closedBefore;
    private final Registration first = source.token().onStop("first", stayed::incrementAndGet);
    private final Registration second = source.token().onStop("second", calls::incrementAndGet);

    @Actor
    public void close() {
      meet();
      second.close();
      closed = true;
    }

    @Actor
    public void stop() {
      meet();
      closedBefore = closed;
      source.stop(WHY);
    }

    @Arbiter
    public void look(II_Result r) {
      boolean _ = soon(() -> stayed.get() > 0);
      r.r1 = stayed.get();
      r.r2 = closedBefore ? -calls.get() : calls.get();
      first.close();
    }
  }
}
