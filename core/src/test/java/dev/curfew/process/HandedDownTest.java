// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import dev.curfew.worker.Claim;
import dev.curfew.worker.QueueWorker;
import dev.curfew.worker.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a child knows of the deadline of its parent, and of why it is to end.
class HandedDownTest {
  @TempDir Path folder;
  private Nursery nursery;

  /// Says what time a scope has, and how it ends.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws InterruptedException {
      Duration own = Duration.parse(arguments[0]);
      try {
        Scope.run(
            "app",
            s -> own.isZero() ? s : s.withDeadline(own),
            scope -> {
              long left = Curfew.remaining().map(Duration::toMinutes).orElse(-1L);
              System.out.println(left + " " + scope.deadline().isPresent());
              if (arguments.length > 1) {
                Curfew.sleep(Duration.ofMinutes(5));
              }
              return left;
            });
      } catch (DeadlineExceededException e) {
        System.out.println(e.reason().chain());
      }
    }
  }

  /// Says why it was asked to end.
  static final class Asked {
    private Asked() {}

    public static void main(String[] none) {
      Runtime.getRuntime().addShutdownHook(new Thread(Asked::say));
      System.out.println(ParentProcess.stopReason());
      Curfew.sleep(Duration.ofMinutes(5));
    }

    private static void say() {
      System.out.println(ParentProcess.stopReason().map(StopReason::chain).orElse("no reason"));
      System.out.flush();
    }
  }

  /// Works on something that it holds by a lease, until well after its deadline.
  static final class Working implements Source<String> {

    private final AtomicBoolean given = new AtomicBoolean();
    private final AtomicInteger renewals = new AtomicInteger();

    public static void main(String[] none) {
      var own = new Working();
      try (var worker = QueueWorker.open("worker", own, own::handle)) {
        Await.until("it is stopped", () -> worker.report().stop().isPresent());
        var stop = StopReason.requested("end");
        var report = worker.stopAndAwait(stop, StopPlan.within(Duration.ofSeconds(20)));
        System.out.println(report.stop().orElseThrow().reason().chain());
      }
    }

    private void handle(String item) {
      System.out.println(item + ", has a deadline: " + Curfew.remaining().isPresent());
      while (!Curfew.token().isStopped()) {
        Thread.onSpinWait();
      }
      int before = renewals.get();
      Await.until("it is renewed after the stop", () -> renewals.get() > before);
    }

    @Override
    public Claim<String> claim(int most, Deadline until) {
      if (given.compareAndSet(false, true)) {
        return Claim.of(List.of("item"));
      }
      Curfew.sleep(Duration.ofMillis(1));
      return Claim.of(List.of());
    }

    @Override
    public Optional<Duration> lease() {
      return Optional.of(Duration.ofMillis(300));
    }

    @Override
    public boolean renew(String item) {
      renewals.incrementAndGet();
      return true;
    }

    @Override
    public void done(String item) {
      System.out.println(item + " is done");
    }

    @Override
    public void failed(String item, Throwable failure) {
      System.out.println(item + " has failed: " + failure);
    }

    @Override
    public void handBack(String item, StopReason reason) {
      System.out.println(item + " is handed back");
    }
  }

  @Test
  void aWorkerRenewsAndTellsUntilItsItemsHaveEnded() throws IOException, InterruptedException {
    Map<String, String> soon = Map.of("CURFEW_DEADLINE", in(Duration.ofSeconds(2)));
    assertThat(child(Working.class, soon))
        .containsExactly(
            "item, has a deadline: true",
            "item is done",
            "deadline of worker/items passed by the clock, at the deadline handed down by the"
                + " parent process in worker/items");
  }

  @BeforeEach
  void open() {
    nursery = new Nursery(folder);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    nursery.clear();
  }

  private List<String> child(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return child(Child.class, environment, arguments);
  }

  private List<String> child(Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Command command =
        JavaCommand.of(main, arguments)
            .withOptions("-XX:TieredStopAtLevel=1")
            .command()
            .withOutput(nursery.file("out"))
            .withErrors(nursery.file("err"))
            .withEnvironment(environment);
    Exit exit = Nursery.exit(nursery.start(command));
    assertThat(exit).as(nursery.text("err")).isEqualTo(new Exit.Exited(0));
    return nursery.text("out").lines().toList();
  }

  private static String in(Duration span) {
    return Long.toString(System.currentTimeMillis() + span.toMillis());
  }

  @Test
  void whatALauncherSetsForThisJvmIsNotHandedDown() {
    assertThat(Command.notInherited(null))
        .containsExactlyInAnyOrder("CURFEW_MARKER", "CURFEW_OWN_VARIABLES");
    assertThat(Command.notInherited("A B")).contains("A", "B").doesNotContain("A B");
  }

  @Test
  void theDeadlineOfTheScopeIsThatOfTheOutermostScopeOfAChild() throws Exception {
    List<String> said =
        Scope.run(
            "app",
            s -> s.withDeadline(Duration.ofMinutes(90)),
            _ -> child(Map.of(), Duration.ZERO.toString()));
    assertThat(said).singleElement().asString().matches("8[89] true");
  }

  @Test
  void aChildCanOnlyHaveAnEarlierOne() throws IOException, InterruptedException {
    Map<String, String> hour = Map.of("CURFEW_DEADLINE", in(Duration.ofMinutes(60)));
    assertThat(child(hour, "PT30M").getFirst()).matches("(29|30) true");
    assertThat(child(hour, "PT90M").getFirst()).matches("(59|60) true");
  }

  @Test
  void itsScopeIsStoppedWhenTheHandedDownDeadlineHasPassed()
      throws IOException, InterruptedException {
    List<String> said =
        child(Map.of("CURFEW_DEADLINE", in(Duration.ofMinutes(-1))), "PT0S", "wait");
    assertThat(said)
        .containsExactly(
            "0 true",
            "deadline of app passed by the clock, at the deadline handed down by the parent process"
                + " in app");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-5", "1e9", " 1700000000000", "9999999999999999"})
  void whatIsNotAPlainNumberIsIgnored(String value) throws IOException, InterruptedException {
    assertThat(child(Map.of("CURFEW_DEADLINE", value), "PT0S")).containsExactly("-1 false");
  }

  @ParameterizedTest
  @EnumSource
  void theVariableIsMillisecondsSince1970AndAnyProgramCanReadIt(Way way) {
    Command command = nursery.script("echo $((CURFEW_DEADLINE / 1000 - $(date +%s)))");
    nursery.watch(command);
    Scope.run(
        "app",
        s -> s.withDeadline(Duration.ofHours(1)),
        scope -> way.fork(scope, "child", command, Way.LONG));
    assertThat(nursery.number("out")).isBetween(3_500L, 3_600L);
  }

  @Test
  void whatTheCommandSaysIsStronger() throws Exception {
    Command command =
        nursery.script("echo $CURFEW_DEADLINE").withEnvironment(Map.of("CURFEW_DEADLINE", "mine"));
    Scope.run(
        "app", s -> s.withDeadline(Duration.ofHours(1)), _ -> Nursery.exit(nursery.start(command)));
    assertThat(nursery.text("out")).isEqualTo("mine\n");
  }

  @Test
  void withoutADeadlineNothingIsHandedDown() throws IOException, InterruptedException {
    Nursery.exit(nursery.shell("echo \"<$CURFEW_DEADLINE>\""));
    assertThat(nursery.text("out")).isEqualTo("<>\n");
  }

  @ParameterizedTest
  @EnumSource
  void theReasonIsThereWhenTheChildIsAsked(Way way) throws IOException {
    long before = reasonFiles();
    Command command =
        JavaCommand.of(Asked.class)
            .withOptions("-XX:TieredStopAtLevel=1")
            .command()
            .withOutput(nursery.file("out"))
            .withErrors(nursery.file("err"));
    nursery.watch(command);
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> fork = way.fork(scope, "child", command, Way.LONG);
      nursery.line("out");
      scope.stop(StopReason.requested("deploy"));
      assertThat(joined(fork)).isTrue();
    }
    assertThat(nursery.text("out").lines().toList()).hasSize(2).first().isEqualTo("Optional.empty");
    assertThat(nursery.text("out").lines().toList().getLast())
        .matches(
            "parent process \\d+ stopped <- requested 'deploy' by main in app at"
                + " HandedDownTest\\.java:\\d+");
    assertThat(reasonFiles()).isEqualTo(before);
  }

  /// Waits as one outside of the scope would.
  private static boolean joined(Fork<?> fork) {
    Nursery.await(fork::hasEnded);
    return fork.hasEnded();
  }

  private static long reasonFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.toString().contains("curfew-" + ProcessHandle.current().pid() + "-"))
          .count();
    }
  }

  @Test
  void kindTextAndOriginTravel() {
    var origin = StopReason.Origin.here();
    for (StopReason reason :
        List.of(
            new StopReason.DeadlinePassed("app", origin),
            new StopReason.LimitReached("3 failures", origin),
            new StopReason.Shutdown("SIGTERM", origin),
            new StopReason.Requested("deploy", origin))) {
      StopReason below = new StopReason.ParentStopped("app/x", reason);
      assertThat(travelled(below))
          .isInstanceOfSatisfying(
              StopReason.ParentStopped.class,
              parent -> {
                assertThat(parent.root()).isEqualTo(reason);
                assertThat(parent.scope()).isEqualTo("process " + ProcessHandle.current().pid());
              });
    }
  }

  @Test
  void otherKindsComeAsRequestsAndInOneLine() {
    var reason =
        new StopReason.SiblingFailed(
            "app/x", new IOException("no\nroute"), StopReason.Origin.here());
    assertThat(travelled(reason).root().why())
        .isEqualTo("requested 'sibling app/x failed with java.io.IOException: no?route'");
  }

  @Test
  void aLongReasonIsCutBetweenCharacters() throws IOException {
    long before = reasonFiles();
    String text = "x".repeat(999) + "\ud83d\ude80 and \ud83d alone";
    assertThat(travelled(StopReason.requested(text)).root().why())
        .isEqualTo("requested '" + "x".repeat(999) + "...'");
    assertThat(travelled(StopReason.requested("half \ud83d a rocket")).root().why())
        .isEqualTo("requested 'half ? a rocket'");
    assertThat(reasonFiles()).isEqualTo(before);
  }

  private static StopReason travelled(StopReason reason) {
    try (ReasonFile file = ReasonFile.unwritten()) {
      file.write(reason, 1);
      return ReasonFile.read(file.path()).orElseThrow();
    }
  }

  @Test
  void aReasonThatCannotBeReadIsNone() throws IOException {
    assertThat(ReasonFile.read("/no/such/file")).isEmpty();
    assertThat(ReasonFile.read("\0")).isEmpty();
    assertThat(ReasonFile.read(folder.toString())).isEmpty();
    nursery.append("short", "1\nRequested\n");
    assertThat(ReasonFile.read(nursery.file("short").toString())).isEmpty();
    nursery.append("when", "1\nRequested\nx\nt\ns\np\nyesterday\n");
    assertThat(ReasonFile.read(nursery.file("when").toString())).isEmpty();
    nursery.append("large", "x".repeat(20_000));
    assertThat(ReasonFile.read(nursery.file("large").toString())).isEmpty();
    assertThat(ParentProcess.stopReason()).isEmpty();
  }

  @Test
  void aFileThatIsClosedIsNotWrittenAnyMore() {
    var file = ReasonFile.unwritten();
    file.close();
    file.write(StopReason.requested("too late"), 1);
    assertThat(Path.of(file.path())).doesNotExist();
  }
}
