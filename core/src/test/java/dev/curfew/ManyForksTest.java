// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// So many that who joins them is called before the last one ends.
class ManyForksTest {

  private static final int MANY = 500;

  private final Semaphore mayEnd = new Semaphore(0);
  private final List<Fork<Integer>> forks = new CopyOnWriteArrayList<>();
  private final AtomicReference<Thread> joiner = new AtomicReference<>();

  private void join() {
    joiner.set(Thread.currentThread());
    try (Scope scope = Scope.open("many")) {
      for (int i = 0; i < MANY; i++) {
        int value = i;
        forks.add(
            scope.fork(
                "fork",
                () -> {
                  mayEnd.acquire();
                  return value;
                }));
      }
      scope.join();
    }
  }

  private long ended() {
    return forks.stream().filter(Fork::hasEnded).count();
  }

  private void awaitJoining() {
    Await.until(
        "the join sleeps",
        () -> forks.size() == MANY && joiner.get().getState() == Thread.State.WAITING);
  }

  @Test
  void theJoinLastsUntilTheLastHasEnded() throws InterruptedException {
    Thread thread = Thread.ofPlatform().start(this::join);
    Await.until("the thread runs", () -> joiner.get() != null);
    awaitJoining();
    for (int left = MANY; left > 1; left--) {
      mayEnd.release();
      int now = left - 1;
      Await.until("it ends", () -> MANY - ended() == now);
    }
    awaitJoining(); // it was called in between, and is asleep again
    mayEnd.release();
    thread.join();
    assertThat(ended()).isEqualTo(MANY);
    assertThat(forks.getLast().get()).isEqualTo(MANY - 1);
  }

  @Test
  void aStopEndsThem() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread = Thread.ofPlatform().start(() -> thrown.set(catchThrowable(this::join)));
    Await.until("the thread runs", () -> joiner.get() != null);
    awaitJoining();
    boolean _ = forks.getFirst().stop(StopReason.requested("test"));
    Await.until("the stopped one ends", () -> forks.getFirst().hasEnded());
    awaitJoining();
    joiner.get().interrupt();
    thread.join();
    assertThat(thrown.get())
        .isInstanceOfSatisfying(
            StoppedException.class,
            stop ->
                assertThat(stop.reason().root()).isInstanceOf(StopReason.ForeignInterrupt.class));
    assertThat(ended()).isEqualTo(MANY);
  }
}
