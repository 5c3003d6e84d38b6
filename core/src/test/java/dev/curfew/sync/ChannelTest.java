// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.TimeSource;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChannelTest {

  private static final Duration LONG = Duration.ofSeconds(10);
  private static final StopReason WHY = StopReason.requested("deploy");

  private final Channel<String> one = Channel.bounded("one", 1);

  private static void await(Channel<?> channel, String waiting) {
    Await.until(waiting, () -> channel.toString().contains(waiting));
  }

  private static Fork<String> ended(Fork<String> fork) {
    assertThat(fork.join(LONG)).isTrue();
    return fork;
  }

  @Test
  void itemsComeOutInTheOrderInWhichTheyWereSent() {
    Channel<Integer> channel = Channel.unbounded("numbers");
    for (int i = 0; i < 200; i++) {
      channel.send(i);
    }
    assertThat(channel.size()).isEqualTo(200);
    for (int i = 0; i < 200; i++) {
      assertThat(channel.receive()).contains(i);
    }
    assertThat(channel.tryReceive()).isEmpty();
  }

  @Test
  void aFullOneTakesNoMore() {
    Channel<String> two = Channel.bounded("two", 2);
    assertThat(two.trySend("a")).isTrue();
    assertThat(two.trySend("b", LONG)).isTrue();
    assertThat(two.trySend("c")).isFalse();
    assertThat(two.trySend("d", Duration.ZERO)).isFalse();
    assertThat(two.drainRemaining()).containsExactly("a", "b");
    assertThat(two).hasToString("channel 'two': 0 inside, 0 to send, 0 to receive");
  }

  @ParameterizedTest
  @EnumSource
  void aPipelineDeliversEverythingInOrder(Kind kind) throws Exception {
    Channel<Integer> first = Channel.bounded("first", 2);
    Channel<Integer> second = Channel.bounded("second", 0);
    List<Integer> received = new ArrayList<>();
    kind.play(
        scope -> {
          scope.fork(
              "numbers",
              () -> {
                try (first) {
                  for (int i = 0; i < 500; i++) {
                    first.send(i);
                  }
                }
                return "";
              });
          scope.fork(
              "doubles",
              () -> {
                try (second) {
                  first.forEach(number -> second.send(2 * number));
                }
                return "";
              });
          for (int number : second) {
            received.add(number);
          }
        });
    assertThat(received).hasSize(500).startsWith(0, 2, 4).isSorted().endsWith(998);
  }

  @ParameterizedTest
  @EnumSource
  void whoWaitsIsServedInTurnAndOneItemWakesOne(Kind kind) throws Exception {
    kind.play(
        scope -> {
          Fork<String> first = scope.fork("first", () -> one.receive().orElse("end"));
          await(one, "1 to receive");
          Fork<String> second = scope.fork("second", () -> one.receive().orElse("end"));
          await(one, "2 to receive");
          one.send("a");
          assertThat(ended(first).get()).isEqualTo("a");
          assertThat(one).hasToString("channel 'one': 0 inside, 0 to send, 1 to receive");
          one.send("b");
          assertThat(ended(second).get()).isEqualTo("b");
        });
  }

  @ParameterizedTest
  @EnumSource
  void sendersThatWaitAreLetInInTurnAndNobodyOvertakes(Kind kind) throws Exception {
    one.send("a");
    kind.play(
        scope -> {
          for (String item : List.of("b", "c")) {
            String before = item.equals("b") ? "1 to send" : "2 to send";
            scope.fork(
                item,
                () -> {
                  one.send(item);
                  return item;
                });
            await(one, before);
          }
          assertThat(one.receive()).contains("a");
          await(one, "1 to send");
          assertThat(one.trySend("d")).isFalse();
          assertThat(one.receive()).contains("b");
          assertThat(one.receive()).contains("c");
          scope.join();
        });
    assertThat(one).hasToString("channel 'one': 0 inside, 0 to send, 0 to receive");
  }

  @ParameterizedTest
  @EnumSource
  void withoutRoomAnItemGoesFromHandToHand(Kind kind) throws Exception {
    Channel<String> none = Channel.bounded("none", 0);
    assertThat(none.trySend("nobody waits")).isFalse();
    kind.play(
        scope -> {
          Fork<String> giver =
              scope.fork(
                  "giver",
                  () -> {
                    none.send("a");
                    return "sent";
                  });
          await(none, "1 to send");
          assertThat(none.size()).isZero();
          assertThat(none.tryReceive()).contains("a");
          assertThat(ended(giver).get()).isEqualTo("sent");
          Fork<String> taker = scope.fork("taker", () -> none.receive().orElse("end"));
          await(none, "1 to receive");
          assertThat(none.trySend("b")).isTrue();
          assertThat(ended(taker).get()).isEqualTo("b");
        });
  }

  @Test
  void aTimedWaitEndsWithTheTimeOfTheScope() throws Exception {
    ManualTime time = new ManualTime();
    one.send("full");
    Channel<String> empty = Channel.bounded("empty", 1);
    Kind.VIRTUAL.play(
        s -> s.withTime(time),
        scope -> {
          Fork<Boolean> giver = scope.fork("giver", () -> one.trySend("b", LONG));
          Fork<Optional<String>> taker = scope.fork("taker", () -> empty.receive(LONG));
          time.awaitAlarms(2);
          time.advance(LONG);
          scope.join();
          assertThat(giver.get()).isFalse();
          assertThat(taker.get()).isEmpty();
        });
    assertThat(one).hasToString("channel 'one': 1 inside, 0 to send, 0 to receive");
    assertThat(empty).hasToString("channel 'empty': 0 inside, 0 to send, 0 to receive");
    assertThat(empty.isDrained()).isFalse();
  }

  @Test
  void aClockThatThrowsLeavesNobodyInTheLine() throws Exception {
    TimeSource broken =
        new TimeSource() {
          @Override
          public long nanos() {
            return 0;
          }

          @Override
          public Alarm alarm(long atNanos, Runnable action) {
            throw new IllegalStateException("planted");
          }
        };
    Kind.VIRTUAL.play(
        s -> s.withTime(broken),
        scope ->
            assertThatThrownBy(() -> one.receive(LONG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("planted"));
    assertThat(one).hasToString("channel 'one': 0 inside, 0 to send, 0 to receive");
  }

  @Test
  void aClosedOneIsReceivedToItsEndAndTakesNoMore() {
    one.send("a");
    one.close();
    one.close();
    assertThat(one.isClosed()).isTrue();
    assertThat(one.isDrained()).isFalse();
    assertThat(one).hasToString("channel 'one': 1 inside, 0 to send, 0 to receive, closed");
    assertThatThrownBy(() -> one.send("b"))
        .isInstanceOf(ChannelClosedException.class)
        .hasMessage(
            "channel 'one' was closed, the item was not sent: end the senders, then close it")
        .hasNoCause();
    assertThatThrownBy(() -> one.trySend("b")).isInstanceOf(ChannelClosedException.class);
    assertThatThrownBy(() -> one.trySend("b", LONG)).isInstanceOf(ChannelClosedException.class);
    assertThat(one.receive()).contains("a");
    assertThat(one.isDrained()).isTrue();
    assertThat(one.receive()).isEmpty();
    assertThat(one.receive(LONG)).isEmpty();
    assertThat(one.tryReceive()).isEmpty();
  }

  @Test
  void aFailureIsToldToWhoSendsAndToWhoHasReceivedTheRest() {
    IOException full = new IOException("disk full");
    one.send("a");
    assertThat(one.closeWith(full)).isTrue();
    assertThat(one.closeWith(new IOException("too late"))).isFalse();
    assertThatThrownBy(() -> one.send("b"))
        .isInstanceOf(ChannelClosedException.class)
        .hasMessage(
            "channel 'one' was closed because of java.io.IOException: disk full, the item was not"
                + " sent: end the senders, then close it")
        .hasCause(full);
    assertThat(one.receive()).contains("a");
    String told =
        "channel 'one' was closed because of java.io.IOException: disk full; all that was sent"
            + " before has been received";
    assertThatThrownBy(one::receive)
        .isInstanceOf(ChannelClosedException.class)
        .hasMessage(told)
        .hasCause(full);
    assertThatThrownBy(() -> one.receive(LONG)).hasMessage(told);
    assertThatThrownBy(one::tryReceive).hasMessage(told);
    assertThatThrownBy(() -> one.iterator().hasNext()).hasMessage(told);
    assertThat(one.drainRemaining()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void closingEndsTheWaitsOfBothEnds(Kind kind) throws Exception {
    Channel<String> empty = Channel.bounded("empty", 1);
    Channel<String> broken = Channel.bounded("broken", 1);
    one.send("a");
    kind.play(
        scope -> {
          Fork<String> taker = scope.fork("taker", () -> empty.receive().orElse("end"));
          Fork<String> told =
              scope.fork(
                  "told",
                  () -> {
                    assertThatThrownBy(broken::receive)
                        .isInstanceOf(ChannelClosedException.class)
                        .hasMessageContaining("disk full");
                    return "told";
                  });
          Fork<String> giver =
              scope.fork(
                  "giver",
                  () -> {
                    assertThatThrownBy(() -> one.send("b"))
                        .isInstanceOf(ChannelClosedException.class);
                    return "told";
                  });
          await(empty, "1 to receive");
          await(broken, "1 to receive");
          await(one, "1 to send");
          empty.close();
          broken.closeWith(new IOException("disk full"));
          one.close();
          assertThat(ended(taker).get()).isEqualTo("end");
          assertThat(ended(told).get()).isEqualTo("told");
          assertThat(ended(giver).get()).isEqualTo("told");
        });
    assertThat(one.drainRemaining()).containsExactly("a");
  }

  @ParameterizedTest
  @EnumSource
  void drainingTakesAlsoWhatWaitsToBeSent(Kind kind) throws Exception {
    one.send("a");
    kind.play(
        scope -> {
          Fork<String> giver =
              scope.fork(
                  "giver",
                  () -> {
                    one.send("b");
                    return "sent";
                  });
          await(one, "1 to send");
          assertThat(one.drainRemaining()).containsExactly("a", "b");
          assertThat(ended(giver).get()).isEqualTo("sent");
        });
    assertThat(one.drainRemaining()).isEmpty();
  }

  @Test
  void whatIsTriedDoesNotLookAtTheStop() {
    List<String> back = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Kind.VIRTUAL.play(
                    scope -> {
                      scope.stop(WHY);
                      assertThat(one.trySend("a")).isTrue();
                      one.tryReceive().ifPresent(back::add);
                      assertThat(one.trySend("b")).isTrue();
                      back.addAll(one.drainRemaining());
                      Curfew.sleep(LONG);
                    }))
        .isInstanceOf(StoppedException.class);
    assertThat(back).containsExactly("a", "b");
  }

  @ParameterizedTest
  @EnumSource
  void inAShieldAWaitGoesOnThroughTheStop(Kind kind) throws Exception {
    AtomicReference<Optional<String>> taken = new AtomicReference<>();
    kind.play(
        scope -> {
          Fork<String> taker =
              scope.fork(
                  "taker",
                  () -> {
                    Curfew.shield(LONG, () -> taken.set(one.receive()));
                    Curfew.sleep(LONG);
                    return "";
                  });
          await(one, "1 to receive");
          taker.stop(WHY);
          one.send("a");
          assertThat(taker.join(LONG)).isTrue();
        });
    assertThat(taken.get()).contains("a");
  }

  @Test
  void anIteratorKeepsWhatItHasTakenAndEndsWithTheChannel() {
    one.send("a");
    one.close();
    Iterator<String> items = one.iterator();
    assertThat(items.hasNext()).isTrue();
    assertThat(items.hasNext()).isTrue();
    assertThat(items.next()).isEqualTo("a");
    assertThat(items.hasNext()).isFalse();
    assertThatThrownBy(items::next)
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("channel 'one' is closed and drained");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> Channel.bounded("odd", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("channel 'odd' cannot hold -1 items");
    Duration past = Duration.ofSeconds(-1);
    assertThatThrownBy(() -> one.receive(past))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a wait cannot end in the past: PT-1S");
    assertThatThrownBy(() -> one.trySend("a", past)).isInstanceOf(IllegalArgumentException.class);
    assertThat(one).hasToString("channel 'one': 0 inside, 0 to send, 0 to receive");
  }
}
