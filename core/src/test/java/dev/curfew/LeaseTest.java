// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// The thread that runs the test is the leased one; other threads interrupt it.
class LeaseTest {

  private static final StopReason WHY = StopReason.requested("test");

  private final StopNode node = StopNode.alone("node");
  private final Lease lease = new Lease(node, Thread.currentThread(), true);

  private Lease entered() {
    boolean _ = node.addLease(lease);
    lease.enter();
    return lease;
  }

  private static boolean flag() {
    return Thread.currentThread().isInterrupted();
  }

  @Test
  void ourInterruptIsTakenBackAtTheEnd() {
    entered();
    lease.interrupt();
    assertThat(flag()).isTrue();
    lease.close();
    assertThat(flag()).isFalse();
    assertThat(Lease.current()).isNull();
  }

  @Test
  void afterTheEndNoInterruptComes() {
    entered();
    lease.close();
    lease.interrupt();
    assertThat(flag()).isFalse();
    assertThat(lease.isOpen()).isFalse();
  }

  @Test
  void beforeItIsEnteredNoInterruptComes() {
    boolean _ = node.addLease(lease);
    lease.interrupt();
    assertThat(flag()).isFalse();
    lease.discard();
  }

  @Test
  void anInterruptThatComesBeforeItsThreadBeginsStaysWithIt() throws InterruptedException {
    AtomicReference<Lease> all = new AtomicReference<>();
    AtomicBoolean inside = new AtomicBoolean();
    AtomicBoolean after = new AtomicBoolean(true);
    Thread thread =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  all.get().enter();
                  inside.set(flag());
                  all.get().closeLast();
                  after.set(flag());
                });
    all.set(Lease.ofAll(node, thread));
    assertThat(all.get().wake()).isTrue();
    all.get().interrupt();
    assertThat(all.get().isInOwnWait()).isTrue();
    thread.start();
    thread.join();
    assertThat(inside).isTrue();
    assertThat(after).isFalse();
  }

  @Test
  void aForeignFlagThatWasSetBeforeSurvives() {
    Thread.currentThread().interrupt();
    entered();
    lease.interrupt();
    lease.close();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aForeignFlagThatWasSetInsideSurvives() {
    entered();
    Thread.currentThread().interrupt();
    lease.interrupt();
    lease.close();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void ourInterruptIsTakenBackThoughAForeignOneWasConsumedBefore() {
    Thread.currentThread().interrupt();
    entered();
    assertThat(Thread.interrupted()).isTrue(); // the body takes it
    lease.interrupt();
    assertThat(flag()).isTrue();
    lease.close();
    assertThat(flag()).isFalse();
  }

  @Test
  void aPauseHidesOurInterruptAndItsEndBringsItBackWhileTheStopStands() {
    entered();
    node.stop(WHY);
    Await.until("the interrupt has come", LeaseTest::flag);
    lease.pause();
    assertThat(flag()).isFalse();
    lease.interrupt();
    assertThat(flag()).isFalse();
    lease.resume(true);
    assertThat(flag()).isTrue();
    lease.close();
    assertThat(flag()).isFalse();
  }

  @Test
  void enteringAStoppedPlaceInterruptsTheNextBlockingCall() {
    node.stop(WHY);
    entered();
    assertThat(flag()).isTrue();
    lease.close();
    assertThat(flag()).isFalse();
  }

  @Test
  void anInnerLeaseTakesOverAndGivesBack() {
    entered();
    StopNode below = node.addChild("below", this, TimeSource.system(), null);
    Lease inner = new Lease(below, Thread.currentThread(), true);
    boolean _ = below.addLease(inner);
    inner.enter();
    assertThat(Lease.current()).isSameAs(inner);
    assertThat(lease.isPaused()).isTrue();
    lease.interrupt();
    assertThat(flag()).isFalse();
    inner.interrupt();
    assertThat(flag()).isTrue();
    inner.close();
    assertThat(flag()).isFalse();
    assertThat(Lease.current()).isSameAs(lease);
    lease.close();
  }

  @Test
  void anOwnWaitWakesWithoutAnInterrupt() throws InterruptedException {
    AtomicReference<Boolean> flagAfter = new AtomicReference<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Scope> opened = new AtomicReference<>();
    Thread waiter =
        Thread.ofPlatform()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                Scope.run(
                                    "waits",
                                    scope -> {
                                      opened.set(scope);
                                      try {
                                        Curfew.sleep(Duration.ofSeconds(30));
                                      } finally {
                                        flagAfter.set(flag());
                                      }
                                      return null;
                                    }))));
    Await.until("it sleeps", () -> waiter.getState() == Thread.State.TIMED_WAITING);
    opened.get().stop(WHY);
    assertThat(waiter.join(Duration.ofSeconds(10))).isTrue();
    assertThat(flagAfter.get()).isFalse();
    assertThat(thrown.get()).isInstanceOf(StoppedException.class);
  }

  /// A stop that comes before the scope is opened has to end its body too.
  @Test
  void aScopeOpenedInAStoppedOneIsWokenFromABlockingCall() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "outer",
                    outer -> {
                      outer.stop(WHY);
                      return Scope.run(
                          "inner", inner -> new CountDownLatch(1).await(30, TimeUnit.SECONDS));
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(thrown.getCause()).isInstanceOf(StoppedException.class);
    assertThat(thrown.getCause().getCause()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void codeThatCatchesTheExceptionOfAnOwnWaitIsWokenFromTheNextBlockingCall() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "catches",
                    scope -> {
                      Fork<Boolean> fork =
                          scope.fork(
                              "fork",
                              () -> {
                                try {
                                  Curfew.sleep(Duration.ofSeconds(30));
                                } catch (StoppedException e) {
                                  // what the test is about
                                }
                                return new CountDownLatch(1).await(30, TimeUnit.SECONDS);
                              });
                      fork.stop(WHY);
                      assertThat(fork.join(Duration.ofSeconds(10))).isTrue();
                      return fork.get();
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
  }

  @Test
  void aForkIsWokenThoughItBlocksInsideAScopeThatWasOpened() {
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "outer",
                    scope -> {
                      CountDownLatch in = new CountDownLatch(1);
                      Fork<Object> fork =
                          scope.fork(
                              "fork",
                              () -> {
                                try (Scope _ = Scope.open("inner")) {
                                  in.countDown();
                                  return new ArrayBlockingQueue<>(1).take();
                                }
                              });
                      assertThat(in.await(10, TimeUnit.SECONDS)).isTrue();
                      fork.stop(WHY);
                      assertThat(fork.join(Duration.ofSeconds(10))).isTrue();
                      return fork.get();
                    }));
    assertThat(thrown).isInstanceOf(StoppedException.class);
  }

  @Test
  void whateverTheRaceOfStopAndCloseTheFlagIsClearAfterwards() throws InterruptedException {
    int rounds = 20_000;
    AtomicReference<Lease> target = new AtomicReference<>(lease);
    AtomicBoolean over = new AtomicBoolean();
    Thread interrupter =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!over.get()) {
                    target.get().interrupt();
                  }
                });
    for (int i = 0; i < rounds; i++) {
      Lease next = new Lease(node, Thread.currentThread(), true);
      boolean _ = node.addLease(next);
      next.enter();
      target.set(next);
      for (int spin = i % 64; spin > 0; spin--) {
        Thread.onSpinWait();
      }
      next.close();
      assertThat(flag()).isFalse();
    }
    over.set(true);
    assertThat(interrupter.join(Duration.ofSeconds(30))).isTrue();
    assertThat(flag()).isFalse();
  }
}
