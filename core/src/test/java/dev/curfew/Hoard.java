// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.testkit.Await;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Takes all threads that can be had.
public final class Hoard implements AutoCloseable {

  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> taken = new ArrayList<>();
  private volatile @Nullable Thread given;

  public Hoard() {
    Await.until("those of this library have ended", Hoard::noneOfOurs);
    try {
      while (true) {
        Thread one = Thread.ofPlatform().daemon().unstarted(this::stay);
        one.start();
        taken.add(one);
      }
    } catch (OutOfMemoryError noMore) {
      System.out.println("no thread left");
    }
  }

  private static boolean noneOfOurs() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().startsWith("curfew-"));
  }

  private void stay() {
    while (over.getCount() > 0 && !Thread.currentThread().equals(given)) {
      LockSupport.parkNanos(this, Duration.ofSeconds(1).toNanos());
    }
  }

  /// Lets one of them go.
  public void giveOne() {
    Thread one = taken.removeLast();
    int before = threads();
    given = one;
    LockSupport.unpark(one);
    Await.until("it has ended", () -> !one.isAlive() && threads() < before);
  }

  /// As the kernel counts them: one that the JVM takes for dead may still have its stack.
  private static int threads() {
    String[] all = new File("/proc/self/task").list();
    return all == null ? 0 : all.length;
  }

  @Override
  public void close() {
    over.countDown();
    taken.forEach(LockSupport::unpark);
    Await.until("they have ended", () -> taken.stream().noneMatch(Thread::isAlive));
  }
}
