// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// What comes while a thread is on its way to park, and whose unpark is used up by a lock on that
/// way, ends the wait all the same.
class WaitTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualTime clock = new ManualTime();
  private final Signal changed = new Signal();
  private volatile boolean ready;

  /// The clock, with a lock that each alarm waits for while something happens.
  private TimeSource congested(Runnable meanwhile) {
    return new TimeSource() {
      @Override
      public long nanos() {
        return clock.nanos();
      }

      @Override
      public Alarm alarm(long atNanos, Runnable action) {
        Alarm alarm = clock.alarm(atNanos, action);
        meanwhile.run();
        LockSupport.unpark(Thread.currentThread()); // by whoever leaves the lock
        LockSupport.park(this);
        return alarm;
      }
    };
  }

  private void makeReady() {
    ready = true;
    changed.wakeAll();
  }

  /// Runs a wait on a thread of its own, which is to end.
  private static void ends(Runnable wait) {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread = Thread.ofVirtual().start(() -> thrown.set(catchThrowable(wait::run)));
    try {
      Await.until("the wait ends", () -> thread.getState() == Thread.State.TERMINATED);
    } finally {
      LockSupport.unpark(thread); // so that a failure leaves nothing behind
    }
    assertThat(thrown.get()).isNull();
  }

  @Test
  void aStop() {
    AtomicReference<Scope> inside = new AtomicReference<>();
    TimeSource time = congested(() -> inside.get().stop(StopReason.requested("now")));
    ends(
        () ->
            assertThatThrownBy(
                    () ->
                        Scope.run(
                            "sleeper",
                            s -> s.withTime(time),
                            scope -> {
                              inside.set(scope);
                              Curfew.sleep(HOUR);
                              return "";
                            }))
                .isInstanceOf(StoppedException.class)
                .hasMessageContaining("now"));
  }

  @Test
  void whatIsAwaited() {
    Deadline end = Deadline.after(HOUR, congested(this::makeReady));
    ends(() -> assertThat(changed.await(end, () -> ready)).isTrue());
  }

  @Test
  void whatIsAwaitedThroughAStop() {
    Deadline end = Deadline.after(HOUR, congested(this::makeReady));
    ends(() -> assertThat(changed.awaitShielded(end, () -> ready)).isTrue());
  }

  @Test
  void anEndThatIsBroughtForward() {
    AtomicReference<Deadline> end = new AtomicReference<>();
    TimeSource time =
        congested(
            () -> {
              end.set(Deadline.after(Duration.ZERO, clock));
              changed.wakeAll();
            });
    end.set(Deadline.after(HOUR, time));
    ends(() -> assertThat(changed.awaitShielded(end::get, () -> false)).isFalse());
  }

  @Test
  void theTimeItself() {
    TimeSource time = congested(() -> clock.advance(HOUR));
    ends(() -> assertThat(changed.await(Deadline.after(HOUR, time), () -> false)).isFalse());
  }

  @Test
  void oneThatIsFarOff() {
    FarOff farOff = new FarOff(congested(this::makeReady));
    ends(() -> farOff.park(this, HOUR.toNanos(), () -> ready));
    assertThat(clock.waiting()).isZero();
  }

  @Test
  void oneThatIsFarOffAndTheTimeItself() {
    FarOff farOff = new FarOff(congested(() -> clock.advance(HOUR)));
    ends(() -> farOff.park(this, HOUR.toNanos(), () -> false));
    assertThat(clock.waiting()).isZero();
  }
}
