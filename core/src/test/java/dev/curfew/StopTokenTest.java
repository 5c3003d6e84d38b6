// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Tokens, sources and registrations.
class StopTokenTest {

  private static final StopReason WHY = StopReason.requested("test");

  private final StopSource source = StopSource.named("source");
  private final StopToken token = source.token();
  private final List<String> called = new CopyOnWriteArrayList<>();

  @Test
  void aTokenIsStoppedForEverAndEveryCheckThrows() {
    assertThat(token.isStopped()).isFalse();
    assertThat(token.reason()).isEmpty();
    token.check();
    assertThat(token).hasToString("source: not stopped");
    assertThat(source.stop(WHY)).isTrue();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(token::check).isInstanceOf(StoppedException.class);
    }
    assertThat(token.isStopped()).isTrue();
    assertThat(source).hasToString(token.toString());
    assertThat(token.toString()).startsWith("source: stopped, requested 'test' by main");
  }

  @Test
  void theFirstReasonIsKept() {
    source.stop(WHY);
    assertThat(source.stop(StopReason.limit("2 errors"))).isFalse();
    assertThat(token.reason()).contains(WHY);
  }

  @Test
  void callbacksAreCalledOnceLastRegisteredFirstByAThreadOfOurs() {
    AtomicReference<Thread> by = new AtomicReference<>();
    token.onStop("one", () -> called.add("one"));
    token.onStop("two", () -> called.add("two"));
    token.onStop("three", () -> by.set(Thread.currentThread()));
    source.stop(WHY);
    source.stop(WHY);
    Await.until("all were called", () -> called.size() == 2);
    assertThat(called).containsExactly("two", "one");
    assertThat(by.get().getName()).startsWith("curfew-waker-");
    assertThat(by.get().isDaemon()).isTrue();
  }

  @Test
  void callbacksOfChildrenComeBeforeThoseOfTheirParents() {
    try (Scope outer = Scope.open("outer")) {
      outer.token().onStop("outer 1", () -> called.add("outer 1"));
      outer.token().onStop("outer 2", () -> called.add("outer 2"));
      try (Scope inner = Scope.open("inner")) {
        inner.token().onStop("inner 1", () -> called.add("inner 1"));
        inner.token().onStop("inner 2", () -> called.add("inner 2"));
        outer.stop(WHY);
        Await.until("all were called", () -> called.size() == 4);
      }
    }
    assertThat(called).containsExactly("inner 2", "inner 1", "outer 2", "outer 1");
  }

  @Test
  void whatIsRegisteredAfterTheStopIsCalledAtOnceByTheCaller() {
    source.stop(WHY);
    AtomicReference<Thread> by = new AtomicReference<>();
    Registration registration = token.onStop("late", () -> by.set(Thread.currentThread()));
    assertThat(by.get()).isSameAs(Thread.currentThread());
    registration.close();
  }

  @Test
  void closingTakesBackFromEveryPlaceInTheList() {
    Registration first = token.onStop("first", () -> called.add("first"));
    Registration middle = token.onStop("middle", () -> called.add("middle"));
    token.onStop("stays", () -> called.add("stays"));
    Registration last = token.onStop("last", () -> called.add("last"));
    middle.close();
    last.close();
    first.close();
    first.close();
    source.stop(WHY);
    Await.until("the one that stays was called", () -> !called.isEmpty());
    assertThat(called).containsExactly("stays");
    assertThat(middle).hasToString("middle");
  }

  @Test
  void whatIsClosedWhileTheStopIsOnItsWayIsNotCalledAnyMore() throws InterruptedException {
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    token.onStop("end", () -> called.add("end"));
    Registration closed = token.onStop("closed", () -> called.add("closed"));
    token.onStop("first", () -> awaitAfter(in, go));
    source.stop(WHY);
    assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
    closed.close();
    go.countDown();
    Await.until("the last was called", () -> called.contains("end"));
    assertThat(called).containsExactly("end");
  }

  private static void awaitAfter(CountDownLatch in, CountDownLatch go) {
    in.countDown();
    try {
      assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCallbackMayCloseItsOwnRegistration() {
    AtomicReference<Registration> own = new AtomicReference<>();
    own.set(
        token.onStop(
            "own",
            () -> {
              own.get().close();
              called.add("own");
            }));
    source.stop(WHY);
    Await.until("it was called", () -> called.contains("own"));
  }

  @Test
  void oneThatHangsDoesNotKeepTheOthersFromBeingCalled() throws InterruptedException {
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    token.onStop("behind it", () -> called.add("behind it"));
    token.onStop("hangs", () -> awaitAfter(in, go));
    source.stop(WHY);
    assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
    Await.until("the other was called", () -> called.contains("behind it"));
    Await.until("it is in the ledger", () -> !Ledger.entries().isEmpty());
    assertThat(Ledger.entries().getFirst().path()).isEqualTo(token.node.path() + "/callback hangs");
    go.countDown();
    Await.until("it has ended", () -> Ledger.entries().isEmpty());
  }

  @Test
  void theOnlyOneThatHangsIsInTheLedgerToo() {
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    token.onStop("hangs", () -> awaitAfter(in, go));
    source.stop(WHY);
    Await.until("it is in the ledger", () -> !Ledger.entries().isEmpty());
    assertThat(Ledger.entries().getFirst().path()).endsWith("/callback hangs");
    go.countDown();
    Await.until("it has ended", () -> Ledger.entries().isEmpty());
  }

  @Test
  void oneThatThrowsGoesToTheHandlerAndDoesNotKeepTheOthersFromBeingCalled() {
    AtomicReference<Throwable> handled = new AtomicReference<>();
    RuntimeException failure = new IllegalStateException("callback");
    token.onStop(
        "behind it",
        () -> {
          Thread.currentThread().setUncaughtExceptionHandler(null); // the thread is used again
          called.add("behind it");
        });
    token.onStop(
        "throws",
        () -> {
          Thread.currentThread().setUncaughtExceptionHandler((_, thrown) -> handled.set(thrown));
          throw failure;
        });
    token.onStop("interrupts its thread", () -> Thread.currentThread().interrupt());
    source.stop(WHY);
    Await.until("the other was called", () -> called.contains("behind it"));
    assertThat(handled.get()).isSameAs(failure);
  }
}
