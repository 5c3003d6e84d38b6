// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.LeakGuard;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakGuard.class)
class FarOffTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualTime time = new ManualTime();
  private final FarOff farOff = new FarOff(time);
  private final AtomicInteger returned = new AtomicInteger();

  private Thread parked(Duration until) {
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  farOff.park(this, until.toNanos(), () -> false);
                  returned.incrementAndGet();
                });
    Await.until("it waits", () -> thread.getState() == Thread.State.WAITING);
    return thread;
  }

  @Test
  void those_of_one_second_share_an_alarm_and_are_woken_some_seconds_before_their_time()
      throws InterruptedException {
    Thread[] threads =
        Stream.of(1, 200, 999).map(ms -> parked(HOUR.plusMillis(ms))).toArray(Thread[]::new);
    assertThat(time.waiting()).isEqualTo(1);

    time.advance(HOUR.minusSeconds(4));
    assertThat(returned).hasValue(0);

    time.advance(Duration.ofSeconds(1));
    for (Thread thread : threads) {
      assertThat(thread.join(Await.LIMIT)).isTrue();
    }
    assertThat(farOff.isEmpty()).isTrue();
  }

  @Test
  void the_last_that_leaves_early_takes_the_alarm_back() throws InterruptedException {
    Thread first = parked(HOUR);
    Thread last = parked(HOUR);

    LockSupport.unpark(first);
    assertThat(first.join(Await.LIMIT)).isTrue();
    assertThat(time.waiting()).isEqualTo(1);

    last.interrupt();
    assertThat(last.join(Await.LIMIT)).isTrue();
    assertThat(time.waiting()).isZero();
    assertThat(farOff.isEmpty()).isTrue();
  }

  @Test
  void others_have_alarms_of_their_own() throws InterruptedException {
    Thread sooner = parked(HOUR);
    Thread later = parked(HOUR.plusSeconds(1));
    assertThat(time.waiting()).isEqualTo(2);

    time.advance(HOUR.minusSeconds(3));
    assertThat(sooner.join(Await.LIMIT)).isTrue();
    assertThat(later.getState()).isEqualTo(Thread.State.WAITING);

    time.advance(Duration.ofSeconds(1));
    assertThat(later.join(Await.LIMIT)).isTrue();
  }

  @Test
  void only_virtual_threads_and_times_that_are_far_off_are_meant() {
    Thread virtual = Thread.ofVirtual().unstarted(() -> {});
    long far = Duration.ofSeconds(6).toNanos();

    assertThat(FarOff.is(far, virtual)).isTrue();
    assertThat(FarOff.is(far, Thread.currentThread())).isFalse();
    assertThat(FarOff.is(Duration.ofSeconds(5).toNanos(), virtual)).isFalse();
  }

  @Test
  void a_thread_that_comes_as_the_last_one_leaves_is_not_forgotten() throws InterruptedException {
    int rounds = 2_000;
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int round = 0; round < rounds; round++) {
                      LockSupport.unpark(Thread.currentThread()); // comes and goes
                      farOff.park(this, HOUR.toNanos(), () -> false);
                    }
                    farOff.park(this, HOUR.toNanos(), () -> false);
                    returned.incrementAndGet();
                  });
    }
    Await.until(
        "all that were not woken for no reason wait",
        () ->
            Stream.of(threads)
                .allMatch(
                    each ->
                        each.getState() == Thread.State.WAITING
                            || each.getState() == Thread.State.TERMINATED));

    time.advance(HOUR);
    for (Thread thread : threads) {
      assertThat(thread.join(Await.LIMIT)).isTrue();
    }
    assertThat(farOff.isEmpty()).isTrue();
    assertThat(time.waiting()).isZero();
  }
}
