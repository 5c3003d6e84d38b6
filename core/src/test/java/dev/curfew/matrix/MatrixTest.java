// SPDX-License-Identifier: Apache-2.0
package dev.curfew.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.AbandonedException;
import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.ForkFailedException;
import dev.curfew.Ledger;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What waits × why it is stopped × on which kind of thread: how it ends, for which reason, with
/// which interrupt flag, and that nothing is left.
///
/// The words of the table:
///
/// - *stopped*: ends at once, as stopped or out of time, with the chain of reasons of its cause
/// - *returns*: ends at once, with its value, which is late
/// - *late*: is not freed; ends by itself, and its value is late
/// - *shielded*: is not freed; ends by itself, and is stopped at the next wait
/// - *left*: ends at once; what it waited for is in the ledger until it ends
/// - *abandoned*: is not freed; at the end of the plan it goes to the ledger, and its end is late
/// - *interrupted*: ends at once, as stopped by an interrupt from outside
/// - *goes on*: ends by itself as if nothing had been, or *returns*
/// - *flag*: the interrupt flag is set behind it: somebody else's, or ours that is still to be seen
/// - *flag?*: it may be, with ours that came when nothing was blocked, or that woke it again behind
///   the shield where it waited for a class; else it is clear
class MatrixTest {

  private static final String TABLE =
      """
      what waits                   | any stop        | interrupt, platform | interrupt, virtual
      own sleep                    | stopped         | interrupted, flag   | interrupted, flag
      join of a fork               | stopped, flag?  | interrupted, flag   | interrupted, flag
      join of a scope              | stopped, flag?  | interrupted, flag   | interrupted, flag
      forks as they end            | stopped, flag?  | interrupted, flag   | interrupted, flag
      channel, receive             | stopped         | interrupted, flag   | interrupted, flag
      channel, send                | stopped         | interrupted, flag   | interrupted, flag
      permit                       | stopped         | interrupted, flag   | interrupted, flag
      latch                        | stopped         | interrupted, flag   | interrupted, flag
      queue take                   | stopped         | interrupted         | interrupted
      queue take, swallowing once  | stopped         | goes on             | goes on
      blocking by interrupt        | stopped         | interrupted         | interrupted
      blocking, flag only          | late, flag      | interrupted         | interrupted
      blocking by action: socket   | stopped         | goes on, flag       | interrupted, flag
      blocking by action: selector | returns, flag   | goes on, flag       | goes on, flag
      detached                     | left            | left, flag          | left, flag
      in a shield                  | shielded, flag? | interrupted         | interrupted
      computing, checkpoints       | stopped, flag?  | goes on, flag       | goes on, flag
      computing, token             | stopped, flag?  | goes on, flag       | goes on, flag
      entering synchronized        | abandoned, flag | goes on, flag       | goes on, flag
      """;

  private static final Duration PLAN = Duration.ofSeconds(5);
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  /// Why it is stopped, and the beginning of the chain of reasons that it gets.
  enum Cause {
    FORK("requested 'deploy' by"),
    REQUEST("parent outer/app stopped <- requested 'deploy' by"),
    DEADLINE("parent outer/app stopped <- deadline of outer/app passed by the clock"),
    PARENT("parent outer/app stopped <- parent outer stopped <- requested 'deploy' by"),
    SHUTDOWN("parent outer/app stopped <- parent outer stopped <- shutdown (SIGTERM) by"),
    SIBLING(
        "parent outer/app stopped <- sibling outer/app/sibling failed with java.io.IOException"),
    CLOSED("parent outer/app stopped <- scope outer/app closed: its body threw"),
    INTERRUPT("interrupted from outside by");

    final String chain;

    Cause(String chain) {
      this.chain = chain;
    }
  }

  enum Kind {
    PLATFORM,
    VIRTUAL
  }

  private final ManualTime time = new ManualTime();
  private final Cell cell = new Cell();
  private final CountDownLatch goes = new CountDownLatch(1);
  private final AtomicReference<@Nullable Scope> outer = new AtomicReference<>();
  private final AtomicReference<@Nullable Scope> app = new AtomicReference<>();
  private final AtomicReference<@Nullable Fork<@Nullable Object>> fork = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> boundary = new AtomicReference<>();
  private @Nullable Thread owner;

  static List<Arguments> cells() {
    List<Arguments> cells = new ArrayList<>();
    Map<String, List<String>> table = table();
    for (String row : Waits.all().keySet()) {
      List<String> words = Objects.requireNonNull(table.get(row), "no line for '" + row + "'");
      for (Cause cause : Cause.values()) {
        for (Kind kind : Kind.values()) {
          String word =
              cause != Cause.INTERRUPT ? words.get(0) : words.get(kind == Kind.PLATFORM ? 1 : 2);
          cells.add(Arguments.of(row, cause, kind, alone(cause, word)));
        }
      }
    }
    return cells;
  }

  /// Nobody gives up a fork that is stopped alone: its scope goes on.
  private static String alone(Cause cause, String word) {
    return cause == Cause.FORK ? word.replace("abandoned", "late") : word;
  }

  private static Map<String, List<String>> table() {
    Map<String, List<String>> table = new LinkedHashMap<>();
    for (String line : TABLE.lines().skip(1).toList()) {
      List<String> columns = List.of(line.trim().split(" *\\| *"));
      table.put(columns.getFirst(), columns.subList(1, columns.size()));
    }
    return table;
  }

  @AfterEach
  @SuppressWarnings("InterruptedExceptionSwallowed") // nobody interrupts the thread of the test
  void letGo() throws Exception {
    goes.countDown();
    cell.release();
    Thread started = owner;
    if (started != null) {
      assertThat(started.join(Await.LIMIT)).isTrue();
    }
  }

  @ParameterizedTest(name = "{0} × {1} × {2}: {3}")
  @MethodSource("cells")
  @SuppressWarnings("InterruptedExceptionSwallowed") // nobody interrupts the thread of the test
  void endsAsTheTableSays(String row, Cause cause, Kind kind, String word) throws Exception {
    Waits.Waiting waiting = Objects.requireNonNull(Waits.all().get(row));
    Thread started = Thread.ofPlatform().start(() -> own(waiting, cause, kind));
    owner = started;
    Await.until("it waits", cell::isIn);
    Await.until("it is forked", () -> fork.get() != null);
    trigger(cause);
    String how = word.replaceAll(", flag.?", "");
    switch (how) {
      case "late", "shielded" -> releaseWhatWasNotFreed();
      case "goes on" -> cell.release();
      case "abandoned" -> awaitAbandoned();
      default -> {}
    }
    Await.until("the fork has ended", () -> theFork().hasEnded());
    assertThat(Ledger.entries()).hasSize(how.equals("left") ? 1 : 0);
    cell.release();
    Await.until("its owner has ended", () -> !started.isAlive());
    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
    checkOutcome(how, cause);
    if (!word.endsWith("?")) {
      assertThat(cell.flag()).as("the flag behind it").isEqualTo(word.endsWith(", flag"));
    }
    checkBoundary(how, cause);
  }

  private Fork<@Nullable Object> theFork() {
    return Objects.requireNonNull(fork.get());
  }

  /// The owner's thread: two scopes, the fork that waits, and who else the cause needs.
  private void own(Waits.Waiting waiting, Cause cause, Kind kind) {
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "outer",
                    s -> s.withTime(time).withPlan(StopPlan.within(PLAN)),
                    around -> {
                      outer.set(around);
                      boundary.set(
                          catchThrowable(
                              () ->
                                  Scope.run(
                                      "app",
                                      s -> settings(s, cause, kind),
                                      scope -> body(scope, waiting, cause))));
                      return null;
                    }));
  }

  private static ScopeSettings settings(ScopeSettings from, Cause cause, Kind kind) {
    ScopeSettings threads = kind == Kind.PLATFORM ? from.withPlatformThreads() : from;
    return cause == Cause.DEADLINE ? threads.withDeadline(DEADLINE) : threads;
  }

  private @Nullable Object body(Scope scope, Waits.Waiting waiting, Cause cause)
      throws InterruptedException {
    app.set(scope);
    fork.set(
        scope.fork(
            "call",
            () -> {
              try {
                return waiting.await(cell);
              } finally {
                cell.left();
              }
            }));
    if (cause == Cause.SIBLING) {
      Fork<?> _ = scope.fork("sibling", this::fail);
    }
    if (cause == Cause.CLOSED) {
      assertThat(goes.await(10, TimeUnit.SECONDS)).isTrue();
      throw new IllegalStateException("left");
    }
    scope.join();
    return null;
  }

  private @Nullable Object fail() throws IOException, InterruptedException {
    assertThat(goes.await(10, TimeUnit.SECONDS)).isTrue();
    throw new IOException("no route");
  }

  private void trigger(Cause cause) {
    StopReason requested = StopReason.requested("deploy");
    boolean first =
        switch (cause) {
          case FORK -> theFork().stop(requested);
          case REQUEST -> Objects.requireNonNull(app.get()).stop(requested);
          case PARENT -> Objects.requireNonNull(outer.get()).stop(requested);
          case SHUTDOWN -> Objects.requireNonNull(outer.get()).stop(StopReason.shutdown("SIGTERM"));
          case DEADLINE -> {
            time.advance(DEADLINE);
            yield true;
          }
          case SIBLING, CLOSED -> {
            goes.countDown();
            yield true;
          }
          case INTERRUPT -> {
            cell.interrupt();
            yield true;
          }
        };
    assertThat(first).isTrue();
  }

  private void releaseWhatWasNotFreed() throws Exception {
    Await.until("the stop has come", () -> theFork().token().isStopped());
    assertThat(theFork().hasEnded()).isFalse();
    if (cell.isBlockedDeafly()) {
      Await.until("its thread was interrupted", cell::isInterrupted);
    }
    cell.release();
  }

  private void awaitAbandoned() throws Exception {
    Await.until("the stop has come", () -> theFork().token().isStopped());
    time.awaitAlarms(1); // the owner waits for the end of the plan
    assertThat(theFork().outcome()).isEmpty();
    time.advance(PLAN);
    Await.until("it is given up", () -> theFork().outcome().isPresent());
    assertThat(theFork().outcome().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Abandoned.class, end -> assertThat(end.reason()).isNotNull());
    Await.until("the ledger has it", () -> !Ledger.entries().isEmpty());
    assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("outer/app/call");
    Await.until("its thread was interrupted", cell::isInterrupted);
    Await.until("its scope was left without it", () -> boundary.get() != null);
    cell.release();
  }

  private void checkOutcome(String how, Cause cause) {
    Outcome<@Nullable Object> end = theFork().outcome().orElseThrow();
    switch (how) {
      case "stopped", "shielded", "left", "interrupted" -> {
        StopReason reason =
            switch (end) {
              case Outcome.Stopped<?> stopped when cause != Cause.DEADLINE -> stopped.reason();
              case Outcome.DeadlineExceeded<?> late when cause == Cause.DEADLINE -> late.reason();
              default -> throw new AssertionError("ended as " + end);
            };
        assertThat(reason.chain()).startsWith(cause.chain);
      }
      case "returns", "late", "abandoned" ->
          assertThat(end)
              .isInstanceOfSatisfying(
                  Outcome.Succeeded.class, done -> assertThat(done.late()).isTrue());
      case "goes on" ->
          assertThat(end)
              .isInstanceOfSatisfying(
                  Outcome.Succeeded.class, done -> assertThat(done.late()).isFalse());
      default -> throw new AssertionError("no such word: " + how);
    }
  }

  /// What the boundary of the scope throws: nothing if the stop cut nothing short.
  private void checkBoundary(String how, Cause cause) {
    Throwable thrown = boundary.get();
    boolean cut = !List.of("returns", "late", "goes on").contains(how);
    Class<?> expected =
        switch (cause) {
          case SIBLING -> ForkFailedException.class;
          case CLOSED -> IllegalStateException.class;
          case DEADLINE -> cut ? DeadlineExceededException.class : null;
          case REQUEST, PARENT, SHUTDOWN -> cut ? StoppedException.class : null;
          case FORK, INTERRUPT -> null;
        };
    if (expected == null) {
      assertThat(thrown).isNull();
    } else {
      assertThat(thrown).isInstanceOf(expected);
      assertThat(thrown.getSuppressed())
          .filteredOn(AbandonedException.class::isInstance)
          .hasSize(how.equals("abandoned") ? 1 : 0);
    }
  }

  @Test
  void everyLineOfTheTableIsTested() {
    assertThat(table()).containsOnlyKeys(Waits.all().keySet());
  }
}
