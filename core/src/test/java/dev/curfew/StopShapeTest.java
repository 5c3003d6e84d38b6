// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLockInterruptionException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which exceptions are a stop: those that look like an interrupt, if and only if the token is
/// stopped.
class StopShapeTest {

  private static final StopReason WHY = StopReason.requested("deploy");

  static Stream<Exception> interrupts() {
    return Stream.of(
        new InterruptedException(),
        new ClosedByInterruptException(),
        new FileLockInterruptionException(),
        new InterruptedIOException(),
        new SocketException("Closed by interrupt"));
  }

  static Stream<Exception> wrapped() {
    return Stream.of(
        new BrokenBarrierException(),
        new RuntimeException(new InterruptedException()),
        new UncheckedIOException(new ClosedByInterruptException()),
        new IOException("read", new InterruptedIOException()),
        new ExecutionException(new InterruptedException()),
        new CompletionException(new InterruptedException()),
        new SQLException("timeout", new IOException(new ClosedByInterruptException())));
  }

  static Stream<Exception> others() {
    return Stream.of(
        new IOException("Stream closed"),
        new SocketException("Connection reset"),
        new SocketException(),
        new SocketTimeoutException("Read timed out"),
        new SocketTimeoutException("Closed by interrupt"),
        new IOException(new SocketTimeoutException("Read timed out")),
        new HttpTimeoutException("request timed out"),
        new TimeoutException(),
        new SQLTimeoutException("canceled"),
        new SQLException("canceling statement due to user request"),
        new ClosedChannelException(),
        new AsynchronousCloseException(),
        new CancellationException(),
        new ExecutionException(new IOException("no route")),
        new ForkFailedException("app/other", new InterruptedException()),
        new IllegalStateException("mine", circle()));
  }

  private static Exception circle() {
    IOException one = new IOException("one");
    IllegalStateException two = new IllegalStateException("two", one);
    one.initCause(two);
    return two;
  }

  static Stream<Exception> allInterrupts() {
    return Stream.concat(interrupts(), wrapped());
  }

  static Stream<Exception> all() {
    return Stream.concat(allInterrupts(), others());
  }

  /// What comes out of a region in which this is thrown.
  private static Throwable thrownBy(Unblocking freedBy, boolean stopped, Exception thrown) {
    AtomicReference<Throwable> out = new AtomicReference<>();
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      out.set(
                          catchThrowable(
                              () ->
                                  Curfew.<Object, Exception>blocking(
                                      freedBy,
                                      () -> {
                                        boolean _ = stopped && scope.stop(WHY);
                                        throw thrown;
                                      })));
                      return null;
                    }));
    return out.get();
  }

  @ParameterizedTest
  @MethodSource("allInterrupts")
  void afterAStopItIsOne(Exception thrown) {
    for (Unblocking freedBy : new Unblocking[] {Unblocking.interrupt(), Unblocking.flagOnly()}) {
      assertThat(thrownBy(freedBy, true, thrown))
          .isInstanceOfSatisfying(
              StoppedException.class, stop -> assertThat(stop.reason()).isEqualTo(WHY))
          .hasCause(thrown);
    }
  }

  @ParameterizedTest
  @MethodSource("others")
  void whatIsNoneStaysWhatItIs(Exception thrown) {
    assertThat(thrownBy(Unblocking.interrupt(), true, thrown)).isSameAs(thrown);
    assertThat(thrownBy(Unblocking.flagOnly(), true, thrown)).isSameAs(thrown);
  }

  @ParameterizedTest
  @MethodSource("all")
  void whileNobodyStopsEverythingStaysWhatItIs(Exception thrown) {
    assertThat(thrownBy(Unblocking.interrupt(), false, thrown)).isSameAs(thrown);
    assertThat(thrownBy(Unblocking.flagOnly(), false, thrown)).isSameAs(thrown);
    assertThat(thrownBy(Unblocking.by(() -> {}), false, thrown)).isSameAs(thrown);
  }

  @ParameterizedTest
  @MethodSource("all")
  void whereAnActionFreesItEverythingIsAStop(Exception thrown) {
    assertThat(thrownBy(Unblocking.by(() -> {}), true, thrown))
        .isInstanceOf(StoppedException.class)
        .hasCause(thrown);
  }

  /// How a fork ends that throws this, stopped or not.
  private static Outcome<Object> endOfFork(boolean stopped, Exception thrown) {
    AtomicReference<Fork<Object>> fork = new AtomicReference<>();
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    scope -> {
                      fork.set(
                          scope.fork(
                              "call",
                              () -> {
                                boolean _ = stopped && scope.stop(WHY);
                                throw thrown;
                              }));
                      scope.join();
                      return null;
                    }));
    return fork.get().outcome().orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("allInterrupts")
  void aForkThatThrowsItAfterAStopIsStopped(Exception thrown) {
    assertThat(endOfFork(true, thrown))
        .isInstanceOfSatisfying(
            Outcome.Stopped.class, end -> assertThat(end.reason().root()).isEqualTo(WHY));
  }

  @ParameterizedTest
  @MethodSource("others")
  void aForkThatThrowsSomethingElseAfterAStopHasFailedLate(Exception thrown) {
    assertThat(endOfFork(true, thrown)).isEqualTo(new Outcome.Failed<>(thrown, true));
  }

  @ParameterizedTest
  @MethodSource("interrupts")
  void aForkThatThrowsItUnaskedWasInterruptedFromOutside(Exception thrown) {
    assertThat(endOfFork(false, thrown))
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            end -> assertThat(end.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
  }

  @ParameterizedTest
  @MethodSource("wrapped")
  void aForkThatThrowsItWrappedUnaskedHasFailed(Exception thrown) {
    assertThat(endOfFork(false, thrown)).isEqualTo(new Outcome.Failed<>(thrown, false));
  }

  @Test
  void theDeadlineOfAScopeInsideIsNoStopOfTheOneAround() {
    Exception late =
        new DeadlineExceededException(
            new StopReason.DeadlinePassed("app/inner", StopReason.Origin.here()),
            new InterruptedException());
    assertThat(thrownBy(Unblocking.interrupt(), true, late)).isSameAs(late);
  }
}
