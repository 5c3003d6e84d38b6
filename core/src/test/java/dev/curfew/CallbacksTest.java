// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Callbacks that many threads register, each in its turn, so that they are spread over lanes.
class CallbacksTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final int MANY = 64;

  private final StopSource source = StopSource.named("source");
  private final List<Integer> called = Collections.synchronizedList(new ArrayList<>());
  private final List<Registration> registered = new ArrayList<>();

  private void registerMany() throws InterruptedException {
    for (int i = 0; i < MANY; i++) {
      int number = i;
      elsewhere(() -> registered.add(source.token().onStop("c", () -> called.add(number))));
    }
  }

  private static void elsewhere(Runnable work) throws InterruptedException {
    assertThat(Thread.ofVirtual().start(work).join(Duration.ofSeconds(20))).isTrue();
  }

  private void stopAndAwait(int calls) {
    source.stop(WHY);
    Await.until("all were called", () -> called.size() >= calls);
  }

  @Test
  void theLastRegisteredIsCalledFirstWhicheverThreadItWas() throws InterruptedException {
    registerMany();
    stopAndAwait(MANY);
    List<Integer> lastFirst = new ArrayList<>();
    for (int i = MANY - 1; i >= 0; i--) {
      lastFirst.add(i);
    }
    assertThat(called).containsExactlyElementsOf(lastFirst);
  }

  @Test
  void anyThreadTakesBackWhatAnotherRegistered() throws InterruptedException {
    registerMany();
    for (int i = 0; i < MANY; i++) {
      if (i % 3 != 0) {
        registered.get(i).close();
      }
    }
    int left = (MANY + 2) / 3;
    stopAndAwait(left);
    assertThat(called).hasSize(left).allMatch(number -> number % 3 == 0);
  }

  @Test
  void whatComesAfterTheStopIsCalledByItsOwnThread() throws InterruptedException {
    registerMany();
    stopAndAwait(MANY);
    for (int i = 0; i < MANY; i++) {
      List<Thread> by = new ArrayList<>();
      elsewhere(
          () -> {
            source.token().onStop("late", () -> by.add(Thread.currentThread())).close();
            assertThat(by).containsExactly(Thread.currentThread());
          });
      assertThat(by).hasSize(1);
    }
  }

  @Test
  void thoseOfANodeThatHasEndedAreForgotten() throws InterruptedException {
    Callbacks callbacks = new Callbacks();
    StopNode node = StopNode.alone("node");
    for (int i = 0; i < MANY; i++) {
      elsewhere(() -> callbacks.add(new Registration(node, "c", () -> {}, false)));
    }
    callbacks.drop();
    assertThat(callbacks.take()).isEmpty();
  }

  @Test
  void eachIsCalledOnceOrTakenBackWhileTheStopComes() throws InterruptedException {
    int threads = 4;
    int each = 2_000;
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger kept = new AtomicInteger();
    CountDownLatch ended = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      Thread.ofVirtual()
          .start(
              () -> {
                for (int i = 0; i < each; i++) {
                  Registration one = source.token().onStop("c", calls::incrementAndGet);
                  if (i % 2 == 0) {
                    one.close();
                    Registration two = source.token().onStop("c", () -> {});
                    two.close();
                    two.close();
                  } else {
                    kept.incrementAndGet();
                  }
                }
                ended.countDown();
              });
    }
    Await.until("some are there", () -> kept.get() > 100);
    source.stop(WHY);
    Latches.await(ended);
    // One that is closed may have been called before, when the stop came in between.
    Await.until("all that were kept were called", () -> calls.get() >= kept.get());
    assertThat(calls.get()).isBetween(kept.get(), threads * each);
  }
}
