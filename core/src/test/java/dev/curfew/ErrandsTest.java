// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ErrandsTest {

  private static final StopReason WHY = StopReason.requested("test");

  private final Errands errands = Errands.of(ScopeSettings.DEFAULT);

  @AfterEach
  void itsThreadIsNowhereAfterItsRest() {
    errands.rest();
    assertThat(Lease.current()).isNull();
    assertThat(Curfew.openScopes()).isEmpty();
  }

  @Test
  void oneThatNobodyNoticedIsTheNextOneAsWell() {
    Errand first = errands.next(() -> "first");
    first.run(() -> null);
    Errand second = errands.next(() -> "second");
    assertThat(second).isSameAs(first);
    assertThat(second.<List<String>, RuntimeException>run(Curfew::openScopes))
        .containsExactly("second");
  }

  @Test
  void betweenTwoNoneIsShown() {
    errands.next(() -> "one").run(() -> null);
    assertThat(Curfew.openScopes()).isEmpty();
  }

  @Test
  void aNameIsMadeOnlyWhenSomebodyWantsToKnow() {
    AtomicInteger made = new AtomicInteger();
    Errand.Named named = () -> "made-" + made.incrementAndGet();
    errands.next(named).run(() -> null);
    assertThat(made).hasValue(0);
    assertThat(errands.next(named).path()).isEqualTo("made-1");
  }

  static List<Body<?, RuntimeException>> notices() {
    return List.of(
        Curfew::token,
        StopReason.Origin::here,
        () -> Scope.run("inner", scope -> null),
        () -> Curfew.shield(Duration.ofSeconds(1), () -> null),
        () -> Errand.of("inner", ScopeSettings.DEFAULT).run(() -> null));
  }

  @ParameterizedTest
  @MethodSource("notices")
  void oneWhosePlaceSomebodyMayKnowIsNotUsedAgain(Body<?, RuntimeException> body) {
    Errand first = errands.next(() -> "first");
    Object _ = first.run(body);
    assertThat(errands.next(() -> "second")).isNotSameAs(first);
    assertThat(first.path()).isEqualTo("first");
  }

  @Test
  void aTokenThatItsBodyGaveAwayIsNeverThatOfAnother() {
    StopToken token = errands.next(() -> "first").run(Curfew::token);
    Errand second = errands.next(() -> "second");
    assertThat(second.stop(WHY)).isTrue();
    assertThat(token.isStopped()).isFalse();
    assertThat(token).hasToString("first: not stopped");
  }

  @Test
  void oneThatWasStoppedIsNotUsedAgain() {
    Errand first = errands.next(() -> "first");
    first.run(() -> first.stop(WHY));
    Errand second = errands.next(() -> "second");
    assertThat(second.token().isStopped()).isFalse();
    second.run(() -> null);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void oneThatIsStoppedBetweenTwoIsNotUsedAgain() {
    Errand first = errands.next(() -> "first");
    first.run(() -> null);
    assertThat(first.stop(WHY)).isTrue();
    assertThat(errands.next(() -> "second").token().isStopped()).isFalse();
  }

  @Test
  void afterARestItIsNotUsedAgain() {
    Errand first = errands.next(() -> "first");
    first.run(() -> null);
    errands.rest();
    assertThat(first.stop(WHY)).isTrue();
    assertThat(errands.next(() -> "second").token().isStopped()).isFalse();
  }

  @Test
  void aStopOfWhatTheyLieInReachesTheNext() {
    try (Scope scope = Scope.open("app")) {
      errands.next(() -> "first").run(() -> null);
      errands.next(() -> "second").run(() -> null);
      scope.stop(WHY);
      Errand late = errands.next(() -> "late");
      assertThat(late.path()).isEqualTo("app/late");
      assertThatExceptionOfType(StoppedException.class)
          .isThrownBy(
              () ->
                  late.run(
                      () -> {
                        Curfew.checkpoint();
                        return null;
                      }));
      errands.rest();
    }
  }

  @Test
  void oneWithADeadlineIsNotUsedAgain() {
    Errands timed = Errands.of(ScopeSettings.DEFAULT.withDeadline(Duration.ofHours(1)));
    Errand first = timed.next(() -> "first");
    first.run(() -> null);
    Errand second = timed.next(() -> "second");
    assertThat(second).isNotSameAs(first);
    timed.rest();
  }

  @Test
  void oneThatNeverRanIsTakenBack() {
    Errand _ = errands.next(() -> "first");
    Errand second = errands.next(() -> "second");
    assertThat(Curfew.openScopes()).containsExactly("second");
    second.run(() -> null);
  }

  @Test
  void eachIsRunOnce() {
    Errand one = errands.next(() -> "one");
    one.run(() -> null);
    assertThatIllegalStateException()
        .isThrownBy(() -> one.run(() -> null))
        .withMessageStartingWith("one is run once");
  }
}
