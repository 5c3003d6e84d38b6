// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.AbandonedException;
import dev.curfew.Curfew;
import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StoppedException;
import dev.curfew.process.IsolatedException.Kind;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IsolatedTest {
  private static final StopReason WHY = StopReason.requested("deploy");

  private static final String MINE = "curfew-isolated-" + ProcessHandle.current().pid() + "-";

  @TempDir Path folder;

  /// What most of the tasks get: where to write to, and what to do.
  record In(String folder, String what) implements Serializable {}

  sealed interface Shape extends Serializable {
    record Circle(double radius) implements Shape {}

    record Square(double side) implements Shape {}
  }

  enum Colour {
    RED,
    BLUE {
      @Override
      public String toString() {
        return "blue";
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // arrays are carried, too
  record Rich(
      int number,
      String text,
      Colour colour,
      List<Shape> shapes,
      Map<UUID, LocalDate> dates,
      byte[][] bytes,
      Duration span,
      Set<Colour> colours)
      implements Serializable {}

  static final class Echo implements IsolatedTask<Rich, Rich> {
    @Override
    public Rich run(Rich in) {
      System.out.println("standard output is not the channel");
      return new Rich(
          in.number + 1, in.text, in.colour, in.shapes, in.dates, in.bytes, in.span, in.colours);
    }
  }

  static final class Naughty implements IsolatedTask<In, String> {
    @Override
    public String run(In in) throws Exception {
      return switch (in.what) {
        case "throws" -> throw new IOException("no route", new IllegalStateException("inside"));
        case "error" -> throw new AssertionError("wrong");
        case "broken" -> throw new Undescribable();
        case "stops itself" -> throw new StoppedException(StopReason.requested("me"));
        case "exits" -> {
          System.err.println("I give up");
          Runtime.getRuntime().exit(7);
          yield "";
        }
        case "crashes" -> {
          boolean _ = ProcessHandle.current().pid() > 0;
          Runtime.getRuntime().halt(134);
          yield "";
        }
        case "eats" -> {
          var all = new ArrayList<byte[]>();
          while (all.size() < 1 << 20) {
            all.add(new byte[1 << 20]);
          }
          yield "";
        }
        case "threads" -> {
          new Thread(IsolatedTest::hang).start();
          yield "answered";
        }
        default -> in.what;
      };
    }
  }

  static final class Undescribable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException();
    }
  }

  /// Says that it runs and why it ends.
  static final class Waiting implements IsolatedTask<In, String> {
    @Override
    public String run(In in) throws IOException {
      Path said = Path.of(in.folder, "said");
      Files.writeString(Path.of(in.folder, "up"), ProcessHandle.current().pid() + "\n");
      try {
        Curfew.sleep(Duration.ofMinutes(10));
        return "slept";
      } catch (StoppedException e) {
        Files.writeString(said, e.reason().chain() + "\n");
        if (in.what.equals("answers all the same")) {
          return "late";
        }
        throw e;
      }
    }
  }

  /// Computes for ever.
  static final class Deaf implements IsolatedTask<In, String> {
    @Override
    public String run(In in) throws IOException {
      Files.writeString(Path.of(in.folder, "up"), ProcessHandle.current().pid() + "\n");
      while (true) {
        Thread.onSpinWait();
      }
    }
  }

  private static void hang() {
    try {
      boolean _ = new CountDownLatch(1).await(10, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(leftInTemporaryFolder()).isZero();
  }

  private static long leftInTemporaryFolder() {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(file -> file.toString().contains(MINE)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private In in(String what) {
    return new In(folder.toString(), what);
  }

  private static IsolatedSettings quick(IsolatedSettings settings) {
    return settings.withOptions("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  }

  private IsolatedException failure(String what, UnaryOperator<IsolatedSettings> change) {
    try {
      Isolated.call(Naughty.class, in(what), s -> change.apply(quick(s)).withName("naughty"));
    } catch (IsolatedException e) {
      return e;
    }
    throw new AssertionError("it gave an answer");
  }

  @Test
  void argumentsAndAnswerAreCarried() {
    var given =
        new Rich(
            1,
            "a\u20ac",
            Colour.BLUE,
            List.of(new Shape.Circle(1), new Shape.Square(2)),
            Map.of(new UUID(1, 2), LocalDate.EPOCH),
            new byte[][] {{1}, {2, 3}},
            Duration.ofSeconds(5),
            EnumSet.of(Colour.RED, Colour.BLUE));

    Rich got = Isolated.call(Echo.class, given);

    assertThat(got.number()).isEqualTo(2);
    assertThat(got).usingRecursiveComparison().ignoringFields("number").isEqualTo(given);
  }

  @Test
  void whatTheTaskThrowsComesAsText() {
    IsolatedException thrown = failure("throws", s -> s);

    assertThat(thrown).hasMessage("naughty threw java.io.IOException: no route").hasNoCause();
    assertThat(thrown.kind()).isEqualTo(Kind.THREW);
    assertThat(thrown.remoteType()).contains("java.io.IOException");
    assertThat(thrown.details())
        .contains("IsolatedTest$Naughty.run", "Caused by: java.lang.IllegalStateException: inside");
    assertThat(failure("error", s -> s))
        .hasMessage("naughty threw java.lang.AssertionError: wrong");
    assertThat(failure("broken", s -> s))
        .hasMessage("naughty threw " + Undescribable.class.getName());
    assertThat(failure("stops itself", s -> s).remoteType())
        .contains("dev.curfew.StoppedException");
  }

  @Test
  void aJvmThatEndsWithoutAnAnswerIsNamedWithItsExitAndLastWords() {
    IsolatedException exited = failure("exits", s -> s);
    assertThat(exited).hasMessage("the JVM of naughty died: exit code 7; it said: I give up");
    assertThat(exited.kind()).isEqualTo(Kind.DIED);
    assertThat(exited.details()).isEqualTo("I give up");
    assertThat(exited.remoteType()).isEmpty();
    assertThat(failure("crashes", s -> s)).hasMessage("the JVM of naughty died: exit code 134");
    assertThat(failure("x", s -> s.withOptions("-XX:NoSuchOption=1")).getMessage())
        .startsWith("the JVM of naughty died: exit code 1; it said: ");
  }

  @Test
  void aHeapThatIsTooSmallIsToldSo() {
    IsolatedException thrown = failure("eats", s -> s.withMemory(24 << 20));
    assertThat(thrown.kind()).isEqualTo(Kind.OUT_OF_MEMORY);
    assertThat(thrown)
        .hasMessage("naughty ran out of memory: give it more by withMemory, or less to do");
  }

  @Test
  void threadsThatTheTaskLeavesKeepNobodyWaiting() {
    assertThat(Isolated.call(Naughty.class, in("threads"), IsolatedTest::quick))
        .isEqualTo("answered");
  }

  private <R> Fork<R> begun(Scope scope, java.util.concurrent.Callable<R> call) {
    Fork<R> fork = scope.fork("call", call);
    Nursery.await(() -> folder.resolve("up").toFile().length() > 0);
    return fork;
  }

  private long pid() throws IOException {
    return Long.parseLong(Files.readString(folder.resolve("up")).strip());
  }

  @Test
  void aStopReachesTheTaskWithItsReasonAndTheJvmEnds() throws IOException {
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          begun(scope, () -> Isolated.call(Waiting.class, in(""), IsolatedTest::quick));
      scope.stop(WHY);
      Nursery.await(fork::hasEnded);

      assertThat(fork.outcome().orElseThrow()).isInstanceOf(Outcome.Stopped.class);
      assertThat(Files.readString(folder.resolve("said")))
          .startsWith("parent process ")
          .contains(" stopped <- requested 'deploy' by ");
      assertThat(Nursery.state(pid())).isIn("-", "Z");
      assertThat(scope.report().orElseThrow().stragglers()).isEmpty();
    }
  }

  @Test
  void anAnswerThatIsThereAllTheSameIsReturned() {
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          begun(
              scope,
              () -> Isolated.call(Waiting.class, in("answers all the same"), IsolatedTest::quick));
      scope.stop(WHY);
      Nursery.await(fork::hasEnded);

      assertThat(fork.outcome()).contains(new Outcome.Succeeded<>("late", true));
    }
  }

  @Test
  void aDeafTaskIsKilledAtItsDeadlineAfterAThreadDump() throws IOException {
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          begun(
              scope,
              () ->
                  Isolated.call(
                      Deaf.class, in(""), s -> quick(s).withPlan(StopPlan.within(Duration.ZERO))));
      scope.stop(WHY, StopPlan.within(Duration.ofSeconds(20)));
      Nursery.await(fork::hasEnded);

      StopReport report = scope.report().orElseThrow();
      StopReport.Part jvm =
          report.parts().stream()
              .filter(part -> part.path().equals("app/call/isolated/jvm"))
              .findFirst()
              .orElseThrow();
      assertThat(jvm.outcome()).isEqualTo("stopped");
      assertThat(jvm.notes().getFirst()).contains("IsolatedTest$Deaf.run");
      assertThat(Nursery.state(pid())).isIn("-", "Z");
    } catch (AbandonedException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  @Test
  void theDeadlineOfTheCallEndsIt() {
    assertThatThrownBy(
            () ->
                Isolated.call(
                    Deaf.class,
                    in(""),
                    s ->
                        quick(s)
                            .withDeadline(Duration.ofSeconds(1))
                            .withPlan(StopPlan.within(Duration.ofMillis(10)))))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessage("deadline of isolated passed");
  }

  @Test
  void aJvmThatIsKilledFromOutsideIsAnErrorNotAStop() throws IOException {
    try (Scope scope = Scope.open("app")) {
      Fork<String> fork =
          begun(scope, () -> Isolated.call(Waiting.class, in(""), IsolatedTest::quick));
      assertThat(ProcessHandle.of(pid()).orElseThrow().destroyForcibly()).isTrue();

      Nursery.await(fork::hasEnded);

      assertThat(fork.outcome().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed ->
                  assertThat(failed.failure())
                      .isInstanceOf(IsolatedException.class)
                      .hasMessage("the JVM of isolated died: ended by signal KILL"));
      assertThatThrownBy(scope::join).hasMessageContaining("died: ended by signal KILL");
    }
  }

  @Test
  void aForeignInterruptEndsTheCallAndTheJvm() throws IOException, InterruptedException {
    var outcome = new java.util.concurrent.atomic.AtomicReference<Throwable>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Isolated.call(Waiting.class, in(""), IsolatedTest::quick);
                  } catch (StoppedException e) {
                    outcome.set(e);
                  }
                });
    Nursery.await(() -> folder.resolve("up").toFile().length() > 0);

    caller.interrupt();

    assertThat(caller.join(Nursery.LONG)).isTrue();
    assertThat(outcome.get()).hasMessageContaining("interrupted from outside");
    assertThat(Nursery.state(pid())).isIn("-", "Z");
  }

  @Test
  void theChildDoesNotOutliveItsParent() throws IOException, InterruptedException {
    Path up = folder.resolve("up");
    Command parent =
        JavaCommand.of(Parent.class, folder.toString())
            .withOptions("-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + folder)
            .command();
    try (ChildProcess child = ChildProcess.start(parent)) {
      Nursery.await(() -> up.toFile().length() > 0);
      assertThat(ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly()).isTrue();
      long pid = pid();
      Nursery.await(() -> "-Z".contains(Nursery.state(pid)));
      assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
    }
  }

  /// Makes a call and waits for it.
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) {
      Isolated.call(Waiting.class, new In(arguments[0], ""), IsolatedTest::quick);
    }
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> IsolatedSettings.DEFAULT.withMemory(-1))
        .hasMessage("a heap cannot have -1 bytes");
    assertThat(IsolatedSettings.DEFAULT.withOptions("-a").withOptions("-b").options())
        .containsExactly("-a", "-b");
    assertThatThrownBy(() -> Isolated.call(Naughty.class, in("x"), s -> s.withMemory(1)))
        .hasMessage("A JVM needs a heap of 2 MB at least, not 1");
  }
}
