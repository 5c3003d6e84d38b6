// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Senders and receivers that are stopped, and interrupted again and again, at random. Each item is
/// received, left inside, or its sender was told that it was not sent, and only one of these; each
/// permit is back.
class SyncStressTest {

  private static final StopReason WHY = StopReason.requested("stress");
  private static final Duration SHORT = Duration.ofNanos(20_000);
  private static final Duration LONG = Duration.ofSeconds(10);

  @Test
  void aThousandRoundsLoseAndDoubleNothing() throws Exception {
    run(1_000, 7);
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void fiftyThousandRoundsLoseAndDoubleNothing() throws Exception {
    run(50_000, System.nanoTime());
  }

  private static void run(int rounds, long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < rounds; i++) {
      new Round(random.split(), "round " + i + " of seed " + seed).play();
    }
  }

  /// One channel's life.
  private static final class Round {
    private final SplittableRandom random;
    private final String name;
    private final Channel<Integer> channel;
    private final Permits permits;
    private final int all;
    private final AtomicInteger next = new AtomicInteger();

    private final Queue<Integer> sent = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> notSent = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> received = new ConcurrentLinkedQueue<>();
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

    Round(SplittableRandom random, String name) {
      this.random = random;
      this.name = name;
      int capacity = random.nextInt(5);
      channel = capacity == 4 ? Channel.unbounded("stress") : Channel.bounded("stress", capacity);
      all = 1 + random.nextInt(2);
      permits = new Permits("stress", all);
    }

    void play() throws Exception {
      Kind kind = random.nextInt(8) == 0 ? Kind.PLATFORM : Kind.VIRTUAL;
      kind.play(this::cutSome);
      List<Integer> left = channel.drainRemaining();
      assertThat(channel.toString()).as(name).contains("0 inside, 0 to send, 0 to receive");
      assertThat(sorted(received, left)).as(name).isEqualTo(sorted(sent, List.of()));
      List<Integer> every = IntStream.range(0, next.get()).boxed().toList();
      assertThat(sorted(sent, notSent)).as(name).isEqualTo(every);
      assertThat(permits.available()).as(name).isEqualTo(all);
    }

    private static List<Integer> sorted(Collection<Integer> some, Collection<Integer> others) {
      return Stream.concat(some.stream(), others.stream()).sorted().toList();
    }

    private void cutSome(Scope scope) {
      List<Fork<?>> forks = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        SplittableRandom own = random.split();
        forks.add(scope.fork("sender", () -> sendAll(own)));
      }
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        SplittableRandom own = random.split();
        forks.add(scope.fork("receiver", () -> receiveAll(own)));
      }
      for (int cuts = random.nextInt(60); cuts > 0; cuts--) {
        spin(random.nextInt(300));
        cut(forks);
      }
      forks.forEach(fork -> fork.stop(WHY));
      assertThat(forks).as(name).allMatch(fork -> fork.join(LONG));
      assertThat(forks).as(name).noneMatch(fork -> fork.outcome().toString().contains("Failed"));
    }

    private void cut(List<Fork<?>> forks) {
      int kind = random.nextInt(50);
      if (kind == 0) {
        channel.close();
      } else if (kind == 1) {
        boolean _ = forks.get(random.nextInt(forks.size())).stop(WHY);
      } else {
        threads.forEach(Thread::interrupt);
      }
    }

    /// An interrupt only ends the wait; a stop ends the fork.
    private static void goOnIfInterrupted(StoppedException cut) {
      if (!Thread.interrupted()) {
        throw cut;
      }
    }

    private static void spin(int times) {
      for (int i = 0; i < times; i++) {
        Thread.onSpinWait();
      }
    }

    private void usePermit(SplittableRandom own) {
      try (Permit _ = permits.acquire()) {
        spin(own.nextInt(50));
      } catch (StoppedException cut) {
        goOnIfInterrupted(cut);
      }
    }

    private String sendAll(SplittableRandom own) {
      threads.add(Thread.currentThread());
      while (!channel.isClosed()) {
        usePermit(own);
        int item = next.getAndIncrement();
        boolean told = true;
        try {
          told = !send(item, own);
        } catch (StoppedException cut) {
          goOnIfInterrupted(cut);
        } catch (ChannelClosedException closed) {
          return "";
        } finally {
          boolean _ = (told ? notSent : sent).add(item);
        }
      }
      return "";
    }

    private boolean send(int item, SplittableRandom own) {
      return switch (own.nextInt(8)) {
        case 0 -> channel.trySend(item);
        case 1 -> channel.trySend(item, SHORT);
        default -> {
          channel.send(item);
          yield true;
        }
      };
    }

    private String receiveAll(SplittableRandom own) {
      threads.add(Thread.currentThread());
      while (!channel.isDrained()) {
        try {
          receive(own).ifPresent(received::add);
        } catch (StoppedException cut) {
          goOnIfInterrupted(cut);
        }
        usePermit(own);
      }
      return "";
    }

    private Optional<Integer> receive(SplittableRandom own) {
      return switch (own.nextInt(8)) {
        case 0 -> channel.tryReceive();
        case 1 -> channel.receive(SHORT);
        default -> channel.receive();
      };
    }
  }
}
