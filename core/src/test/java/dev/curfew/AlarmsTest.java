// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AlarmsTest {

  private static final long SOON = 1_000_000L;

  private final Alarms alarms = new Alarms();

  private static boolean await(CountDownLatch latch) throws InterruptedException {
    return latch.await(20, TimeUnit.SECONDS);
  }

  @Test
  void theyRingInTheOrderOfTheirTimesAndEqualOnesInThatOfTheirSetting()
      throws InterruptedException {
    List<Integer> rung = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch all = new CountDownLatch(5);
    CountDownLatch set = new CountDownLatch(1);
    alarms.set(System.nanoTime(), () -> Latches.waitDeafly(set)); // keeps the thread until then
    long at = System.nanoTime() - SOON;
    for (int order : List.of(3, 1, 4, 2, 5)) {
      long mine = order == 5 ? at + 3 * SOON : at;
      TimeSource.Alarm _ =
          alarms.set(
              mine,
              () -> {
                rung.add(order);
                all.countDown();
              });
    }
    set.countDown();
    assertThat(await(all)).isTrue();
    assertThat(rung).containsExactly(3, 1, 4, 2, 5);
  }

  @Test
  void anEarlierOneIsNotKeptWaitingByALaterOne() throws InterruptedException {
    AtomicBoolean late = new AtomicBoolean();
    CountDownLatch early = new CountDownLatch(1);
    TimeSource.Alarm hour =
        alarms.set(System.nanoTime() + TimeUnit.HOURS.toNanos(1), () -> late.set(true));
    TimeSource.Alarm _ = alarms.set(System.nanoTime() + SOON, early::countDown);
    assertThat(await(early)).isTrue();
    assertThat(late).isFalse();
    hour.cancel();
  }

  @Test
  void timesBeyondAllReckoningAreKept() throws InterruptedException {
    AtomicInteger rung = new AtomicInteger();
    TimeSource.Alarm never = alarms.set(System.nanoTime() + Long.MAX_VALUE, rung::incrementAndGet);
    CountDownLatch past = new CountDownLatch(1);
    TimeSource.Alarm _ = alarms.set(System.nanoTime() - Long.MAX_VALUE / 2, past::countDown);
    assertThat(await(past)).isTrue();
    assertThat(rung).hasValue(0);
    never.cancel();
  }

  @Test
  void oneThatIsTakenBackNeverRings() throws InterruptedException {
    AtomicBoolean rung = new AtomicBoolean();
    CountDownLatch after = new CountDownLatch(1);
    TimeSource.Alarm taken = alarms.set(System.nanoTime() + 20 * SOON, () -> rung.set(true));
    TimeSource.Alarm _ = alarms.set(System.nanoTime() + 20 * SOON, after::countDown);
    taken.cancel();
    taken.cancel();
    assertThat(await(after)).isTrue();
    assertThat(rung).isFalse();
  }

  @Test
  void whatOneThrowsGoesToTheHandlerAndTheNextRings() throws InterruptedException {
    AtomicReference<Throwable> told = new AtomicReference<>();
    RuntimeException thrown = new IllegalStateException("no thread");
    TimeSource.Alarm _ =
        alarms.set(
            System.nanoTime(),
            () -> {
              Thread.currentThread().setUncaughtExceptionHandler((_, what) -> told.set(what));
              throw thrown;
            });
    CountDownLatch next = new CountDownLatch(1);
    TimeSource.Alarm _ = alarms.set(System.nanoTime() + SOON, next::countDown);
    assertThat(await(next)).isTrue();
    assertThat(told.get()).isSameAs(thrown);
  }

  /// As Kotlin's lambdas may.
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void whatIsThrownWithoutBeingDeclaredKeepsNoOtherFromRinging() throws InterruptedException {
    CountDownLatch next = new CountDownLatch(1);
    TimeSource.Alarm _ =
        alarms.set(
            System.nanoTime(),
            () -> {
              Thread.currentThread()
                  .setUncaughtExceptionHandler(
                      (_, what) -> {
                        throw AlarmsTest.<RuntimeException>sneaky(what);
                      });
              throw AlarmsTest.<RuntimeException>sneaky(new IOException("not declared"));
            });
    Await.until("its thread has rung", () -> rings(next));
    assertThat(await(next)).isTrue();
  }

  private boolean rings(CountDownLatch next) {
    TimeSource.Alarm _ = alarms.set(System.nanoTime(), next::countDown);
    return true;
  }

  @Test
  void whereNoThreadCanBeHadOthersTryAgain() throws InterruptedException {
    CountDownLatch other = new CountDownLatch(1);
    AtomicReference<Alarms> poor = new AtomicReference<>();
    AtomicBoolean first = new AtomicBoolean(true);
    Alarms scarce =
        new Alarms(
            body -> {
              if (first.getAndSet(false)) {
                // somebody else sets one while the thread is being made
                TimeSource.Alarm _ = poor.get().set(System.nanoTime() + SOON, other::countDown);
                throw new OutOfMemoryError("unable to create native thread");
              }
              return Waker.daemon(body, "curfew-timer");
            });
    poor.set(scarce);
    assertThatThrownBy(() -> scarce.set(System.nanoTime() + SOON, () -> {}))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(await(other)).isTrue();
  }

  @Test
  void theThreadEndsWhenNoneWaitsAndAnotherOneStartsWithTheNext() throws InterruptedException {
    AtomicReference<Thread> first = new AtomicReference<>();
    CountDownLatch rung = new CountDownLatch(1);
    TimeSource.Alarm _ =
        alarms.set(
            System.nanoTime(),
            () -> {
              first.set(Thread.currentThread());
              rung.countDown();
            });
    assertThat(await(rung)).isTrue();
    Thread thread = first.get();
    assertThat(thread.getName()).isEqualTo("curfew-timer");
    Await.until("the thread has ended", () -> !thread.isAlive());
    CountDownLatch next = new CountDownLatch(1);
    TimeSource.Alarm _ = alarms.set(System.nanoTime() + SOON, next::countDown);
    assertThat(await(next)).isTrue();
  }

  @Test
  void anInterruptOfTheThreadDoesNotKeepItBusy() throws InterruptedException {
    CountDownLatch both = new CountDownLatch(2);
    AtomicReference<Boolean> flag = new AtomicReference<>();
    TimeSource.Alarm _ =
        alarms.set(
            System.nanoTime(),
            () -> {
              Thread.currentThread().interrupt();
              both.countDown();
            });
    TimeSource.Alarm _ =
        alarms.set(
            System.nanoTime() + 5 * SOON,
            () -> {
              flag.set(Thread.currentThread().isInterrupted());
              both.countDown();
            });
    assertThat(await(both)).isTrue();
    assertThat(flag.get()).isFalse();
  }

  @Test
  void manyThreadsSetAndTakeBackAtOnce() throws InterruptedException {
    int each = 2_000;
    AtomicInteger rung = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread.Builder kind = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      threads.add(
          kind.start(
              () -> {
                for (int k = 0; k < each; k++) {
                  TimeSource.Alarm one =
                      alarms.set(System.nanoTime() + k % 7 * SOON / 10, rung::incrementAndGet);
                  TimeSource.Alarm other =
                      alarms.set(
                          System.nanoTime() + TimeUnit.HOURS.toNanos(1), rung::decrementAndGet);
                  other.cancel();
                  assertThat(one).isNotSameAs(other);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    Await.until("all have rung", () -> rung.get() == 4 * each);
  }
}
