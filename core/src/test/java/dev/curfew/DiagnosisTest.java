// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static dev.curfew.Latches.waitDeafly;
import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a report says about each kind of straggler; calls that block are in `BlockersTest`.
class DiagnosisTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final Duration SURE = Duration.ofMillis(120);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final CountDownLatch in = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);

  static Scope open(boolean virtual) {
    return Scope.open("app", s -> virtual ? s : s.withPlatformThreads());
  }

  /// Stops a fork that has begun and does not end, and frees it when its verdict is read.
  private StopReport.Straggler late(boolean virtual, Callable<?> body, Runnable free) {
    try (Scope scope = open(virtual)) {
      scope.fork("late", body);
      Latches.await(in);
      scope.stop(WHY);
      try {
        return onceSure(scope, "app/late");
      } finally {
        free.run();
      }
    }
  }

  private StopReport.Straggler late(boolean virtual, Runnable body) {
    return late(
        virtual,
        () -> {
          body.run();
          return null;
        },
        over::countDown);
  }

  /// {@return what is said when it has been looked at for a while, and was woken again}
  static StopReport.Straggler onceSure(Scope scope, String path) {
    AtomicReference<StopReport.Straggler> late = new AtomicReference<>();
    Await.until(
        "it is sure",
        () -> {
          late.set(straggler(scope, path));
          return late.get().age().compareTo(SURE) > 0 && late.get().verdict().looks() == 3;
        });
    return late.get();
  }

  private static StopReport.Straggler straggler(Scope scope, String path) {
    return scope.report().orElseThrow().parts().stream()
        .filter(part -> part.path().equals(path))
        .findFirst()
        .flatMap(StopReport.Part::straggler)
        .orElseThrow();
  }

  static void assertVerdict(
      StopReport.Straggler late, Verdict.Kind kind, String place, String advice) {
    Verdict verdict = late.verdict();
    assertThat(verdict.kind()).as(verdict + "\n" + late.stack()).isEqualTo(kind);
    assertThat(verdict.place()).matches(place);
    assertThat(verdict.advice()).isEqualTo(advice);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneHotMethodIsNamed(boolean virtual) {
    assertVerdict(
        late(virtual, this::spin),
        Verdict.Kind.CPU_BOUND,
        "DiagnosisTest\\.spin at DiagnosisTest\\.java:\\d+",
        "call Curfew.checkpoint() in its loop, or weave one in");
  }

  private void spin() {
    in.countDown();
    while (over.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofChangingPlacesTheMethodThatHoldsThemIsNamed(boolean virtual) {
    AtomicInteger turn = new AtomicInteger();
    try (Scope scope = open(virtual)) {
      scope.fork("late", () -> wander(turn));
      Latches.await(in);
      scope.stop(WHY);
      AtomicReference<StopReport.Straggler> late =
          new AtomicReference<>(straggler(scope, "app/late"));
      Await.until(
          "it was seen in both places",
          () -> {
            turn.incrementAndGet();
            late.set(straggler(scope, "app/late"));
            Verdict verdict = late.get().verdict();
            return verdict.looks() == 3 && verdict.kind() == Verdict.Kind.NEVER_CHECKED;
          });
      over.countDown();
      assertVerdict(
          late.get(),
          Verdict.Kind.NEVER_CHECKED,
          "DiagnosisTest\\.wander at DiagnosisTest\\.java:\\d+",
          "call Curfew.checkpoint() in its loop, or weave one in");
    }
  }

  private void wander(AtomicInteger turn) {
    in.countDown();
    while (over.getCount() > 0) {
      if (turn.get() % 2 == 0) {
        even(turn);
      } else {
        odd(turn);
      }
    }
  }

  private void even(AtomicInteger turn) {
    while (turn.get() % 2 == 0 && over.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private void odd(AtomicInteger turn) {
    while (turn.get() % 2 == 1 && over.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoSawTheStopAndGoesOnHasSwallowedIt(boolean virtual) {
    Runnable body =
        () -> {
          in.countDown();
          while (over.getCount() > 0) {
            try {
              Curfew.sleep(LONG);
            } catch (StoppedException swallowed) {
              waitDeafly(over);
            }
          }
        };
    assertVerdict(
        late(virtual, body),
        Verdict.Kind.SWALLOWED,
        ".*Latches\\.java:\\d+",
        "let StoppedException and InterruptedException pass; put clean-up into Curfew.shield");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoTookTheInterruptAndGoesOnHasSwallowedIt(boolean virtual) {
    Runnable body =
        () -> {
          in.countDown();
          waitDeafly(over);
        };
    StopReport.Straggler late = late(virtual, body);
    assertThat(late.verdict().kind()).as(late.toString()).isEqualTo(Verdict.Kind.SWALLOWED);
    assertThat(late.thread()).isEqualTo("late");
    assertThat(late.age()).isGreaterThan(SURE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoDidSoInAScopeOfItsOwnToo(boolean virtual) {
    Runnable body =
        () ->
            Scope.run(
                "inner",
                inner -> {
                  in.countDown();
                  waitDeafly(over);
                  return null;
                });
    assertThat(late(virtual, body).verdict().kind()).isEqualTo(Verdict.Kind.SWALLOWED);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aShieldIsNamed(boolean virtual) {
    Runnable body =
        () ->
            Curfew.shield(
                LONG,
                () -> {
                  in.countDown();
                  waitDeafly(over);
                });
    assertVerdict(
        late(virtual, body),
        Verdict.Kind.IN_SHIELD,
        ".*Latches\\.java:\\d+",
        "it may use up its budget: make that shorter, or the clean-up quicker");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoWaitsForItsOwnForksIsNotToBlame(boolean virtual) {
    Runnable body =
        () ->
            Scope.run(
                "inner",
                inner -> {
                  inner.fork(
                      "deaf",
                      () -> {
                        in.countDown();
                        waitDeafly(over);
                      });
                  return null;
                });
    assertVerdict(
        late(virtual, body),
        Verdict.Kind.WAITING_FOR_CHILD,
        ".*DiagnosisTest\\.java:\\d+",
        "look at the late forks below it");
  }

  @Test
  void nativeCodeIsNamed() throws Exception {
    try (Selector selector = Selector.open()) {
      Callable<?> body = () -> Curfew.blocking(Unblocking.flagOnly(), () -> select(selector));
      assertVerdict(
          late(false, body, selector::wakeup),
          Verdict.Kind.IN_NATIVE,
          "EPoll\\.wait at DiagnosisTest\\.java:\\d+",
          "use Curfew.detached, which leaves it behind, or a process, which can be killed");
    }
  }

  private int select(Selector selector) throws IOException {
    in.countDown();
    return selector.select();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anUnblockingThatFreesNothingIsNamed(boolean virtual) {
    Runnable body =
        () ->
            Curfew.<@Nullable Void, RuntimeException>blocking(
                Unblocking.by(() -> {}),
                () -> {
                  in.countDown();
                  Latches.await(over);
                  return null;
                });
    assertVerdict(
        late(virtual, body),
        Verdict.Kind.BLOCKED,
        "CountDownLatch\\.await at Latches\\.java:\\d+",
        "the Unblocking of its Curfew.blocking does not free it: choose another");
  }

  @Test
  void whereNoInterruptIsSentThatIsSaid() {
    AtomicReference<@Nullable Scope> opened = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (Scope scope = Scope.open("app")) {
                    opened.set(scope);
                    in.countDown();
                    Latches.await(over);
                  }
                });
    Latches.await(in);
    Scope scope = opened.get();
    assertThat(scope).isNotNull();
    scope.stop(WHY);
    StopReport.Straggler late = onceSure(scope, "app");
    over.countDown();
    Await.until("it has ended", () -> !owner.isAlive());
    assertVerdict(
        late,
        Verdict.Kind.BLOCKED,
        "CountDownLatch\\.await at Latches\\.java:\\d+",
        "no interrupt is sent here: use a wait of Curfew, or Curfew.blocking");
  }

  @Test
  void whoGetsNoTurnIsNotToBlame() {
    int carriers = Runtime.getRuntime().availableProcessors();
    CountDownLatch allSpin = new CountDownLatch(carriers);
    try (Scope spinning = Scope.open("spinning");
        Scope scope = open(true)) {
      scope.fork("late", this::sleep);
      Latches.await(in);
      for (int i = 0; i < carriers; i++) {
        spinning.fork("spins", () -> spinWith(allSpin));
      }
      Latches.await(allSpin);
      scope.stop(WHY);
      StopReport.Straggler late = onceSure(scope, "spinning/app/late");
      over.countDown();
      assertVerdict(
          late,
          Verdict.Kind.STARVED,
          ".*DiagnosisTest\\.java:\\d+",
          "give what computes platform threads: it holds all carriers of virtual ones");
    } finally {
      over.countDown();
    }
  }

  private void sleep() {
    in.countDown();
    Curfew.sleep(LONG);
  }

  private void spinWith(CountDownLatch all) {
    all.countDown();
    spin();
  }

  @Test
  void theReportSaysItBelowTheNameOfTheFork() {
    try (Scope scope = open(false)) {
      scope.fork("late", this::spin);
      Latches.await(in);
      scope.stop(WHY);
      assertThat(onceSure(scope, "app/late").verdict().kind()).isEqualTo(Verdict.Kind.CPU_BOUND);
      String text = scope.report().orElseThrow().text();
      over.countDown();
      assertThat(text)
          .containsPattern(
              "\\n  app/late  never saw it  STILL RUNNING"
                  + "\\n    thread late, RUNNABLE, asked \\d+\\.\\d ms ago"
                  + "\\n      computes without a check: DiagnosisTest.spin at"
                  + " DiagnosisTest.java:\\d+ - call Curfew.checkpoint\\(\\) in its loop, or weave one in"
                  + "\\n      at ");
    }
  }

  // looks that are made up

  private static Lease lease(Thread thread) {
    Lease lease = new Lease(StopNode.alone("alone"), thread, true);
    lease.resume(false);
    return lease;
  }

  private static StackTraceElement frame(String type, String method, int line) {
    return new StackTraceElement(type, method, "A.java", line);
  }

  /// {@return one at a thread that still has its interrupt}
  private static Look look(Thread.State state, long cpu, long at, StackTraceElement... stack) {
    return new Look(state, List.of(stack), cpu, at, false);
  }

  @Test
  void ofOneThatHasNotBegunNothingIsSaid() {
    Lease lease = lease(Thread.ofVirtual().unstarted(() -> {}));
    assertThat(Diagnosis.verdict(lease, lease.look()))
        .hasToString("asked only just now - it has not begun, or is just ending");
  }

  @Test
  void ofOneThatIsBeingWokenNothingIsSaid() {
    Lease lease = lease(Thread.ofVirtual().unstarted(() -> {}));
    Look look =
        look(
            Thread.State.WAITING,
            -1,
            0,
            frame("jdk.internal.misc.Unsafe", "park", -2),
            frame("java.util.concurrent.CountDownLatch", "await", 1),
            frame("app.A", "work", 7));
    assertThat(Diagnosis.verdict(lease, List.of(look)))
        .hasToString(
            "asked only just now: CountDownLatch.await at A.java:7"
                + " - it is being woken: give the plan longer");
  }

  @Test
  void nativeCodeThatComputesIsToldFromSuchThatWaits() {
    Lease lease = lease(Thread.ofVirtual().unstarted(() -> {}));
    StackTraceElement call = frame("app.Codec", "encode", -2);
    Look first = look(Thread.State.RUNNABLE, 0, 0, call, frame("app.A", "work", 7));
    Look busy = look(Thread.State.RUNNABLE, 90, 100, call, frame("app.A", "work", 7));
    Look idle = look(Thread.State.RUNNABLE, 10, 100, call, frame("app.A", "work", 7));
    assertThat(Diagnosis.verdict(lease, List.of(first, busy)).place()).endsWith(", computing");
    assertThat(Diagnosis.verdict(lease, List.of(first, idle)).place()).doesNotContain("computing");
  }

  @Test
  void oneLookAloneCallsNothingAHotLoop() {
    Lease lease = lease(Thread.ofVirtual().unstarted(() -> {}));
    Look look = look(Thread.State.RUNNABLE, 0, 0, frame("app.A", "work", 7));
    assertThat(Diagnosis.verdict(lease, List.of(look)))
        .hasToString(
            "never checked: A.work at A.java:7 - call Curfew.checkpoint() in its loop, or weave one in");
  }

  @Test
  void oneLookWithoutTheInterruptShowsThatItWasSwallowed() {
    Lease lease = lease(Thread.ofVirtual().unstarted(() -> {}));
    StackTraceElement work = frame("app.A", "work", 7);
    Look without = new Look(Thread.State.RUNNABLE, List.of(work), 0, 0, true);
    Look wokenAgain = look(Thread.State.TIMED_WAITING, 0, 100, work);
    assertThat(Diagnosis.verdict(lease, List.of(without, wokenAgain)).kind())
        .isEqualTo(Verdict.Kind.SWALLOWED);
  }

  @Test
  void whoIsSeenInACallThatBlocksOnlyOnceIsNotBlocked() {
    Lease lease = lease(Thread.ofVirtual().unstarted(() -> {}));
    Look runs = look(Thread.State.RUNNABLE, 0, 0, frame("app.A", "work", 7));
    Look locks =
        look(
            Thread.State.WAITING,
            0,
            100,
            frame("java.util.concurrent.locks.ReentrantLock", "lock", 1),
            frame("app.A", "work", 8));
    assertThat(Diagnosis.verdict(lease, List.of(runs, locks)).kind())
        .isEqualTo(Verdict.Kind.CPU_BOUND);
    assertThat(Diagnosis.verdict(lease, List.of(locks, locks)).kind())
        .isEqualTo(Verdict.Kind.BLOCKED);
  }

  @Test
  void looksThatAreTooCloseTogetherTakeEachOthersPlace() {
    Thread self = Thread.currentThread();
    List<Look> one = Look.after(List.of(), self, false);
    List<Look> two = Look.after(one, self, false);
    assertThat(two).hasSize(2);
    Look far = look(Thread.State.RUNNABLE, 0, two.getFirst().atNanos() - 100_000_000L);
    List<Look> apart = List.of(far, two.getFirst());
    assertThat(Look.after(apart, self, false)).hasSize(3);
    Look close = look(Thread.State.RUNNABLE, 0, far.atNanos() + 1);
    assertThat(Look.after(List.of(far, close), self, false)).hasSize(2).contains(far);
    List<Look> four = Look.after(Look.after(apart, self, false), self, false);
    assertThat(four).hasSize(3);
  }
}
