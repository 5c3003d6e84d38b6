// SPDX-License-Identifier: Apache-2.0
package dev.curfew.mutex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class MutexTest {

  private static final int CARRIERS = Runtime.getRuntime().availableProcessors();

  private final Mutex mutex = new Mutex();
  private final List<Thread> threads = new ArrayList<>();

  // guarded by the mutex
  private int count;

  private Thread start(Thread.Builder kind, Runnable body) {
    Thread thread = kind.start(body);
    threads.add(thread);
    return thread;
  }

  private Thread visit(Runnable inside, Runnable after) {
    return start(
        Thread.ofPlatform(),
        () -> {
          try (Mutex _ = mutex.enter()) {
            inside.run();
          }
          after.run();
        });
  }

  private void join() throws InterruptedException {
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(20))).as("%s", thread).isTrue();
    }
  }

  /// A thread waits for the mutex when it says so by its stack.
  private static boolean waits(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    for (StackTraceElement frame : stack) {
      if (frame.getMethodName().equals("enterAfterOthers")) {
        return true;
      }
    }
    return false;
  }

  @Test
  void oneThreadAtATimeIsInside() throws InterruptedException {
    int rounds = 20_000;
    Runnable work =
        () -> {
          for (int i = 0; i < rounds; i++) {
            try (Mutex _ = mutex.enter()) {
              count++;
            }
          }
        };
    for (int i = 0; i < 3; i++) {
      start(Thread.ofPlatform(), work);
      start(Thread.ofVirtual(), work);
    }
    join();
    assertThat(count).isEqualTo(6 * rounds);
  }

  /// With a monitor the platform thread, behind a virtual one that was woken first, stays outside
  /// until a carrier has nothing else to do, although nobody is inside.
  @Test
  void aVirtualThreadWithoutACarrierKeepsNobodyOut() throws InterruptedException {
    AtomicBoolean busy = new AtomicBoolean(true);
    AtomicInteger hogs = new AtomicInteger();
    AtomicBoolean been = new AtomicBoolean();
    Runnable visit =
        () -> {
          try (Mutex _ = mutex.enter()) {
            count++;
          }
        };
    try {
      Thread platform;
      try (Mutex _ = mutex.enter()) {
        Thread virtual = start(Thread.ofVirtual(), visit);
        Await.until("the virtual thread waits", () -> waits(virtual));
        for (int i = 0; i < CARRIERS; i++) {
          start(
              Thread.ofVirtual(),
              () -> {
                hogs.incrementAndGet();
                while (busy.get()) {
                  Thread.onSpinWait();
                }
              });
        }
        Await.until("all other carriers are busy", () -> hogs.get() >= CARRIERS - 1);
        platform = start(Thread.ofPlatform(), visit);
        Await.until("the platform thread waits", () -> waits(platform));
      }
      Await.until("it has been inside", () -> !platform.isAlive());
      been.set(true);
    } finally {
      busy.set(false);
    }
    join();
    assertThat(been).isTrue();
    assertThat(count).isEqualTo(2);
  }

  @Test
  void anUnparkThatComesWhileAThreadNapsIsNotLost() throws InterruptedException {
    AtomicBoolean parked = new AtomicBoolean();
    Thread waiting;
    try (Mutex _ = mutex.enter()) {
      waiting =
          visit(
              () -> count++,
              () -> {
                LockSupport.parkNanos(20_000_000_000L);
                parked.set(true);
              });
      Await.until("it naps", () -> mutex.equals(LockSupport.getBlocker(waiting)));
      LockSupport.unpark(waiting);
    }
    Await.until("its own park has returned", parked::get);
    join();
  }

  @Test
  void anInterruptIsKeptForLater() throws InterruptedException {
    AtomicBoolean flag = new AtomicBoolean();
    Thread waiting;
    try (Mutex _ = mutex.enter()) {
      waiting = visit(() -> flag.set(Thread.currentThread().isInterrupted()), () -> {});
      Await.until("it waits", () -> waits(waiting));
      waiting.interrupt();
      assertThat(flag).isFalse();
    }
    join();
    assertThat(flag).isTrue();
  }
}
