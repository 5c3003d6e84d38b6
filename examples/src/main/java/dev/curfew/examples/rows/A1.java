// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.StopReason;
import dev.curfew.StopSource;
import dev.curfew.StopToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Plain threads that look at a shared flag, which is a token.
final class A1 implements Example {

  private static final int THREADS = 4;

  @Override
  public String title() {
    return "a stop is seen by every thread at its next check, without a lock";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    StopSource source = StopSource.named("search");
    CountDownLatch begun = new CountDownLatch(THREADS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      long from = 1_000_000_007L * (i + 1);
      threads.add(Thread.ofPlatform().start(() -> search(stage, from, source.token(), begun)));
    }
    stage.expect(begun.await(10, TimeUnit.SECONDS), "all threads have begun");
    stage.say("stop!");
    long asked = System.nanoTime();
    boolean first = source.stop(StopReason.requested("found elsewhere"));
    for (Thread thread : threads) {
      stage.expect(thread.join(Duration.ofSeconds(10)), thread.getName() + " has ended");
    }
    String took = stage.within(Duration.ofSeconds(5), asked, "all threads see it");
    stage.expect(first && !source.stop(StopReason.requested("again")), "the first reason counts");
    return THREADS + " computing threads saw one volatile flag and ended in " + took;
  }

  private static void search(Stage stage, long from, StopToken token, CountDownLatch begun) {
    long primes = 0;
    for (long n = from; !token.isStopped(); n += 2) {
      primes += isPrime(n) ? 1 : 0;
      begun.countDown();
    }
    stage.say("found " + primes + " primes; " + token);
  }

  private static boolean isPrime(long n) {
    for (long divisor = 3; divisor * divisor <= n; divisor += 2) {
      if (n % divisor == 0) {
        return false;
      }
    }
    return true;
  }
}
