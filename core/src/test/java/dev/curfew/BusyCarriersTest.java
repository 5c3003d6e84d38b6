// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.pool.StoppablePool;
import dev.curfew.sync.Channel;
import dev.curfew.sync.Permit;
import dev.curfew.sync.Permits;
import dev.curfew.testkit.Await;
import dev.curfew.worker.QueueWorker;
import dev.curfew.worker.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Virtual threads use a part of this library, and then take all carriers and never give way. A
/// platform thread that has used it with them goes on, and stops them.
///
/// What has a line in it fails here: the first in line has no carrier, and the platform thread
/// behind it waits for those whom it is about to stop.
class BusyCarriersTest {

  private static final int THREADS = 2 * Runtime.getRuntime().availableProcessors();
  private static final StopReason WHY = StopReason.requested("deploy");

  /// What is used.
  enum Part {
    SIGNAL(
        () -> {
          Signal shared = new Signal();
          return new Use(
              () -> {
                shared.wakeAll();
                boolean _ = shared.awaitShielded(Deadline.after(Duration.ZERO), () -> false);
              });
        }),
    CALLBACKS(
        () -> {
          StopToken shared = StopSource.named("shared").token();
          return new Use(() -> shared.onStop("callback", () -> {}).close());
        }),
    SCOPES(
        () -> {
          StopSource shared = StopSource.named("shared");
          return new Use(
              () -> {
                try (Scope inner = Scope.open("inner")) {
                  inner.linkTo(shared.token());
                }
              });
        }),
    CHANNEL(
        () -> {
          Channel<String> shared = Channel.bounded("shared", 2);
          return new Use(
              () -> {
                boolean _ = shared.trySend("item");
                boolean _ = shared.tryReceive().isPresent();
              });
        }),
    PERMITS(
        () -> {
          Permits shared = new Permits("shared", 2);
          return new Use(() -> shared.tryAcquire().ifPresent(Permit::close));
        }),
    ALARMS(
        () -> {
          TimeSource shared = TimeSource.system();
          return new Use(() -> shared.alarm(shared.nanos() + 1_000_000_000L, () -> {}).cancel());
        }),
    WAKER(() -> new Use(() -> Waker.run(() -> {}))),
    REPORTS(
        () -> new Use(() -> assertThat(StopReport.Checkpoints.now().openings()).isNotNegative())),
    POOL(
        () -> {
          StoppablePool shared = StoppablePool.open("shared");
          return new Use(() -> shared.execute(() -> {}), shared::close);
        }),
    WORKER(
        () -> {
          QueueWorker<String> shared =
              QueueWorker.open("shared", Source.of(new LinkedBlockingQueue<String>()), _ -> {});
          return new Use(
              () -> {
                boolean _ = shared.quiet();
                boolean _ = shared.resume();
              },
              shared::close);
        });

    @SuppressWarnings("ImmutableEnumChecker") // makes a new one each time
    private final Supplier<Use> made;

    Part(Supplier<Use> made) {
      this.made = made;
    }
  }

  /// What threads do with one that they share.
  private record Use(Runnable often, Runnable end) {
    Use(Runnable often) {
      this(often, () -> {});
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoComesToStopThemIsNotKeptWaiting(Part part) throws InterruptedException {
    play(part, 25);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("soak")
  @Timeout(600)
  void whoComesToStopThemIsNotKeptWaitingEverSoOften(Part part) throws InterruptedException {
    play(part, 5_000);
  }

  /// Others wait for the carrier that it would give up.
  @Test
  void aVirtualThreadThatStopsItsOwnScopeGoesOn() throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      stopItself();
    }
  }

  private static void stopItself() throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    AtomicBoolean stopped = new AtomicBoolean();
    Runnable hog =
        () -> {
          while (!over.get()) {
            Thread.onSpinWait();
          }
        };
    List<Thread> hogs = new ArrayList<>();
    Thread stopper =
        Thread.ofVirtual()
            .unstarted(
                () ->
                    Scope.run(
                        "own",
                        scope -> {
                          for (int i = 0; i < THREADS; i++) {
                            hogs.add(Thread.ofVirtual().start(hog));
                          }
                          boolean first = scope.stop(WHY);
                          stopped.set(first);
                          return null;
                        }));
    stopper.start();
    boolean goesOn = awaits(stopped);
    over.set(true);
    assertThat(stopper.join(Await.LIMIT)).isTrue();
    for (Thread each : hogs) {
      assertThat(each.join(Await.LIMIT)).isTrue();
    }
    assertThat(goesOn).isTrue();
  }

  /// Whether it holds within 10 s; a failure would leave the carriers taken.
  private static boolean awaits(AtomicBoolean what) {
    try {
      Await.until("it has stopped", what::get);
      return true;
    } catch (AssertionError late) {
      return false;
    }
  }

  private static void play(Part part, int rounds) throws InterruptedException {
    Random random = new Random(20_261_123);
    for (int i = 0; i < rounds; i++) {
      new Round(part.made.get(), random.nextInt(300_000)).play();
    }
  }

  private static final class Round {
    private final Use use;
    private final long warmth;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Fork<?>> forks = new ArrayList<>();
    private final AtomicReference<Throwable> wrong = new AtomicReference<>();

    Round(Use use, long warmth) {
      this.use = use;
      this.warmth = warmth;
    }

    private void takeACarrier() {
      while (!busy.get()) {
        use.often.run();
      }
      while (!over.get()) {
        Curfew.checkpoint();
        Thread.onSpinWait();
      }
    }

    private void stopThem() {
      Scope.run(
          "busy",
          settings -> settings.withPlan(StopPlan.within(Duration.ofSeconds(10))),
          scope -> {
            for (int i = 0; i < THREADS; i++) {
              forks.add(scope.fork("busy-" + i, this::takeACarrier));
            }
            for (long end = System.nanoTime() + warmth; System.nanoTime() - end < 0; ) {
              use.often.run();
            }
            busy.set(true);
            for (int i = 0; i < 20; i++) {
              use.often.run();
            }
            return scope.stop(WHY);
          });
    }

    void play() throws InterruptedException {
      Thread stopper =
          Thread.ofPlatform()
              .name("stopper")
              .start(
                  () -> {
                    try {
                      stopThem();
                    } catch (StoppedException expected) {
                      // that was the stop
                    } catch (Throwable thrown) {
                      wrong.set(thrown);
                    }
                  });
      boolean ended = stopper.join(Duration.ofSeconds(20));
      String at = Arrays.toString(stopper.getStackTrace());
      over.set(true);
      stopper.join();
      use.end.run();
      assertThat(ended).as("the stopper was at %s", at).isTrue();
      assertThat(wrong.get()).isNull();
      assertThat(forks).allMatch(Fork::hasEnded);
    }
  }
}
