// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VoiceTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  private Thread thread(Runnable body) {
    Thread thread = Thread.ofPlatform().daemon().unstarted(body);
    threads.add(thread);
    return thread;
  }

  private Voice voice(OutputStream to, Duration patience) {
    PrintStream stream = new PrintStream(to, true, UTF_8);
    return new Voice(() -> stream, this::thread, patience);
  }

  @AfterEach
  void noThreadStays() {
    for (Thread thread : threads) {
      Await.until("the thread has ended", () -> !thread.isAlive());
    }
  }

  @Test
  void linesOfManyComeWholeAndEachInItsOrder() throws InterruptedException {
    Voice voice = voice(heard, LONG);
    List<Thread> speakers =
        Stream.of("a", "b", "c")
            .map(
                who ->
                    Thread.ofPlatform()
                        .start(
                            () ->
                                IntStream.range(0, 500)
                                    .forEach(i -> voice.sayWithoutWaiting(who + " " + i))))
            .toList();
    for (Thread speaker : speakers) {
      assertThat(speaker.join(Await.LIMIT)).isTrue();
    }
    voice.say("last");

    List<String> lines = heard.toString(UTF_8).lines().toList();
    assertThat(lines).hasSize(1_501).last().isEqualTo("last");
    for (String who : List.of("a", "b", "c")) {
      assertThat(lines.stream().filter(line -> line.startsWith(who)))
          .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(i -> who + " " + i).toList());
    }
  }

  @Test
  void whoHasEndedBeginsAnew() {
    Voice voice = voice(heard, LONG);
    voice.say("one");
    noThreadStays();
    voice.say("two");

    assertThat(heard.toString(UTF_8).lines()).containsExactly("one", "two");
    assertThat(threads).hasSize(2);
  }

  @Test
  void nobodyWaitsForOneWhoDoesNotRead() {
    CountDownLatch reads = new CountDownLatch(1);
    Voice voice =
        voice(
            new OutputStream() {
              @Override
              public void write(int b) {
                Await.until("somebody reads", LONG, () -> reads.getCount() == 0);
                heard.write(b);
              }
            },
            Duration.ofMillis(50));
    voice.say("one");
    voice.say("two");
    assertThat(heard.size()).isZero();

    Thread.currentThread().interrupt();
    voice.say("three");
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();

    reads.countDown();
    Await.until("all is said", () -> heard.toString(UTF_8).lines().count() == 3);
    assertThat(heard.toString(UTF_8).lines()).containsExactly("one", "two", "three");
  }

  @Test
  void withoutAThreadOneSpeaksByHimself() {
    ThreadFactory none =
        _ -> {
          throw new OutOfMemoryError("unable to create native thread");
        };
    PrintStream stream = new PrintStream(heard, true, UTF_8);
    Voice voice = new Voice(() -> stream, none, LONG);
    voice.say("one");
    voice.say("two");

    assertThat(heard.toString(UTF_8).lines()).containsExactly("one", "two");
  }

  @Test
  void afterABrokenStreamTheNextLineIsSaid() {
    PrintStream stream = new PrintStream(heard, true, UTF_8);
    CountDownLatch broken = new CountDownLatch(1);
    Voice voice =
        new Voice(
            () -> {
              if (broken.getCount() > 0) {
                broken.countDown();
                throw new IllegalStateException("broken on purpose");
              }
              return stream;
            },
            body -> {
              Thread thread = thread(body);
              thread.setUncaughtExceptionHandler((_, _) -> {});
              return thread;
            },
            LONG);
    voice.say("one");
    noThreadStays();
    voice.say("two");

    assertThat(heard.toString(UTF_8).lines()).containsExactly("two");
  }
}
