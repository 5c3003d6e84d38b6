// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ErrandTest {

  private static final StopReason WHY = StopReason.requested("test");
  private static final StopPlan TWO_SECONDS = StopPlan.within(Duration.ofSeconds(2));

  private static Errand errand() {
    return Errand.of("errand", ScopeSettings.DEFAULT);
  }

  @Test
  void itLiesBelowThePlaceOfItsThreadWhileItRuns() {
    try (Scope _ = Scope.open("app")) {
      Errand errand = errand();
      List<String> open = errand.run(Curfew::openScopes);
      assertThat(open).containsExactly("app", "app/errand");
      assertThat(errand.path()).isEqualTo("app/errand");
      assertThat(errand).hasToString("app/errand: not stopped");
      assertThat(Curfew.openScopes()).containsExactly("app");
    }
  }

  @Test
  void outsideOfAllScopesItStandsAlone() {
    String path = errand().run(() -> String.join(",", Curfew.openScopes()));
    assertThat(path).isEqualTo("errand");
    assertThat(Lease.current()).isNull();
  }

  @Test
  void aStopOfItAloneInterruptsItsBodyAndNothingElse() throws InterruptedException {
    CountDownLatch in = new CountDownLatch(1);
    AtomicReference<Errand> running = new AtomicReference<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    List<Boolean> after = new ArrayList<>();
    Thread worker =
        Thread.ofVirtual()
            .start(
                () ->
                    Scope.run(
                        "app",
                        scope -> {
                          running.set(errand());
                          try {
                            running.get().run(() -> blockFor(in));
                          } catch (StoppedException | InterruptedException stopped) {
                            thrown.set(stopped);
                          }
                          after.add(Thread.currentThread().isInterrupted());
                          after.add(scope.token().isStopped());
                          return null;
                        }));
    Latches.await(in);
    assertThat(running.get().stop(WHY)).isTrue();
    assertThat(running.get().stop(WHY)).isFalse();
    assertThat(worker.join(Duration.ofSeconds(20))).isTrue();
    assertThat(thrown.get()).hasMessage(WHY.chain()).hasCauseInstanceOf(InterruptedException.class);
    assertThat(after).containsExactly(false, false);
    StopReport report = running.get().report().orElseThrow();
    assertThat(report.parts()).extracting(StopReport.Part::path).containsExactly("app/errand");
    assertThat(report.parts().getFirst().seen()).isPresent();
    assertThat(report.stragglers()).isEmpty();
  }

  private static Void blockFor(CountDownLatch in) throws InterruptedException {
    in.countDown();
    boolean _ = new CountDownLatch(1).await(20, TimeUnit.SECONDS);
    throw new AssertionError("nobody stopped it");
  }

  /// The stops come at any moment: before, in, between and after.
  @Test
  void anInterruptThatIsMeantForOneNeverReachesTheNext() throws InterruptedException {
    int errands = 5_000;
    AtomicReference<Errand> now = new AtomicReference<>();
    CountDownLatch over = new CountDownLatch(1);
    Thread stopper =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (over.getCount() > 0) {
                    Errand errand = now.getAndSet(null);
                    if (errand != null) {
                      boolean _ = errand.stop(WHY);
                    }
                    Thread.onSpinWait();
                  }
                });
    for (int i = 0; i < errands; i++) {
      Errand errand = errand();
      now.set(errand);
      errand.run(
          () -> {
            Thread.onSpinWait();
            return null;
          });
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
    over.countDown();
    assertThat(stopper.join(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void aForeignInterruptIsKept() {
    errand()
        .run(
            () -> {
              Thread.currentThread().interrupt();
              return null;
            });
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void whatItLiesInStopsItToo() {
    try (Scope scope = Scope.open("app")) {
      Errand running = errand();
      List<Boolean> stopped = new ArrayList<>();
      running.run(
          () -> {
            scope.stop(WHY);
            return stopped.add(running.token().isStopped());
          });
      Errand late = errand();
      stopped.add(late.token().isStopped());
      assertThat(late.token().reason()).containsInstanceOf(StopReason.ParentStopped.class);
      assertThatExceptionOfType(StoppedException.class)
          .isThrownBy(() -> late.run(() -> sleepLong()))
          .satisfies(thrown -> assertThat(thrown.getStackTrace()).isEmpty());
      assertThat(stopped).containsExactly(true, true);
    }
  }

  private static Void sleepLong() {
    Curfew.sleep(Duration.ofDays(1));
    throw new AssertionError("slept on");
  }

  @Test
  void itsOwnDeadlineEndsIt() {
    ManualTime time = new ManualTime();
    ScopeSettings settings =
        ScopeSettings.DEFAULT.withTime(time).withDeadline(Duration.ofSeconds(3));
    assertThatExceptionOfType(DeadlineExceededException.class)
        .isThrownBy(
            () ->
                Errand.of("late", settings)
                    .run(
                        () -> {
                          assertThat(Curfew.remaining()).contains(Duration.ofSeconds(3));
                          time.advance(Duration.ofSeconds(3));
                          return sleepLong();
                        }))
        .withMessageContaining("deadline of late passed");
    Errand.of("in time", settings).run(() -> null);
    assertThat(time.waiting()).isZero();
  }

  @Test
  void whatIsOpenedInsideStartsFromItsSettings() {
    ScopeSettings settings =
        ScopeSettings.DEFAULT.withPlan(TWO_SECONDS).withDeadline(Duration.ofHours(1));
    List<ScopeSettings> seen = new ArrayList<>();
    Errand.of("errand", settings)
        .run(
            () ->
                Scope.run(
                    "inner",
                    around -> {
                      seen.add(around);
                      return around;
                    },
                    scope -> scope.path()));
    assertThat(seen).containsExactly(ScopeSettings.DEFAULT.withPlan(TWO_SECONDS));
  }

  @Test
  void onceItIsStoppedItsPlanBoundsWhatIsInside() {
    ManualTime time = new ManualTime();
    ScopeSettings settings = ScopeSettings.DEFAULT.withTime(time).withPlan(TWO_SECONDS);
    Errand errand = Errand.of("errand", settings);
    errand.run(
        () -> {
          StopPlan longer = StopPlan.within(Duration.ofHours(1));
          try (Scope inner = Scope.open("inner", s -> s.withPlan(longer))) {
            errand.stop(WHY);
            assertThat(inner.report().orElseThrow().budget()).isEqualTo(Duration.ofSeconds(2));
          }
          Curfew.shield(
              Duration.ofHours(1),
              () -> assertThat(Curfew.remaining()).contains(Duration.ofSeconds(2)));
          return null;
        });
    assertThat(errand.report().orElseThrow().budget()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void aStopThatComesAfterItHasEndedReachesNobody() {
    Errand errand = errand();
    errand.run(() -> null);
    assertThat(errand.report()).isEmpty();
    assertThat(errand.stop(WHY)).isTrue();
    assertThat(errand.report().orElseThrow().parts()).isEmpty();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void itIsRunOnceByTheThreadThatMadeIt() throws InterruptedException {
    Errand errand = errand();
    AtomicReference<Throwable> elsewhere = new AtomicReference<>();
    Thread other =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    errand.run(() -> null);
                  } catch (IllegalStateException refused) {
                    elsewhere.set(refused);
                  }
                });
    assertThat(other.join(Duration.ofSeconds(20))).isTrue();
    String message =
        "errand is run once, by the thread that made it, " + Thread.currentThread().getName();
    assertThat(elsewhere.get()).hasMessage(message);
    errand.run(() -> null);
    assertThatIllegalStateException().isThrownBy(() -> errand.run(() -> null)).withMessage(message);
  }

  @Test
  void aScopeThatItsBodyLeftOpenIsClosed() {
    assertThatIllegalStateException()
        .isThrownBy(() -> errand().run(() -> Scope.open("inner")))
        .withMessageContaining("errand/inner was left open");
    assertThat(Lease.current()).isNull();
  }

  @Test
  void whatTheBodyThrowsItselfIsThrown() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                errand()
                    .run(
                        () -> {
                          throw new IllegalStateException("own");
                        }))
        .withMessage("own");
  }
}
