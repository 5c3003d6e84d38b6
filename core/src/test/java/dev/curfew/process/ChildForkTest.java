// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.AbandonedException;
import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.ForkFailedException;
import dev.curfew.Ledger;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import dev.curfew.Verdict;
import dev.curfew.process.Kernel.Signal;
import dev.curfew.process.ProcessTable.Row;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Children that belong to a scope.
class ChildForkTest {
  private static final StopReason WHY = StopReason.requested("deploy");

  /// Both ignore TERM, and the grandchild is in a session of its own, without a parent.
  private static final String DEAF =
      "(setsid sh -c 'trap \"\" TERM; echo $$ > far; while :; do sleep 1000; done' &);"
          + " trap '' TERM; echo $$ > leader; while :; do sleep 1000; done";

  @TempDir Path folder;
  private Nursery nursery;

  @BeforeEach
  void open() {
    nursery = new Nursery(folder);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    nursery.clear();
  }

  private Command script(String text) {
    Command command = nursery.script(text);
    nursery.watch(command);
    return command;
  }

  @ParameterizedTest
  @EnumSource
  void howItEndedIsTheValueAlsoIfThatIsNotZero(Way way) {
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> good = way.fork(scope, "good", script("exit 0"), Way.LONG);
      Fork<Exit> bad = way.fork(scope, "bad", script("exit 7"), Way.LONG);
      scope.join();

      assertThat(good.get()).isEqualTo(new Exit.Exited(0));
      assertThat(bad.get()).isEqualTo(new Exit.Exited(7));
      assertThat(bad.outcome()).contains(new Outcome.Succeeded<>(new Exit.Exited(7), false));
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneThatListensEndsWhenItsScopeIsStopped(Way way) {
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> fork = way.fork(scope, "make", script("echo up > up; exec sleep 1000"), Way.LONG);
      nursery.line("up");

      StopReport report = stop(scope, Duration.ofSeconds(20));

      assertThat(report.stragglers()).isEmpty();
      StopReport.Part part = part(report, "app/make");
      assertThat(part.outcome()).isEqualTo("stopped");
      assertThat(part.notes()).hasSize(2);
      assertThat(part.notes().getFirst())
          .matches(
              "process \\d+ \\(sh\\), by "
                  + way.means.replace("(", "\\(").replace(")", "\\)")
                  + ": ended when asked");
      assertThat(part.notes().getLast())
          .endsWith(way == Way.NATIVE ? ": ended by signal TERM" : ": exit code 143");
      assertThat(fork.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
    }
  }

  private static StopReport stop(Scope scope, Duration within) {
    var report = new AtomicReference<StopReport>();
    Thread stopper =
        Thread.ofPlatform()
            .start(() -> report.set(scope.stopAndAwait(WHY, StopPlan.within(within))));
    try {
      scope.join();
    } catch (StoppedException | AbandonedException expected) {
      // the stop
    }
    scope.close();
    Await.until("the stop is over", Nursery.LONG, () -> !stopper.isAlive());
    return report.get();
  }

  private static StopReport.Part part(StopReport report, String path) {
    return report.parts().stream().filter(p -> p.path().equals(path)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void aDeafTreeIsKilledWithItsFarGrandchildWhenItsPlanIsOver(Way way) {
    try (Scope scope = Scope.open("app")) {
      way.fork(scope, "make", script(DEAF), Way.SHORT);
      long leader = nursery.number("leader");
      long far = nursery.number("far");

      StopReport report = stop(scope, Duration.ofSeconds(20));

      assertThat(report.stragglers()).isEmpty();
      assertThat(part(report, "app/make").notes().getFirst())
          .contains(": killed after ")
          .contains(leader + " (sh -c ")
          .contains(far + " (sh -c ")
          .contains(" s old)");
      assertThat(List.of(Nursery.state(leader), Nursery.state(far))).allMatch("-Z"::contains);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thePlanOfTheScopeIsKeptAlsoIfThatOfTheChildIsLonger(Way way) {
    try (Scope scope = Scope.open("app")) {
      way.fork(scope, "make", script(DEAF), Way.LONG);
      nursery.number("leader");
      nursery.number("far");

      StopReport report = stop(scope, Duration.ofSeconds(1));

      assertThat(report.stragglers()).isEmpty();
      assertThat(part(report, "app/make").notes().getFirst()).contains(": killed after ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSecondStopBringsTheKillForward(Way way) {
    try (Scope scope = Scope.open("app", s -> s.withPlan(Way.LONG))) {
      Fork<Exit> fork = way.fork(scope, "make", script(DEAF), Way.LONG);
      nursery.number("leader");
      nursery.number("far");
      scope.stop(WHY, Way.LONG);

      StopReport report = stop(scope, Duration.ofSeconds(1));

      assertThat(report.stragglers()).isEmpty();
      assertThat(fork.hasEnded()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenChildIsEnded(Way way) {
    try (Scope scope = Scope.open("app")) {
      way.fork(scope, "make", script("echo $$ > pid; kill -STOP $$; sleep 1000"), Way.SHORT);
      long pid = nursery.number("pid");
      Nursery.await(() -> Nursery.state(pid).equals("T"));

      StopReport report = stop(scope, Duration.ofSeconds(20));

      assertThat(report.stragglers()).isEmpty();
      assertThat(Nursery.state(pid)).isIn("-", "Z");
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneForkCanBeStoppedAlone(Way way) {
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> one = way.fork(scope, "one", script("echo up > up; " + DEAF), Way.SHORT);
      nursery.number("far");
      nursery.number("leader");
      Fork<Exit> other = way.fork(scope, "other", script("read x < /dev/null; exit 3"), Way.SHORT);

      one.stop(WHY);

      assertThat(one.join(Nursery.LONG)).isTrue();
      assertThat(one.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
      scope.join(); // nobody stopped that
      assertThat(other.get()).isEqualTo(new Exit.Exited(3));
    }
  }

  @ParameterizedTest
  @EnumSource
  void workThatIsDoneAllTheSameIsNotLost(Way way) {
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> fork =
          way.fork(
              scope,
              "make",
              script("trap 'exit 0' TERM; echo up > up; while :; do sleep 0.05; done"),
              Way.LONG);
      nursery.line("up");

      stop(scope, Duration.ofSeconds(20));

      assertThat(fork.get()).isEqualTo(new Exit.Exited(0));
      assertThat(fork.outcome()).contains(new Outcome.Succeeded<>(new Exit.Exited(0), true));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatALeaderLeavesBehindIsEndedBeforeTheForkIs(Way way) {
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> fork =
          way.fork(
              scope,
              "make",
              script(
                  "(setsid sh -c 'echo $$ > far; exec sleep 1000' &); until [ -s far ]; do :;"
                      + " done"),
              Way.LONG);
      scope.join();

      assertThat(fork.get()).isEqualTo(new Exit.Exited(0));
      assertThat(Nursery.state(nursery.number("far"))).isIn("-", "Z");
    }
  }

  @Test
  void aProgramThatIsNotThereFailsItsForkAndStopsTheSiblings() {
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> sibling = ChildProcess.fork(scope, "sleep", script("exec sleep 1000"));
      ChildProcess.fork(scope, "make", Command.of("no-such-program"));

      assertThatThrownBy(scope::join)
          .isInstanceOf(ForkFailedException.class)
          .hasMessageContaining("app/make failed")
          .hasRootCauseMessage(
              "Cannot start 'no-such-program': program not found. Look at its spelling and at PATH;"
                  + " if it is a script, look at the interpreter in its first line.");
      assertThat(sibling.hasEnded()).isTrue();
    }
  }

  @Test
  void aForkThatNeverBeginsStartsNothing() {
    try (Scope scope = Scope.open("app")) {
      scope.stop(WHY);
      assertThatThrownBy(() -> ChildProcess.fork(scope, "make", script("echo up > up")))
          .isInstanceOf(StoppedException.class);
    }
    assertThat(nursery.file("up")).doesNotExist();
  }

  @Test
  void aForeignInterruptEndsTheTreeAndIsTheReason() {
    var thread = new AtomicReference<Thread>();
    try (Scope scope =
        Scope.open(
            "app",
            s ->
                s.withDecorator(
                    (name, body) ->
                        () -> {
                          thread.set(Thread.currentThread());
                          return body.call();
                        }))) {
      Fork<Exit> fork = ChildProcess.fork(scope, "make", script(DEAF), Way.SHORT);
      long far = nursery.number("far");
      nursery.number("leader");

      thread.get().interrupt();

      assertThat(fork.join(Nursery.LONG)).isTrue();
      assertThat(fork.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Stopped.class,
              stopped ->
                  assertThat(stopped.reason()).isInstanceOf(StopReason.ForeignInterrupt.class));
      assertThat(Nursery.state(far)).isIn("-", "Z");
    }
  }

  @Test
  void whileItIsWaitedForTheVerdictNamesTheProcess() {
    try (Scope scope = Scope.open("app", s -> s.withPlan(Way.LONG))) {
      Fork<Exit> fork = ChildProcess.fork(scope, "make", script(DEAF), Way.LONG);
      long leader = nursery.number("leader");
      long far = nursery.number("far");
      scope.stop(WHY);

      Await.until("it is known to its thread", () -> verdict(scope).contains("process " + leader));
      assertThat(verdict(scope))
          .isEqualTo(
              "waiting for a child: process %d (sh) - it has been asked to end, and is killed before the plan is over"
                  .formatted(leader));
      stop(scope, Duration.ofSeconds(1));
      assertThat(fork.hasEnded()).isTrue();
      assertThat(Nursery.state(far)).isIn("-", "Z");
    }
  }

  private static String verdict(Scope scope) {
    StopReport report = scope.report().orElseThrow();
    return part(report, "app/make").straggler().orElseThrow().verdict().toString();
  }

  /// Kills nothing as long as it is told not to.
  private static final class Powerless implements Kernel {
    private final Kernel real;
    private volatile boolean powerless = true;

    Powerless(ProcessTable table) {
      real = Kernel.here(table);
    }

    @Override
    public boolean send(Row row, Signal signal) {
      return powerless || real.send(row, signal);
    }

    @Override
    public void awaitEnd(Row row, long nanos) throws InterruptedException {
      real.awaitEnd(row, nanos);
    }
  }

  @Test
  void survivorsAreAbandonedAndNamedInReportAndLedgerUntilTheyEnd() throws IOException {
    var table = new ProcTable();
    var kernel = new Powerless(table);
    Command command = script("echo $$ > leader; exec sleep 1000");
    var started = new AtomicReference<ChildProcess>();
    Ladder ladder =
        new Ladder(
            () -> {
              started.set(ChildProcess.start(command, Starter.here(), table, kernel));
              return started.get();
            },
            Way.SHORT,
            Exit::succeeded);
    Scope scope = Scope.open("app");
    Fork<Exit> fork = ChildProcess.fork(scope, "make", ladder);
    long leader = nursery.number("leader");

    StopReport report = stop(scope, Duration.ofMillis(600));

    StopReport.Part part = part(report, "app/make");
    assertThat(part.outcome()).isEqualTo("abandoned");
    assertThat(part.straggler().orElseThrow().verdict().kind())
        .isEqualTo(Verdict.Kind.WAITING_FOR_CHILD);
    String named = "process " + leader + " (sh), not to be killed: " + leader + " (sleep 1000, ";
    Await.until(
        "the ledger names it",
        () -> Ledger.entries().stream().anyMatch(entry -> entry.thread().startsWith(named)));

    kernel.powerless = false;
    started.get().force();

    Await.until("the ledger is empty", () -> Ledger.entries().isEmpty());
    assertThat(fork.hasEnded()).isTrue();
  }

  @Test
  void itsThreadIsAPlatformThreadAlsoWhereTheOthersAreVirtual() {
    var virtual = new AtomicReference<Boolean>();
    try (Scope scope =
        Scope.open(
            "app",
            s ->
                s.withDecorator(
                    (name, body) ->
                        () -> {
                          virtual.set(Thread.currentThread().isVirtual());
                          return body.call();
                        }))) {
      ChildProcess.fork(scope, "true", Command.of("true"));
      scope.join();
      assertThat(virtual.get()).isFalse();
      scope.fork("other", () -> Curfew.checkpoint());
      scope.join();
      assertThat(virtual.get()).isTrue();
    }
  }
}
