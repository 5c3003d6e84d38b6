// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Random quiet, drain, stop and second stop, with handlers that throw, wait, compute and are deaf:
/// every item is accounted for exactly once.
class WorkerSoakTest {

  private static final int ITEMS = 16;

  @Test
  void fourHundredRandomStopsLoseNothing() {
    stopAtRandom(400);
  }

  @Test
  @Tag("soak")
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void aHundredThousandRandomStopsLoseNothing() {
    stopAtRandom(Integer.getInteger("curfew.soak.stops", 100_000));
  }

  private static void stopAtRandom(int stops) {
    Random random = new Random(20_260_102);
    for (int i = 0; i < stops; i++) {
      new Round(random.nextLong()).play();
    }
  }

  /// One worker's life.
  private static final class Round implements Source<Integer> {

    private final Random random;
    private final boolean leased;
    private final LinkedBlockingQueue<Integer> queue = new LinkedBlockingQueue<>();
    private final Queue<Integer> claimed = new ConcurrentLinkedQueue<>();
    private final Map<Integer, String> told = new ConcurrentHashMap<>();
    private final Queue<String> twice = new ConcurrentLinkedQueue<>();
    private volatile boolean go;

    Round(long seed) {
      random = new Random(seed);
      leased = random.nextInt(3) == 0;
    }

    void play() {
      for (int i = 0; i < ITEMS; i++) {
        queue.add(random.nextInt(7) * 100 + i);
      }
      boolean deaf = random.nextInt(4) == 0;
      QueueWorker<Integer> worker = QueueWorker.open("soak", this, this::handle, this::atRandom);
      int acts = random.nextInt(4);
      for (int i = 0; i < acts; i++) {
        LockSupport.parkNanos(random.nextInt(200) * 1_000L);
        act(worker);
      }
      if (!deaf) {
        go = true;
      }
      Duration plan = Duration.ofMillis(deaf ? 1 + random.nextInt(3) : 20_000);
      WorkerReport<Integer> report =
          worker.stopAndAwait(StopReason.requested("soak"), StopPlan.within(plan));
      go = true;
      Await.until("nothing runs", worker::hasEnded);
      WorkerReport<Integer> last = worker.report();
      check(last);
      assertThat(report.items().accounted()).as(report.text()).isGreaterThanOrEqualTo(0);
    }

    private void check(WorkerReport<Integer> last) {
      ItemCounts counts = last.items();
      assertThat(twice).as(last.text()).isEmpty();
      assertThat(counts.claimed()).as(last.text()).isEqualTo(claimed.size());
      assertThat(counts.accounted()).as(last.text()).isEqualTo(claimed.size());
      assertThat(counts.abandoned()).isZero();
      assertThat(queue.size() + claimed.size()).isEqualTo(ITEMS);
      assertThat(count("done")).as(last.text()).isEqualTo(counts.succeeded());
      assertThat(count("failed")).as(last.text()).isEqualTo(counts.failed());
      long untold = last.handedBack().stream().filter(item -> item.trouble().isPresent()).count();
      assertThat(count("back") + untold)
          .as(last.text())
          .isBetween(counts.handedBack(), counts.handedBack() + untold);
      assertThat(count("drop")).as(last.text()).isLessThanOrEqualTo(counts.stopped());
      assertThat(last.handedBack()).hasSize((int) counts.handedBack());
    }

    private long count(String what) {
      return told.values().stream().filter(what::equals).count();
    }

    private void act(QueueWorker<Integer> worker) {
      switch (random.nextInt(7)) {
        case 0 -> {
          boolean _ = worker.quiet();
        }
        case 1 -> {
          boolean _ = worker.resume();
        }
        case 2 -> worker.drain();
        case 3 -> {
          boolean _ = worker.stopItem("item-" + (1 + random.nextInt(ITEMS)), why()) > 0;
        }
        case 4 -> {
          boolean _ = worker.stopBatch("b" + random.nextInt(2), why()) > 0;
        }
        case 5 -> worker.stop(why());
        default -> {
          boolean _ = worker.stopGroup("g" + random.nextInt(2), why()) > 0;
        }
      }
    }

    private static StopReason why() {
      return StopReason.requested("at random");
    }

    private WorkerSettings<Integer> atRandom(WorkerSettings<Integer> plain) {
      WorkerSettings<Integer> some =
          plain
              .withHandlers(1 + random.nextInt(4))
              .withAhead(random.nextInt(3))
              .withDrain(Duration.ofNanos(random.nextInt(3) * 100_000L))
              .withGroups(item -> "g" + item % 2)
              .withBatches(item -> "b" + item % 3);
      return random.nextInt(4) == 0 ? some.withPlatformThreads() : some;
    }

    private void handle(Integer item) {
      switch (item / 100) {
        case 0 -> throw new IllegalStateException("throws");
        case 1 -> Curfew.sleep(Duration.ofMillis(20));
        case 2 -> LockSupport.parkNanos(50_000);
        case 3 -> {
          while (!go) {
            LockSupport.parkNanos(20_000);
            boolean _ = Thread.interrupted(); // deaf
          }
        }
        case 4 -> {
          while (!go) {
            Curfew.checkpoint();
            Thread.onSpinWait();
          }
        }
        default -> {}
      }
    }

    @Override
    public Claim<Integer> claim(int most, Deadline until) throws InterruptedException {
      Integer first = queue.poll(until.remaining().toNanos(), TimeUnit.NANOSECONDS);
      if (first == null) {
        return Claim.of(java.util.List.of());
      }
      claimed.add(first);
      return Claim.of(java.util.List.of(first));
    }

    @Override
    public Optional<Duration> lease() {
      return leased ? Optional.of(Duration.ofMillis(3)) : Optional.empty();
    }

    @Override
    public boolean renew(Integer item) {
      return item % 5 != 0;
    }

    private void tell(Integer item, String what) {
      String before = told.putIfAbsent(item, what);
      if (before != null) {
        twice.add(item + ": " + before + " and " + what);
      }
    }

    @Override
    public void done(Integer item) {
      tell(item, "done");
    }

    @Override
    public void failed(Integer item, Throwable failure) {
      tell(item, "failed");
    }

    @Override
    public void handBack(Integer item, StopReason reason) {
      tell(item, "back");
    }

    @Override
    public void drop(Integer item, StopReason reason) {
      tell(item, "drop");
    }
  }
}
