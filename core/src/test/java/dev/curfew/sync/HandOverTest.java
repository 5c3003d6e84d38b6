// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.mutex.Mutex;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A stop, an interrupt or the end of the time, in the very moment of a hand-over.
///
/// The test holds the mutex while it cuts the wait short, so that the thread which waits comes as
/// far as wanting to leave the line; then, with the mutex still held, the test serves it.
class HandOverTest {

  private static final StopReason WHY = StopReason.requested("deploy");
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final HeldMutex mutex = new HeldMutex();
  private final Channel<String> channel = new Channel<>("lines", new Exchange<>("lines", 1, mutex));

  /// One that its holder may enter again, and that knows how many want to come in.
  private static final class HeldMutex extends Mutex {

    final ReentrantLock lock = new ReentrantLock();

    @Override
    public Mutex enter() {
      lock.lock();
      return this;
    }

    @Override
    public void close() {
      lock.unlock();
    }
  }

  private void inOneMoment(int leaving, Runnable cut, Runnable serve) {
    try (Mutex _ = mutex.enter()) {
      cut.run();
      Await.until(
          "all that are cut short want to leave", () -> mutex.lock.getQueueLength() == leaving);
      serve.run();
    }
  }

  private static void awaitLine(Object line, String waiting) {
    Await.until(waiting, () -> line.toString().contains(waiting));
  }

  private String receiveAndBeStoppedByTheNextCheck() {
    Optional<String> taken = channel.receive();
    assertThatThrownBy(channel::receive).isInstanceOf(StoppedException.class);
    return taken.orElse("lost");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsGivenInTheMomentOfAStopIsReturned(Kind kind) throws Exception {
    kind.play(
        scope -> {
          Fork<String> taker = scope.fork("taker", this::receiveAndBeStoppedByTheNextCheck);
          awaitLine(channel, "1 to receive");
          inOneMoment(1, () -> taker.stop(WHY), () -> channel.send("the last"));
          assertThat(taker.join(LONG)).isTrue();
          assertThat(taker.get()).isEqualTo("the last");
          assertThat(channel).hasToString("channel 'lines': 0 inside, 0 to send, 0 to receive");
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatIsGivenInTheMomentOfAnInterruptIsReturnedAndTheFlagStays(Kind kind) throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    kind.play(
        scope -> {
          Fork<String> taker =
              scope.fork(
                  "taker",
                  () -> {
                    thread.set(Thread.currentThread());
                    String taken = channel.receive().orElse("lost");
                    return taken + " " + Thread.currentThread().isInterrupted();
                  });
          awaitLine(channel, "1 to receive");
          inOneMoment(1, () -> thread.get().interrupt(), () -> channel.send("the last"));
          assertThat(taker.join(LONG)).isTrue();
          assertThat(taker.get()).isEqualTo("the last true");
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatIsGivenInTheLastMomentIsReturned(Kind kind) throws Exception {
    ManualTime time = new ManualTime();
    kind.play(
        s -> s.withTime(time),
        scope -> {
          Fork<Optional<String>> taker = scope.fork("taker", () -> channel.receive(SECOND));
          time.awaitAlarms(1);
          inOneMoment(1, () -> time.advance(SECOND), () -> channel.send("the last"));
          assertThat(taker.join(LONG)).isTrue();
          assertThat(taker.get()).contains("the last");
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatIsTakenInTheMomentOfAStopWasSent(Kind kind) throws Exception {
    List<String> received = new ArrayList<>();
    channel.send("first");
    kind.play(
        scope -> {
          Fork<String> giver =
              scope.fork(
                  "giver",
                  () -> {
                    channel.send("second");
                    assertThatThrownBy(() -> Curfew.sleep(LONG))
                        .isInstanceOf(StoppedException.class);
                    return "sent";
                  });
          awaitLine(channel, "1 to send");
          inOneMoment(
              1, () -> giver.stop(WHY), () -> received.add(channel.receive().orElseThrow()));
          assertThat(giver.join(LONG)).isTrue();
          assertThat(giver.get()).isEqualTo("sent");
        });
    received.addAll(channel.drainRemaining());
    assertThat(received).containsExactly("first", "second");
  }

  @ParameterizedTest
  @EnumSource
  void aPermitGivenInTheMomentOfAStopIsReturned(Kind kind) throws Exception {
    Permits permits = new Permits("connections", 1, mutex);
    Permit mine = permits.acquire();
    kind.play(
        scope -> {
          Fork<Boolean> taker =
              scope.fork(
                  "taker",
                  () -> {
                    try (Permit _ = permits.acquire()) {
                      return permits.available() == 0;
                    }
                  });
          awaitLine(permits, "1 waiting");
          inOneMoment(1, () -> taker.stop(WHY), mine::close);
          assertThat(taker.join(LONG)).isTrue();
          assertThat(taker.get()).isTrue();
        });
    assertThat(permits).hasToString("permits 'connections': 1 of 1 free, 0 waiting");
  }

  @ParameterizedTest
  @EnumSource
  void whoLeftTheLineIsPassedOver(Kind kind) throws Exception {
    kind.play(
        scope -> {
          Fork<Optional<String>> first = scope.fork("first", () -> channel.receive());
          awaitLine(channel, "1 to receive");
          Fork<Optional<String>> second = scope.fork("second", () -> channel.receive());
          awaitLine(channel, "2 to receive");
          first.stop(WHY);
          assertThat(first.join(LONG)).isTrue();
          channel.send("for the second");
          assertThat(second.join(LONG)).isTrue();
          assertThat(second.get()).contains("for the second");
        });
  }

  @ParameterizedTest
  @EnumSource
  void twoItemsInTheMomentOfAStopReachTheTwoWhoWait(Kind kind) throws Exception {
    kind.play(
        scope -> {
          Fork<Optional<String>> first = scope.fork("first", () -> channel.receive());
          awaitLine(channel, "1 to receive");
          Fork<Optional<String>> second = scope.fork("second", () -> channel.receive());
          awaitLine(channel, "2 to receive");
          inOneMoment(
              1,
              () -> first.stop(WHY),
              () -> {
                channel.send("a");
                channel.send("b");
              });
          assertThat(first.join(LONG)).isTrue();
          assertThat(second.join(LONG)).isTrue();
          assertThat(first.get()).contains("a");
          assertThat(second.get()).contains("b");
        });
  }

  @ParameterizedTest
  @EnumSource
  void closingInTheMomentOfAStopTellsTheSenderItWasNotSent(Kind kind) throws Exception {
    channel.send("first");
    kind.play(
        scope -> {
          Fork<String> giver =
              scope.fork(
                  "giver",
                  () -> {
                    assertThatThrownBy(() -> channel.send("second"))
                        .isInstanceOf(ChannelClosedException.class)
                        .hasMessageContaining("the item was not sent");
                    return "told";
                  });
          awaitLine(channel, "1 to send");
          inOneMoment(1, () -> giver.stop(WHY), channel::close);
          assertThat(giver.join(LONG)).isTrue();
          assertThat(giver.get()).isEqualTo("told");
        });
    assertThat(channel.drainRemaining()).containsExactly("first");
  }
}
