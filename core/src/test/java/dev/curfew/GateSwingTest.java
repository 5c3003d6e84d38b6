// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The machine behind checkpoints, on gates of the tests' own.
class GateSwingTest {

  private static final MethodType TYPE = MethodType.methodType(void.class);
  private static final Duration QUIET = Duration.ofMillis(50);
  private static final Duration CALM = Duration.ofMinutes(5);
  private static final AtomicInteger LOOKS = new AtomicInteger();

  private final ManualTime time = new ManualTime();
  private final MutableCallSite one = new MutableCallSite(MethodHandles.empty(TYPE));
  private final MutableCallSite two = new MutableCallSite(MethodHandles.empty(TYPE));
  private final Object holder = new Object();
  private final Thread self = Thread.currentThread();

  static void look() {
    LOOKS.incrementAndGet();
  }

  private Gate gate(boolean free) throws ReflectiveOperationException {
    return gate(free, Gate.SHORTEST_QUIET);
  }

  private Gate gate(boolean free, long shortestQuiet) throws ReflectiveOperationException {
    return gate(free, shortestQuiet, time);
  }

  private Gate gate(boolean free, long shortestQuiet, TimeSource time)
      throws ReflectiveOperationException {
    MethodHandle look = MethodHandles.lookup().findStatic(GateSwingTest.class, "look", TYPE);
    return new Gate(
        "test",
        look,
        new Gate.Sites(List.of(one, two)),
        new GateForm(free, "the test says so"),
        shortestQuiet,
        time);
  }

  private int looksOf(MutableCallSite site) {
    int before = LOOKS.get();
    try {
      site.getTarget().invokeExact();
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return LOOKS.get() - before;
  }

  private void holdFor(Gate gate, List<Thread> threads) {
    gate.hold(holder, threads);
    assertThat(gate.isOpenFor(threads.getFirst())).isTrue();
  }

  private void closeAfter(Gate gate, Duration quiet) {
    gate.release(holder);
    time.advance(quiet);
    Await.until("it is closed", () -> !gate.isOpen());
    gate.release("nobody"); // comes in after the swing
  }

  private static Thread other() {
    return new Thread(() -> {});
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void allSitesLookWhileItIsHeldForTheThreadAndNotBeforeOrAfter(boolean free) throws Exception {
    Gate gate = gate(free);
    assertThat(List.of(looksOf(one), looksOf(two))).containsExactly(0, 0);
    holdFor(gate, List.of(self));
    assertThat(List.of(looksOf(one), looksOf(two))).containsExactly(1, 1);
    closeAfter(gate, QUIET);
    assertThat(List.of(looksOf(one), looksOf(two))).containsExactly(0, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 100, 1000})
  void onlyThreadsThatAreWantedLook(int wanted) throws Exception {
    Gate gate = gate(true);
    List<Thread> threads =
        new ArrayList<>(Stream.generate(GateSwingTest::other).limit(wanted).toList());
    holdFor(gate, threads);
    assertThat(looksOf(one)).isZero();
    threads.set(wanted - 1, self);
    gate.hold(holder, threads);
    Await.until("it has widened", () -> looksOf(one) == 1);
  }

  @Test
  void everybodyLooksWhenVeryManyAreWanted() throws Exception {
    Gate gate = gate(true);
    holdFor(gate, Stream.generate(GateSwingTest::other).limit(2000).toList());
    assertThat(looksOf(one)).isEqualTo(1);
  }

  @Test
  void threadsOfHoldsThatAreOverAreForgottenWhenItWidens() throws Exception {
    Gate gate = gate(true);
    holdFor(gate, List.of(self));
    gate.release(holder);
    assertThat(looksOf(one)).isEqualTo(1);
    gate.hold(new Object(), List.of(other()));
    Await.until("it has widened", () -> looksOf(one) == 0);
  }

  @Test
  void itStaysOpenForTheQuietTimeAndWhileAnotherHolds() throws Exception {
    Gate gate = gate(true);
    Object another = new Object();
    holdFor(gate, List.of(self));
    gate.hold(another, List.of(self));
    gate.release(holder);
    time.advance(Duration.ofHours(1));
    assertThat(looksOf(one)).isEqualTo(1);
    gate.release(another);
    time.advance(QUIET.minusNanos(1));
    assertThat(looksOf(one)).isEqualTo(1);
    time.advance(Duration.ofNanos(1));
    Await.until("it is closed", () -> !gate.isOpen());
  }

  @Test
  void aHoldWithinTheQuietTimeMakesItBeginAnew() throws Exception {
    Gate gate = gate(true);
    holdFor(gate, List.of(self));
    gate.release(holder);
    time.advance(QUIET.minusNanos(1));
    gate.hold(holder, List.of(self));
    gate.release(holder);
    time.advance(Duration.ofNanos(1));
    time.awaitAlarms(1); // for the rest of the new quiet time
    assertThat(gate.isOpen()).isTrue();
    time.advance(QUIET);
    Await.until("it is closed", () -> !gate.isOpen());
  }

  @Test
  void theQuietTimeDoublesWhileStopsKeepComing() throws Exception {
    Gate gate = gate(true);
    holdFor(gate, List.of(self));
    closeAfter(gate, QUIET);
    holdFor(gate, List.of(self));
    gate.release(holder);
    time.advance(QUIET.multipliedBy(2).minusNanos(1));
    assertThat(gate.isOpen()).isTrue();
    time.advance(Duration.ofNanos(1));
    Await.until("it is closed", () -> !gate.isOpen());
    assertThat(gate.figures(List.of()).openings()).isEqualTo(2);
    time.advance(QUIET.multipliedBy(4)); // and is short again when none has come for long
    holdFor(gate, List.of(self));
    closeAfter(gate, QUIET);
  }

  @Test
  void whoStopsItselfFindsItOpenAndItClosesByItself() throws Exception {
    Gate gate = gate(true);
    gate.openNow();
    assertThat(looksOf(one)).isEqualTo(1);
    time.advance(QUIET);
    time.awaitAlarms(1);
    time.advance(QUIET);
    Await.until("it is closed", () -> !gate.isOpen());
  }

  /// It swings for each new thread.
  private void makeItBusy(Gate gate) {
    for (int i = 0; i <= GateAccount.BURST; i++) {
      long before = gate.figures(List.of()).openings();
      int looks = looksOf(one);
      Thread opener = Thread.ofPlatform().start(gate::openNow);
      join(opener);
      assertThat(looks).isZero();
      assertThat(before).isLessThanOrEqualTo(1);
    }
  }

  private static void join(Thread thread) {
    try {
      assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void itSettlesOnTheVolatileFormWhenItSwingsTooOften() throws Exception {
    Gate gate = gate(true);
    makeItBusy(gate);
    assertThat(gate.form()).isEqualTo(new GateForm(false, "stops came too often for swinging"));
    MethodHandle target = one.getTarget();
    assertThat(looksOf(one)).isZero();
    holdFor(gate, List.of(self));
    Await.until("it looks", () -> looksOf(one) == 1);
    assertThat(one.getTarget()).isSameAs(target);
    gate.release(holder);
    time.advance(Duration.ofSeconds(1));
    Await.until("all have let go", () -> !gate.isOpen());
    holdFor(gate, List.of(self));
    gate.release(holder);
    assertThat(gate.isOpen()).isFalse(); // no quiet time where nothing swings
    assertThat(looksOf(one)).isZero();
  }

  @Test
  void itIsFreeAgainWhenStopsHaveBeenRareForLong() throws Exception {
    Gate gate = gate(true);
    makeItBusy(gate);
    time.advance(Duration.ofSeconds(1));
    Await.until("all have let go", () -> !gate.isOpen());
    time.awaitAlarms(1);
    time.advance(CALM.minusSeconds(1));
    holdFor(gate, List.of(self));
    gate.release(holder);
    time.advance(Duration.ofSeconds(1));
    time.awaitAlarms(1); // calm again only since the last one
    assertThat(gate.form().isFree()).isFalse();
    time.advance(CALM.minusSeconds(1));
    Await.until("it is free", () -> gate.form().isFree());
    assertThat(gate.form().why()).isEqualTo("the test says so");
    holdFor(gate, List.of(self));
    assertThat(looksOf(one)).isEqualTo(1);
  }

  @Test
  void aGateForWhichNoAlarmCanBeHadIsClosedByTheNextOneWhoComes() throws Exception {
    Gate gate = gate(true, Gate.SHORTEST_QUIET, new ScarceTime(time));
    holdFor(gate, List.of(self));
    assertThatThrownBy(() -> gate.release(holder)).isInstanceOf(OutOfMemoryError.class);
    holdFor(gate, List.of(self));
    closeAfter(gate, QUIET);
  }

  @Test
  void whoStopsItselfIsNotHeldForEverWhereNoAlarmCanBeHad() throws Exception {
    Gate gate = gate(true, Gate.SHORTEST_QUIET, new ScarceTime(time));
    assertThatThrownBy(gate::openNow).isInstanceOf(OutOfMemoryError.class);
    time.advance(QUIET);
    Await.until("it is closed", () -> !gate.isOpen());
  }

  /// Has no thread for the first alarm.
  private static final class ScarceTime implements TimeSource {
    private final ManualTime time;
    private final AtomicBoolean first = new AtomicBoolean(true);

    ScarceTime(ManualTime time) {
      this.time = time;
    }

    @Override
    public long nanos() {
      return time.nanos();
    }

    @Override
    public Alarm alarm(long atNanos, Runnable action) {
      if (first.getAndSet(false)) {
        throw new OutOfMemoryError("planted: unable to create native thread");
      }
      return time.alarm(atNanos, action);
    }
  }

  @Test
  void aFewStopsASpellApartAreNoReasonToSettle() throws Exception {
    Gate gate = gate(true);
    for (int i = 0; i < 50; i++) {
      holdFor(gate, List.of(self));
      closeAfter(gate, QUIET);
      time.advance(Duration.ofSeconds(4));
    }
    assertThat(gate.form().isFree()).isTrue();
    assertThat(gate.figures(List.of()).openings()).isEqualTo(50);
    assertThat(gate.figures(List.of()).open()).isEqualTo(QUIET.multipliedBy(50));
    assertThat(gate.figures(List.of()).swinging()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyThreadsHoldAndReleaseIt(boolean free) throws Exception {
    Gate gate = gate(free);
    List<Thread> threads = new ArrayList<>();
    AtomicInteger blind = new AtomicInteger();
    for (int i = 0; i < 4; i++) {
      threads.add(Thread.ofPlatform().start(() -> holdOften(gate, blind)));
    }
    threads.forEach(GateSwingTest::join);
    assertThat(blind).hasValue(0);
    while (time.waiting() > 0 && gate.isOpen()) {
      time.advance(Duration.ofSeconds(5));
    }
    Await.until("it is closed", () -> !gate.isOpen());
  }

  private void holdOften(Gate gate, AtomicInteger blind) {
    Thread me = Thread.currentThread();
    for (int i = 0; i < 50; i++) {
      Object mine = new Object();
      gate.hold(mine, List.of(me));
      Await.until("it is open", () -> gate.isOpenFor(me));
      if (!gate.isOpen()) {
        blind.incrementAndGet();
      }
      gate.release(mine);
    }
  }

  @Test
  void aCheckThatThrowsGetsOut() throws Exception {
    MethodHandle look = MethodHandles.lookup().findStatic(GateSwingTest.class, "fail", TYPE);
    Gate gate =
        new Gate(
            "test",
            look,
            new Gate.Sites(List.of(one)),
            new GateForm(true, ""),
            Gate.SHORTEST_QUIET,
            time);
    holdFor(gate, List.of(self));
    assertThatExceptionOfType(StoppedException.class).isThrownBy(() -> looksOf(one));
  }

  static void fail() {
    throw new StoppedException(StopReason.requested("test"));
  }

  /// Somebody else holds it all the time; a thread that is to be left in peace is, nevertheless.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutAQuietTimeItIsOpenForThoseAloneWhoAreHeld(boolean free)
      throws ReflectiveOperationException {
    Gate gate = gate(free, 0);
    Thread other = other();
    gate.hold("other", List.of(other));
    holdFor(gate, List.of(self));
    assertThat(gate.isOpenFor(other)).isTrue();
    assertThat(looksOf(one)).isOne();

    gate.release(holder);
    assertThat(gate.isOpenFor(self)).isFalse();
    assertThat(gate.isOpenFor(other)).isTrue();
    assertThat(looksOf(one)).isZero();

    Thread third = other();
    gate.hold("other", List.of(other, third));
    Await.until("it is open for both", () -> gate.isOpenFor(third));
    gate.hold("other", List.of(third));
    Await.until("it is closed for one of them", () -> !gate.isOpenFor(other));
    assertThat(gate.isOpenFor(third)).isTrue();

    gate.release("other");
    assertThat(gate.isOpen()).isFalse();
  }
}
