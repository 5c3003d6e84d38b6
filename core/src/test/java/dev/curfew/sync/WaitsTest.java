// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.curfew.Curfew;
import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every wait of this package.
class WaitsTest {

  private static final StopReason WHY = StopReason.requested("deploy");
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration HOUR = Duration.ofHours(1);

  /// A way to wait: on something that never comes, and on something that is there.
  ///
  /// @param blocked waits
  /// @param free need not wait
  /// @param untouched whether nothing was taken and nobody is left in a line
  record Way(Runnable blocked, Runnable free, Supplier<Boolean> untouched) {}

  enum Ways {
    SEND,
    TRY_SEND,
    RECEIVE,
    RECEIVE_WITHIN,
    ITERATE,
    ACQUIRE,
    TRY_ACQUIRE,
    AWAIT,
    AWAIT_WITHIN;

    Way make() {
      return switch (this) {
        case SEND -> sending(channel -> channel.send("b"));
        case TRY_SEND -> sending(channel -> assertThat(channel.trySend("b", HOUR)).isTrue());
        case RECEIVE -> receiving(channel -> assertThat(channel.receive()).isPresent());
        case RECEIVE_WITHIN -> receiving(channel -> assertThat(channel.receive(HOUR)).isPresent());
        case ITERATE -> receiving(channel -> assertThat(channel.iterator().next()).isNotNull());
        case ACQUIRE -> acquiring(permits -> assertThat(permits.acquire()).isNotNull());
        case TRY_ACQUIRE -> acquiring(permits -> assertThat(permits.tryAcquire(HOUR)).isPresent());
        case AWAIT -> awaiting(Latch::await);
        case AWAIT_WITHIN -> awaiting(latch -> assertThat(latch.await(HOUR)).isTrue());
      };
    }

    private static Way sending(Consumer<Channel<String>> call) {
      Channel<String> full = Channel.bounded("full", 1);
      Channel<String> empty = Channel.bounded("empty", 1);
      full.send("a");
      return new Way(
          () -> call.accept(full),
          () -> call.accept(empty),
          () ->
              full.toString().equals("channel 'full': 1 inside, 0 to send, 0 to receive")
                  && empty.size() == 0);
    }

    private static Way receiving(Consumer<Channel<String>> call) {
      Channel<String> full = Channel.bounded("full", 1);
      Channel<String> empty = Channel.bounded("empty", 1);
      full.send("a");
      return new Way(
          () -> call.accept(empty),
          () -> call.accept(full),
          () ->
              empty.toString().equals("channel 'empty': 0 inside, 0 to send, 0 to receive")
                  && full.size() == 1);
    }

    private static Way acquiring(Consumer<Permits> call) {
      Permits taken = new Permits("taken", 1);
      Permits free = new Permits("free", 1);
      assertThat(taken.tryAcquire()).isPresent();
      return new Way(
          () -> call.accept(taken),
          () -> call.accept(free),
          () ->
              taken.toString().equals("permits 'taken': 0 of 1 free, 0 waiting")
                  && free.available() == 1);
    }

    private static Way awaiting(Consumer<Latch> call) {
      Latch closed = new Latch("closed", 1);
      Latch open = new Latch("open", 0);
      return new Way(() -> call.accept(closed), () -> call.accept(open), () -> true);
    }
  }

  static Stream<Arguments> waysOnBothKinds() {
    return Stream.of(Ways.values())
        .flatMap(way -> Stream.of(Kind.values()).map(kind -> Arguments.of(way, kind)));
  }

  static Stream<Ways> ways() {
    return Stream.of(Ways.values());
  }

  /// How a wait in a fork went.
  ///
  /// @param thrown what it threw
  /// @param flag whether the interrupt flag was set then
  private record End(Throwable thrown, boolean flag) {}

  /// A fork that waits, and its thread.
  private static final class Waiter {
    private final AtomicReference<Thread> thread = new AtomicReference<>();
    private final Fork<End> fork;

    Waiter(Scope scope, Runnable blocked) {
      fork =
          scope.fork(
              "waits",
              () -> {
                thread.set(Thread.currentThread());
                Throwable thrown = catchThrowable(blocked::run);
                return new End(thrown, Thread.currentThread().isInterrupted());
              });
    }

    void awaitParked() {
      Await.until(
          "it waits",
          () ->
              thread.get() != null
                  && switch (thread.get().getState()) {
                    case WAITING, TIMED_WAITING -> true;
                    default -> false;
                  });
    }

    End end() {
      assertThat(fork.join(LONG)).isTrue();
      return fork.get();
    }
  }

  @ParameterizedTest
  @MethodSource("waysOnBothKinds")
  void aStopEndsItWithoutAnInterrupt(Ways ways, Kind kind) throws Exception {
    Way way = ways.make();
    kind.play(
        scope -> {
          Waiter waiter = new Waiter(scope, way.blocked);
          waiter.awaitParked();
          waiter.fork.stop(WHY);
          End end = waiter.end();
          assertThat(end.thrown).isInstanceOf(StoppedException.class).hasNoCause();
          assertThat(((StoppedException) end.thrown).reason()).isEqualTo(WHY);
          assertThat(end.flag).isFalse();
        });
    assertThat(way.untouched.get()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("waysOnBothKinds")
  void anInterruptFromOutsideEndsItAndStays(Ways ways, Kind kind) throws Exception {
    Way way = ways.make();
    kind.play(
        scope -> {
          Waiter waiter = new Waiter(scope, way.blocked);
          waiter.awaitParked();
          waiter.thread.get().interrupt();
          End end = waiter.end();
          assertThat(end.thrown).isInstanceOf(StoppedException.class);
          assertThat(((StoppedException) end.thrown).reason())
              .isInstanceOf(StopReason.ForeignInterrupt.class);
          assertThat(end.flag).isTrue();
        });
    assertThat(way.untouched.get()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("waysOnBothKinds")
  void aDeadlineOfTheScopeEndsIt(Ways ways, Kind kind) throws Exception {
    Way way = ways.make();
    ManualTime time = new ManualTime();
    List<Waiter> waiters = new ArrayList<>();
    assertThatThrownBy(
            () ->
                kind.play(
                    s -> s.withTime(time).withDeadline(Duration.ofSeconds(1)),
                    scope -> {
                      waiters.add(new Waiter(scope, way.blocked));
                      waiters.getFirst().awaitParked();
                      time.advance(Duration.ofSeconds(1));
                      way.blocked.run();
                    }))
        .isInstanceOf(DeadlineExceededException.class);
    Fork<End> fork = waiters.getFirst().fork;
    assertThat(fork.outcome()).containsInstanceOf(Outcome.Succeeded.class);
    assertThat(((StoppedException) fork.get().thrown).reason().root())
        .isInstanceOf(StopReason.DeadlinePassed.class);
    assertThat(way.untouched.get()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void inAStoppedScopeItThrowsAndTakesNothingEvenIfItNeedNotWait(Ways ways) {
    Way way = ways.make();
    try (Scope scope = Scope.open("app")) { // this form is not interrupted
      scope.stop(WHY);
      assertThatThrownBy(way.free::run).isInstanceOf(StoppedException.class);
    }
    assertThat(way.untouched.get()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void withTheFlagSetItThrowsAndTakesNothingEvenIfItNeedNotWait(Ways ways) {
    Way way = ways.make();
    Thread.currentThread().interrupt();
    Throwable thrown = catchThrowable(way.free::run);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown)
        .asInstanceOf(type(StoppedException.class))
        .satisfies(
            stopped ->
                assertThat(stopped.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
    assertThat(way.untouched.get()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void inAShieldTheStopIsNotSeen(Ways ways) {
    Way way = ways.make();
    assertThatThrownBy(
            () ->
                Kind.VIRTUAL.play(
                    scope -> {
                      scope.stop(WHY);
                      Curfew.shield(LONG, way.free::run);
                      Curfew.sleep(LONG);
                    }))
        .isInstanceOf(StoppedException.class);
    assertThat(way.untouched.get()).isEqualTo(ways.name().startsWith("AWAIT"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void outsideOfAllScopesItWorksToo(Ways ways) {
    Way way = ways.make();
    way.free.run();
    assertThat(way.untouched.get()).isEqualTo(ways.name().startsWith("AWAIT"));
  }
}
