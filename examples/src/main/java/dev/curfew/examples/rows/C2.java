// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Writers that hold a lock and a half-written pair of files when the stop comes.
///
/// A thread that is killed leaves its locks held and its files open, which is why `Thread.stop` is
/// gone, and why nothing here does the like. A stop is a request that takes effect at checkpoints:
/// between two of them what belongs together stays together. Where force is needed, put the work
/// into a process.
final class C2 implements Example {

  private final ReentrantLock lock = new ReentrantLock();

  @Override
  public String title() {
    return "nobody is killed: locks are free and files are whole after a stop";
  }

  @Override
  public String run(Stage stage) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("curfew-c2-");
    Path debit = folder.resolve("debit");
    Path credit = folder.resolve("credit");
    try {
      Files.writeString(debit, "0");
      Files.writeString(credit, "0");
      String took = stopWriters(stage, debit, credit);
      stage.expect(lock.tryLock(), "the lock is free");
      lock.unlock();
      long paid = Long.parseLong(Files.readString(debit));
      stage.say("debit " + paid + ", credit " + Files.readString(credit));
      stage.expect(paid == Long.parseLong(Files.readString(credit)), "the pair is whole");
      stage.expect(paid > 0, "work was done");
      return "after " + paid + " transfers two writers ended in " + took + ", nothing torn or held";
    } finally {
      Files.deleteIfExists(debit);
      Files.deleteIfExists(credit);
      Files.delete(folder);
    }
  }

  private String stopWriters(Stage stage, Path debit, Path credit) throws InterruptedException {
    return Scope.run(
        "bank",
        scope -> {
          CountDownLatch done = new CountDownLatch(20);
          Fork<?> one = scope.fork("writer-1", () -> write(debit, credit, done));
          Fork<?> two = scope.fork("writer-2", () -> write(debit, credit, done));
          stage.expect(done.await(10, TimeUnit.SECONDS), "the writers write");
          stage.say("stop! in the middle of it");
          long asked = System.nanoTime();
          for (Fork<?> writer : new Fork<?>[] {one, two}) {
            boolean _ = writer.stop(StopReason.requested("close of business"));
          }
          stage.expect(one.join(Duration.ofSeconds(10)), "writer-1 has ended");
          stage.expect(two.join(Duration.ofSeconds(10)), "writer-2 has ended");
          stage.say(one);
          stage.say(two);
          return stage.within(Duration.ofSeconds(5), asked, "both writers are out");
        });
  }

  private Object write(Path debit, Path credit, CountDownLatch done) throws IOException {
    while (true) {
      Curfew.checkpoint(); // here a stop takes effect: nothing is held, nothing is half done
      lock.lock();
      try {
        Curfew.shield(Duration.ofSeconds(2), () -> transfer(debit, credit));
      } finally {
        lock.unlock();
      }
      done.countDown();
    }
  }

  private static void transfer(Path debit, Path credit) throws IOException {
    long next = Long.parseLong(Files.readString(debit)) + 1;
    Files.writeString(debit, Long.toString(next)); // an interrupt would close the file here
    Files.writeString(credit, Long.toString(next));
  }
}
