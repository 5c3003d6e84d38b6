// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RelayTest {

  private final List<Integer> done = new CopyOnWriteArrayList<>();

  private static void hang(CountDownLatch until) {
    try {
      assertThat(until.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void workIsDoneInOrderByOneThread() {
    Relay relay = new Relay(Duration.ofSeconds(10));
    List<Thread> threads = new CopyOnWriteArrayList<>();
    List<Runnable> work = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      work.add(
          () -> {
            threads.add(Thread.currentThread());
            done.add(number);
          });
    }
    relay.add(work);
    Await.until("all is done", () -> done.size() == 100);
    assertThat(done).isEqualTo(IntStream.range(0, 100).boxed().toList());
    assertThat(threads).allMatch(threads.getFirst()::equals);
  }

  @Test
  void anotherThreadGoesOnWhenOneHangsAndTheHungOneDoesNoMore() {
    Relay relay = new Relay(Duration.ofMillis(5));
    CountDownLatch release = new CountDownLatch(1);
    relay.add(List.<Runnable>of(() -> hang(release), () -> done.add(1), () -> done.add(2)));
    Await.until("the rest is done", () -> done.size() == 2);
    release.countDown();
    relay.add(List.<Runnable>of(() -> done.add(3)));
    Await.until("it still works", () -> done.size() == 3);
    assertThat(done).containsExactly(1, 2, 3);
  }

  @Test
  void whatIsAddedBehindOneThatHangsAloneIsDoneToo() {
    Relay relay = new Relay(Duration.ofMillis(5));
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    relay.add(
        List.<Runnable>of(
            () -> {
              in.countDown();
              hang(release);
            }));
    hang(in);
    relay.add(List.<Runnable>of(() -> done.add(1)));
    Await.until("it is done", () -> !done.isEmpty());
    release.countDown();
  }

  @Test
  void theRestIsDoneAlsoWhereTheOneThatHangsCannotBeTold() {
    CountDownLatch release = new CountDownLatch(1);
    Relay relay =
        new Relay(
            Duration.ofMillis(5),
            _ -> {
              throw new OutOfMemoryError("planted: no memory to tell");
            });
    relay.add(List.<Runnable>of(() -> hang(release), () -> done.add(1)));
    Await.until("the rest is done", () -> done.size() == 1);
    release.countDown();
  }

  @Test
  void workThatThrowsOrInterruptsItsThreadDoesNotReachTheNext() {
    Relay relay = new Relay(Duration.ofSeconds(10));
    List<Throwable> handled = new CopyOnWriteArrayList<>();
    List<Boolean> flags = new CopyOnWriteArrayList<>();
    relay.add(
        List.<Runnable>of(
            () -> {
              Thread.currentThread().setUncaughtExceptionHandler((_, e) -> handled.add(e));
              throw new AssertionError("planted");
            },
            () -> RelayTest.<RuntimeException>sneak(new java.io.IOException("planted")),
            () -> Thread.currentThread().interrupt(),
            () -> {
              Thread.currentThread().setUncaughtExceptionHandler(null); // it is used again
              flags.add(Thread.currentThread().isInterrupted());
            }));
    Await.until("the last was run", () -> flags.size() == 1);
    assertThat(flags).containsExactly(false);
    assertThat(handled).hasExactlyElementsOfTypes(AssertionError.class, java.io.IOException.class);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // throws what is not declared
  private static <X extends Exception> void sneak(Exception thrown) throws X {
    throw (X) thrown;
  }
}
