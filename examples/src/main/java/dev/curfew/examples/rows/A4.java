// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Long work with a check between its slices: sums over blocks of data, one after the other.
final class A4 implements Example {

  private static final int STOPS = 21;
  private static final int BLOCK = 16 * 1024;

  @Override
  public String title() {
    return "long work with checks answers at once; the slices need no tuning";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < STOPS; i++) {
      nanos.add(stopOneSum(stage, i));
    }
    nanos.sort(null);
    Duration median = Duration.ofNanos(nanos.get(STOPS / 2));
    Duration worst = Duration.ofNanos(nanos.getLast());
    stage.say("median " + Stage.span(median) + ", worst " + Stage.span(worst));
    stage.expect(worst.toSeconds() < 5, "each ended within 5 s");
    return STOPS + " checksums were left " + Stage.span(median) + " after the stop (median)";
  }

  private static long stopOneSum(Stage stage, int round) throws InterruptedException {
    return Scope.run(
        "archive",
        settings -> settings.withPlatformThreads(), // it computes
        scope -> {
          AtomicLong blocks = new AtomicLong();
          Fork<?> sum = scope.fork("checksum", () -> checksum(blocks));
          while (blocks.get() < 100) {
            Thread.onSpinWait();
          }
          long asked = System.nanoTime();
          boolean _ = sum.stop(StopReason.requested("not needed any more"));
          stage.expect(sum.join(Duration.ofSeconds(10)), "the checksum was left");
          long took = System.nanoTime() - asked;
          if (round % 7 == 0) {
            stage.say("after " + blocks + " blocks: " + sum);
          }
          return took;
        });
  }

  /// A terabyte, if nobody stops it.
  private static byte[] checksum(AtomicLong blocks) throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] block = new byte[BLOCK];
    for (long done = 0; done < 1L << 40; done += BLOCK) {
      Curfew.checkpoint();
      digest.update(block);
      blocks.incrementAndGet();
    }
    return digest.digest();
  }
}
