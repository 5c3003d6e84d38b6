// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class AwaitTest {

  @Test
  void returnsAsSoonAsTheConditionHolds() {
    var asked = new AtomicInteger();
    Await.until("asked three times", () -> asked.incrementAndGet() == 3);
    assertThat(asked).hasValue(3);
  }

  @Test
  void failureNamesTheConditionTheBoundAndTheThreads() {
    var release = new CountDownLatch(1);
    Thread platform = Thread.ofPlatform().name("bystander").start(() -> hold(release));
    Thread virtual = Thread.ofVirtual().name("virtual-bystander").start(() -> hold(release));
    try {
      Await.until("the bystander waits", () -> platform.getState() == Thread.State.WAITING);
      Await.until("the other waits", () -> virtual.getState() == Thread.State.WAITING);
      assertThatThrownBy(() -> Await.until("pigs fly", Duration.ofMillis(1), () -> false))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("waited 1 ms until pigs fly, in vain; the threads now:")
          .hasMessageContaining("platform thread \"bystander\" (WAITING)\n      at ")
          .hasMessageContaining("virtual thread \"virtual-bystander\"\n      at ")
          .hasMessageContaining("AwaitTest.hold");
    } finally {
      release.countDown();
      LockSupport.unpark(platform);
      LockSupport.unpark(virtual);
      Await.until("both have ended", () -> !platform.isAlive() && !virtual.isAlive());
    }
  }

  @Test
  void interruptIsKeptForTheCallerAndEndsNothing() {
    var asked = new AtomicInteger();
    Thread.currentThread().interrupt();
    Await.until("asked often", () -> asked.incrementAndGet() == 5);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void conditionSeesTheFlagOfItsOwnThreadAtEveryLook() {
    var asked = new AtomicInteger();
    Thread.currentThread().interrupt();
    Await.until(
        "seen often", () -> Thread.currentThread().isInterrupted() && asked.incrementAndGet() == 5);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void flagThatArrivesDuringTheWaitIsSeen() {
    Thread waiting = Thread.currentThread();
    Thread other = Thread.ofVirtual().start(waiting::interrupt);
    Await.until("the flag is set", waiting::isInterrupted);
    assertThat(Thread.interrupted()).isTrue();
    Await.until("the other thread has ended", () -> !other.isAlive());
  }

  private static void hold(CountDownLatch release) {
    while (release.getCount() > 0) {
      LockSupport.park(release);
    }
  }
}
