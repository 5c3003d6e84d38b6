// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HandsTest {

  private final Hands hands = new Hands("curfew-waker-of-a-test-");

  private Thread threadOf(Runnable first) throws InterruptedException {
    AtomicReference<Thread> thread = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    hands.run(
        () -> {
          thread.set(Thread.currentThread());
          done.countDown();
          first.run();
        });
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    return thread.get();
  }

  @Test
  void workThatHangsKeepsNoOtherWorkWaiting() throws InterruptedException {
    CountDownLatch hangs = new CountDownLatch(1);
    try {
      Thread hung = threadOf(() -> Latches.waitDeafly(hangs));
      assertThat(threadOf(() -> {})).isNotSameAs(hung);
    } finally {
      hangs.countDown();
    }
  }

  @Test
  void whatItThrowsGoesToTheHandlerAndTheThreadGoesOn() throws InterruptedException {
    AtomicReference<Throwable> told = new AtomicReference<>();
    RuntimeException thrown = new IllegalStateException("foreign");
    Thread thread =
        threadOf(
            () -> {
              Thread.currentThread().setUncaughtExceptionHandler((_, what) -> told.set(what));
              Thread.currentThread().interrupt();
              throw thrown;
            });
    Await.until("the handler was told", () -> thrown.equals(told.get()));
    Await.until("it rests", () -> thread.getState() == Thread.State.TIMED_WAITING);
    assertThat(thread.isInterrupted()).isFalse();
    thread.setUncaughtExceptionHandler(null);
  }

  @Test
  void anIdleThreadIsUsedAgainAndEndsInTheEnd() throws InterruptedException {
    Thread thread = threadOf(() -> {});
    Await.until("it rests", () -> thread.getState() == Thread.State.TIMED_WAITING);
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.isVirtual()).isFalse();
    Await.until("it has ended", () -> !thread.isAlive());
    assertThat(threadOf(() -> {})).isNotSameAs(thread);
  }
}
