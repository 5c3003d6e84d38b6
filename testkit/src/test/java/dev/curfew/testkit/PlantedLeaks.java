// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Tests that leave something behind, each in its own way; [#clearAway] ends all of it.
@ExtendWith({PlantedLeaks.FlagAfterwards.class, LeakGuard.class})
class PlantedLeaks {

  /// Looks after the guard: JUnit itself clears the flag later.
  static final class FlagAfterwards implements AfterEachCallback {

    private static volatile boolean set;

    static boolean wasSet() {
      return set;
    }

    @Override
    public void afterEach(ExtensionContext context) {
      set = Thread.currentThread().isInterrupted();
    }
  }

  private static final Deque<Runnable> CLEAN_UP = new ArrayDeque<>();

  static void clearAway() {
    while (!CLEAN_UP.isEmpty()) {
      CLEAN_UP.pop().run();
    }
  }

  @Test
  void nothing() {
    park("short-lived", Thread.ofPlatform());
    park("short-lived-virtual", Thread.ofVirtual());
    clearAway();
  }

  @Test
  void platformThread() {
    park("leaky-platform", Thread.ofPlatform());
  }

  @Test
  void virtualThread() {
    park("leaky-virtual", Thread.ofVirtual());
  }

  @Test
  void threadThatEndsWhileTheGuardLooks() {
    Thread test = Thread.currentThread();
    park("before", Thread.ofPlatform());
    Thread ending =
        Thread.ofPlatform()
            .name("ending")
            .start(
                () -> Await.until("the guard waits", () -> LockSupport.getBlocker(test) != null));
    Await.until("it runs", ending::isAlive);
    clearAway();
  }

  @Test
  void ownShortLivedDaemons() {
    park("curfew-timer", Thread.ofPlatform());
    park("curfew-waker-1", Thread.ofPlatform());
  }

  @Test
  void childProcess() throws IOException {
    Process child = new ProcessBuilder("sleep", "300").start();
    CLEAN_UP.push(() -> end(child));
  }

  @Test
  void endedChildProcess() throws IOException {
    end(new ProcessBuilder("sleep", "300").start());
  }

  @Test
  void shutdownHook() {
    Thread hook = Thread.ofPlatform().name("leaky-hook").unstarted(() -> {});
    Runtime.getRuntime().addShutdownHook(hook);
    CLEAN_UP.push(() -> Runtime.getRuntime().removeShutdownHook(hook));
  }

  @Test
  void interruptFlag() {
    Thread.currentThread().interrupt();
  }

  @Test
  void several() {
    park("leaky-one", Thread.ofPlatform());
    park("leaky-two", Thread.ofPlatform());
  }

  @Test
  @LeaksOnPurpose("shows that the guard can be told")
  void declared() {
    park("leaky-declared", Thread.ofPlatform());
    Thread.currentThread().interrupt();
  }

  @Test
  @LeaksOnPurpose(" ")
  void declaredWithoutReason() {
    Thread.onSpinWait();
  }

  private static void park(String name, Thread.Builder builder) {
    var release = new CountDownLatch(1);
    Thread thread =
        builder
            .name(name)
            .start(
                () -> {
                  while (release.getCount() > 0) {
                    LockSupport.park(release);
                  }
                });
    Await.until("it is parked", () -> thread.getState() == Thread.State.WAITING);
    CLEAN_UP.push(
        () -> {
          release.countDown();
          LockSupport.unpark(thread);
          Await.until(name + " has ended", () -> !thread.isAlive());
        });
  }

  private static void end(Process child) {
    child.destroyForcibly();
    Await.until("the child has ended", () -> !child.isAlive());
  }
}
