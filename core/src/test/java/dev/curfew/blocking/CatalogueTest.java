// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.AbandonedException;
import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Ledger;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What an interrupt does to the blocking calls of this JDK, and how a stop frees each of them,
/// compared with the page that says so.
@SuppressWarnings("InterruptedExceptionSwallowed") // nobody interrupts these threads
class CatalogueTest {

  private static final Path PAGE = Path.of("../docs/catalogue.md");
  private static final StopReason WHY = StopReason.requested("deploy");
  private static final String THROWN = "StoppedException";
  private static final String LATE = "returns, and the next check throws";
  private static final String EITHER = THROWN + ", or " + LATE.replace(",", "");
  private static final Duration PLAN = Duration.ofSeconds(5);

  /// A call that is not woken is given a while; too short a one would hide a slow wake-up, never
  /// invent one.
  private static final Duration A_WHILE = Duration.ofMillis(200);

  enum Kind {
    PLATFORM,
    VIRTUAL;

    ThreadFactory threads() {
      return this == PLATFORM
          ? Thread.ofPlatform().daemon().factory()
          : Thread.ofVirtual().factory();
    }
  }

  /// One thread in one call, for the first table.
  private static final class Victim {
    private final Blocked blocked;
    private final Thread thread;
    private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    private volatile boolean flag;

    Victim(Blocked blocked, Kind kind) {
      this.blocked = blocked;
      thread = kind.threads().newThread(this::run);
      thread.start();
    }

    private void run() {
      try {
        blocked.call.run();
      } catch (Exception e) {
        thrown.set(e);
      }
      flag = Thread.currentThread().isInterrupted();
    }

    String finding() throws Exception {
      boolean woken = !thread.isAlive();
      boolean whole = blocked.whole.getAsBoolean();
      if (!woken) {
        blocked.release.run();
        Await.until("it ends", () -> !thread.isAlive());
      }
      blocked.clean.run();
      if (!woken) {
        return "not woken";
      }
      Throwable what = thrown.get();
      return (what == null ? "returns" : what.getClass().getSimpleName())
          + (flag ? ", flag stays" : "")
          + (whole ? "" : ", **" + blocked.damage + "**");
    }
  }

  @Test
  void thePageSaysWhatAnInterruptDoes() throws Exception {
    List<String> platform = interrupted(Rows.all(), Kind.PLATFORM);
    List<String> virtual = new ArrayList<>();
    for (Blocked.Row row : Rows.all()) { // one by one, for some of them hold their carrier
      virtual.addAll(interrupted(List.of(row), Kind.VIRTUAL));
    }
    List<String> table = new ArrayList<>();
    for (int i = 0; i < platform.size(); i++) {
      table.add("| " + Rows.all().get(i) + " | " + platform.get(i) + " | " + virtual.get(i) + " |");
    }
    assertThat(Files.readString(PAGE)).contains(String.join("\n", table));
  }

  private static List<String> interrupted(List<Blocked.Row> rows, Kind kind) throws Exception {
    List<Victim> victims = new ArrayList<>();
    for (Blocked.Row row : rows) {
      Victim victim = new Victim(row.making().make(), kind);
      victims.add(victim);
      Await.until(row + " blocks", () -> victim.blocked.inside.test(victim.thread));
    }
    victims.forEach(victim -> victim.thread.interrupt());
    long end = System.nanoTime() + A_WHILE.toNanos();
    List<String> findings = new ArrayList<>();
    for (Victim victim : victims) {
      boolean _ = victim.thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      findings.add(victim.finding());
    }
    return findings;
  }

  static Stream<Blocked.Row> rows() {
    return Rows.all().stream();
  }

  static Stream<Blocked.Row> stuckRows() {
    return Rows.all().stream().filter(Blocked.Row::stuck);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void eachIsFreedAsThePageSays(Blocked.Row row) throws Exception {
    for (Kind kind : Kind.values()) {
      Blocked blocked = row.making().make();
      String ends = stop(blocked, kind);
      boolean whole = blocked.way != null && blocked.whole.getAsBoolean();
      String damage = whole ? "none" : blocked.damage;
      blocked.clean.run();
      Await.until("nothing is left", () -> Ledger.entries().isEmpty());
      String told = blocked.endsEither && Set.of(THROWN, LATE).contains(ends) ? EITHER : ends;
      assertThat("| " + row + " | " + blocked.freedBy + " | " + told + " | " + damage + " |")
          .as("on a %s thread", kind)
          .isEqualTo(howItIsFreed(row));
    }
  }

  /// {@return the line of the second table}
  private static String howItIsFreed(Blocked.Row row) throws IOException {
    return Files.readAllLines(PAGE).stream()
        .filter(line -> line.startsWith("| " + row + " |"))
        .toList()
        .getLast();
  }

  /// Makes the call in a fork, stops that once it blocks, and tells how the call has ended.
  private static String stop(Blocked blocked, Kind kind) {
    AtomicReference<String> ends = new AtomicReference<>("");
    Throwable thrown =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> s.withThreads(kind.threads()),
                    scope -> {
                      AtomicReference<@Nullable Thread> caller = new AtomicReference<>();
                      AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
                      Fork<?> fork =
                          scope.fork(
                              "call",
                              () -> {
                                caller.set(Thread.currentThread());
                                return make(blocked, thread);
                              });
                      Await.until("it blocks", () -> isIn(blocked, thread.get()));
                      if (blocked.way == null) {
                        Await.until("its caller waits", () -> Blocked.waits(caller.get()));
                      }
                      scope.stop(WHY);
                      if (blocked.freedBy.contains("flagOnly")) {
                        assertThat(fork.hasEnded()).isFalse();
                        blocked.release.run();
                      }
                      Await.until("the stop has freed it", fork::hasEnded);
                      ends.set(verdict(fork));
                      assertThat(Ledger.entries()).hasSize(blocked.way == null ? 1 : 0);
                      if (blocked.way == null) {
                        blocked.release.run();
                      }
                      return null;
                    }));
    if (thrown != null) { // no stop where the body has returned all the same
      assertThat(thrown).isInstanceOf(StoppedException.class);
    }
    return ends.get();
  }

  private static boolean isIn(Blocked blocked, @Nullable Thread thread) {
    return thread != null && blocked.inside.test(thread);
  }

  private static @Nullable Object make(Blocked blocked, AtomicReference<@Nullable Thread> thread)
      throws Exception {
    Callable<@Nullable Void> call =
        () -> {
          thread.set(Thread.currentThread());
          blocked.call.run();
          return null;
        };
    try {
      return blocked.way == null
          ? Curfew.<@Nullable Void>detached("left", call, late -> {})
          : Curfew.<@Nullable Void, Exception>blocking(blocked.way, call::call);
    } catch (StoppedException e) {
      assertThat(Thread.currentThread().isInterrupted()).as("the flag behind it").isFalse();
      throw e;
    }
  }

  private static String verdict(Fork<?> fork) {
    return switch (fork.outcome().orElseThrow()) {
      case Outcome.Stopped<?> stopped -> {
        assertThat(stopped.reason().root()).isEqualTo(WHY);
        yield THROWN;
      }
      case Outcome.Succeeded<?> done -> {
        assertThat(done.late()).isTrue();
        yield LATE;
      }
      case Outcome<?> other -> other.word();
    };
  }

  @ParameterizedTest
  @MethodSource("stuckRows")
  void whatNothingFreesIsAbandonedAtItsBoundAndNamed(Blocked.Row row) throws Exception {
    for (Kind kind : Kind.values()) {
      Blocked blocked = row.making().make();
      ManualTime time = new ManualTime();
      AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
      AtomicReference<Fork<?>> fork = new AtomicReference<>();
      Thread owner =
          Thread.ofPlatform()
              .start(
                  () ->
                      assertThat(catchThrowable(() -> abandon(blocked, kind, time, thread, fork)))
                          .satisfies(CatalogueTest::namesIt));
      AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
      owner.setUncaughtExceptionHandler((_, thrown) -> failure.set(thrown));
      time.awaitAlarms(1); // the owner waits for the end of the plan
      assertThat(fork.get().hasEnded()).isFalse();
      time.advance(PLAN);
      Await.until("the scope has given it up", () -> !owner.isAlive());
      assertThat(failure.get()).isNull();
      assertThat(fork.get().outcome().orElseThrow()).isInstanceOf(Outcome.Abandoned.class);
      assertThat(Ledger.entries()).extracting(Ledger.Entry::path).containsExactly("app/call");
      blocked.release.run();
      Await.until("it has ended", () -> Ledger.entries().isEmpty());
      assertThat(fork.get().outcome().orElseThrow()).isInstanceOf(Outcome.Succeeded.class);
      blocked.clean.run();
    }
  }

  private static void abandon(
      Blocked blocked,
      Kind kind,
      ManualTime time,
      AtomicReference<@Nullable Thread> thread,
      AtomicReference<Fork<?>> fork) {
    Scope.run(
        "app",
        s -> s.withThreads(kind.threads()).withTime(time).withPlan(StopPlan.within(PLAN)),
        scope -> {
          fork.set(
              scope.fork(
                  "call",
                  () -> {
                    thread.set(Thread.currentThread());
                    blocked.call.run();
                    return null;
                  }));
          Await.until("it blocks", () -> isIn(blocked, thread.get()));
          scope.stop(WHY);
          scope.join();
          return null;
        });
  }

  private static void namesIt(Throwable thrown) {
    assertThat(thrown).isInstanceOf(StoppedException.class);
    assertThat(thrown.getSuppressed())
        .singleElement()
        .isInstanceOfSatisfying(
            AbandonedException.class,
            abandoned ->
                assertThat(abandoned.report().stragglers())
                    .singleElement()
                    .satisfies(part -> assertThat(part.path()).isEqualTo("app/call")));
  }

  @Test
  void everyRowOfThePageIsTested() throws IOException {
    List<String> names = Rows.all().stream().map(Blocked.Row::name).toList();
    List<String> onThePage =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.startsWith("| ") && !line.matches("\\| (blocked in|call) .*"))
            .map(line -> line.substring(2, line.indexOf(" |")))
            .toList();
    List<String> twice = new ArrayList<>(names);
    twice.addAll(names);
    assertThat(onThePage).containsExactlyElementsOf(twice);
  }
}
