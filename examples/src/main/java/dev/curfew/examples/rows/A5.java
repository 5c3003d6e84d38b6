// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A check in the hottest loop there is, a dot product that the JIT turns into vector code.
final class A5 implements Example {

  private static final int SIZE = 1 << 16;
  private static final int ROUNDS = 15;
  private static final int PRODUCTS = 400;

  private final int[] a = new int[SIZE];
  private final int[] b = new int[SIZE];

  @Override
  public String title() {
    return "a check in the hottest loop costs nothing, and the loop can be stopped";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    Arrays.setAll(a, i -> i);
    Arrays.setAll(b, i -> 3 * i);
    double ratio = ratio(stage);
    stage.expect(ratio < 3, "the loop with the check is in the order of the one without");
    String took = stopped(stage);
    return String.format(
        Locale.ROOT,
        "with a check in each iteration the loop took %.2f times as long; stopped in %s",
        ratio,
        took);
  }

  /// The best of several rounds each, taken in turn, so that other load hits both alike.
  private double ratio(Stage stage) {
    long bare = Long.MAX_VALUE;
    long checked = Long.MAX_VALUE;
    long sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < PRODUCTS; i++) {
        sum += bareProduct();
      }
      long middle = System.nanoTime();
      for (int i = 0; i < PRODUCTS; i++) {
        sum -= checkedProduct();
      }
      bare = Math.min(bare, middle - start);
      checked = Math.min(checked, System.nanoTime() - middle);
    }
    stage.expect(sum == 0, "both loops give the same product");
    stage.say("without a check " + Stage.span(Duration.ofNanos(bare)));
    stage.say("with a check    " + Stage.span(Duration.ofNanos(checked)));
    return (double) checked / bare;
  }

  private int bareProduct() {
    int sum = 0;
    for (int i = 0; i < SIZE; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private int checkedProduct() {
    int sum = 0;
    for (int i = 0; i < SIZE; i++) {
      Curfew.checkpoint();
      sum += a[i] * b[i];
    }
    return sum;
  }

  private String stopped(Stage stage) throws InterruptedException {
    return Scope.run(
        "matrix",
        settings -> settings.withPlatformThreads(),
        scope -> {
          CountDownLatch begun = new CountDownLatch(1);
          Fork<Long> endless =
              scope.fork(
                  "endless",
                  () -> {
                    long sum = 0;
                    while (true) {
                      sum += checkedProduct();
                      begun.countDown();
                    }
                  });
          stage.expect(begun.await(10, TimeUnit.SECONDS), "the loop runs");
          long asked = System.nanoTime();
          boolean _ = endless.stop(StopReason.requested("seen enough"));
          stage.expect(endless.join(Duration.ofSeconds(10)), "the endless loop has ended");
          stage.say(endless);
          return stage.within(Duration.ofSeconds(5), asked, "the loop is left");
        });
  }
}
