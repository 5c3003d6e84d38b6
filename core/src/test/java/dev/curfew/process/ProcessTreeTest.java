// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.process.Kernel.Signal;
import dev.curfew.process.ProcessTable.Row;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTreeTest {
  private static final String STUBBORN =
      "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > grandchild; while :; do sleep 1000; done' &"
          + " echo up > up; while :; do sleep 1000; done";

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

  @Test
  void membersAreNamedWithCommandAgeAndMarker() throws IOException, InterruptedException {
    ChildProcess child = nursery.start(nursery.script("sleep 4321").withMarker("job-5"));
    Nursery.await(() -> child.members().size() == 2);

    List<Member> members = child.members();

    assertThat(members.getFirst().pid()).isEqualTo(child.pid());
    assertThat(members.getFirst().startTime()).isEqualTo(child.startTime());
    Nursery.await(() -> child.members().getLast().command().equals("sleep 4321"));
    assertThat(members).allMatch(member -> member.marker().equals("job-5"));
    assertThat(members).allMatch(member -> member.age().compareTo(Nursery.LONG) < 0);
  }

  @Test
  void aMemberIsToldInOneLine() {
    assertThat(new Member(12, 34, "sleep 9", Duration.ofMillis(1_050), "m"))
        .hasToString("12 (sleep 9, 1.050 s old)");
  }

  @Test
  void askEndsATreeThatListens() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("sleep 1000 & echo $! > grandchild; wait");
    long grandchild = nursery.number("grandchild");

    assertThat(Nursery.pids(child.ask())).containsExactly(child.pid(), grandchild);

    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Signalled(15));
  }

  @Test
  void aTreeThatIgnoresTermIsEndedByForceOnly() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell(STUBBORN);
    long grandchild = nursery.number("grandchild");
    nursery.line("up");

    child.ask();
    List<Member> left = child.awaitGone(Duration.ofMillis(50));

    assertThat(Nursery.pids(left)).contains(child.pid(), grandchild);
    assertThat(child.awaitExit(Duration.ZERO)).isEmpty();
    assertThat(Nursery.pids(child.force())).contains(child.pid(), grandchild);
    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Signalled(9));
  }

  @Test
  void aShellDoesNotGoOnToItsNextCommandWhenItsTreeIsForced()
      throws IOException, InterruptedException {
    for (int i = 0; i < 20; i++) {
      ChildProcess child = nursery.shell("sleep 1000; echo next > next");
      Nursery.await(() -> child.members().size() == 2);

      child.force();

      assertThat(Nursery.exit(child)).isEqualTo(new Exit.Signalled(9));
      assertThat(nursery.file("next")).doesNotExist();
    }
  }

  @Test
  void aGrandchildInAnotherSessionWithoutAParentIsFoundByItsMarker()
      throws IOException, InterruptedException {
    ChildProcess child =
        nursery.shell("(setsid sh -c 'echo $$ > far; exec sleep 1000' &) ; exit 0");
    Nursery.exit(child);
    long far = nursery.number("far");

    Row row = new ProcTable().row(far);
    assertThat(row).isNotNull();
    assertThat(row.session()).isNotEqualTo(child.pid());
    assertThat(Nursery.pids(child.members())).containsExactly(far);
    child.force();

    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
    assertThat(Nursery.state(far)).isIn("-", "Z");
  }

  @Test
  void aGrandchildWithoutTheMarkerIsFoundByItsSession() throws IOException, InterruptedException {
    ChildProcess child =
        nursery.shell("(env -i sh -c 'echo $$ > bare; exec sleep 1000' &) ; exit 0");
    Nursery.exit(child);
    long bare = nursery.number("bare");

    assertThat(Nursery.pids(child.members())).containsExactly(bare);
  }

  @Test
  void aGrandchildWithNeitherIsFoundByItsParentAndRemembered()
      throws IOException, InterruptedException {
    ChildProcess child =
        nursery.shell("env -i setsid sh -c 'echo $$ > bare; exec sleep 1000' & wait");
    long bare = nursery.number("bare");
    Nursery.await(() -> child.members().stream().anyMatch(m -> m.pid() == bare));

    new ProcessSignal(child.pid()).kill();
    Nursery.exit(child);

    assertThat(Nursery.pids(child.members())).containsExactly(bare);
    child.force();
    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
  }

  @Test
  void aBackgroundGrandchildOutlivesItsLeaderAndIsSeen() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("sleep 1000 & echo $! > grandchild; exit 0");
    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Exited(0));
    long grandchild = nursery.number("grandchild");

    assertThat(Nursery.pids(child.members())).containsExactly(grandchild);
    assertThat(Nursery.pids(child.awaitGone(Duration.ZERO))).containsExactly(grandchild);
  }

  @Test
  void membersAreKnownAfterTheChildIsClosed() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("sleep 1000 & echo $! > grandchild; exit 0");
    Nursery.exit(child);
    long grandchild = nursery.number("grandchild");

    child.close();

    assertThat(Nursery.pids(child.members())).containsExactly(grandchild);
  }

  @Test
  void aStoppedChildAnswersAsk() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("kill -STOP $$; sleep 1000");
    Nursery.await(() -> Nursery.state(child.pid()).equals("T"));

    child.ask();

    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Signalled(15));
  }

  @Test
  void othersAreNeverMembers() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");
    ChildProcess other = nursery.shell("exec sleep 1000");

    assertThat(Nursery.pids(child.members())).containsExactly(child.pid());
    assertThat(Nursery.pids(other.members())).containsExactly(other.pid());
    assertThat(Leftovers.find(Set.of()).members()).isEmpty();
  }

  @Test
  void aSignalMeantForAnEarlierProcessDoesNotReachALaterOneWithItsPid()
      throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");
    var table = new ProcTable();
    Row earlier = new Row(child.pid(), 1, 1, 1, child.startTime() - 1, true);

    assertThat(Kernel.here(table).send(earlier, Signal.KILL)).isFalse();
    assertThat(new HandleKernel(table).send(earlier, Signal.KILL)).isFalse();

    assertThat(child.awaitExit(Duration.ofMillis(50))).isEmpty();
  }

  @Test
  void leftoversAreFoundByMarkerInAnotherTree() throws IOException, InterruptedException {
    Command inner = nursery.script("sleep 1000 & sleep 1000 & echo up > up; wait");
    ChildProcess first = nursery.start(inner.withMarker(left("a")));
    nursery.line("up");
    ChildProcess second = nursery.start(Command.of("sleep", "1000").withMarker(left("b")));
    ChildProcess third = nursery.start(Command.of("sleep", "1000").withMarker(left("c")));

    Leftovers left = Leftovers.find(Set.of(left("a"), left("b")));

    assertThat(Nursery.pids(left.members())).hasSize(4).contains(first.pid(), second.pid());
    assertThat(left.members().stream().filter(m -> m.marker().equals(left("b")))).hasSize(1);
    assertThat(left.ask()).hasSize(4);
    assertThat(left.awaitGone(Nursery.LONG)).isEmpty();
    assertThat(third.awaitExit(Duration.ZERO)).isEmpty();
    assertThat(Leftovers.searchable()).isTrue();
  }

  /// {@return a marker that no other run of this test on the machine has}
  private static String left(String name) {
    return "left-" + name + "-" + ProcessHandle.current().pid();
  }

  @Test
  void leftoversThatIgnoreTermAreEndedByForce() throws IOException, InterruptedException {
    nursery.start(nursery.script(STUBBORN).withMarker(left("d")));
    nursery.line("grandchild");
    nursery.line("up");
    Leftovers left = Leftovers.find(Set.of(left("d")));

    left.ask();
    assertThat(left.awaitGone(Duration.ofMillis(50))).hasSizeGreaterThanOrEqualTo(2);
    assertThat(left.force()).hasSizeGreaterThanOrEqualTo(2);

    assertThat(left.awaitGone(Nursery.LONG)).isEmpty();
  }

  @Test
  void aMarkerMustBeAWholeVariable() {
    assertThat(markers("A=1\0CURFEW_MARKER=x1\0B=2\0")).containsExactly("x1");
    assertThat(markers("CURFEW_MARKER=x1")).containsExactly("x1");
    assertThat(markers("CURFEW_MARKER=\0")).containsExactly("");
    assertThat(markers("A=CURFEW_MARKER=x1\0XCURFEW_MARKER=x1\0CURFEW_MARKE")).isEmpty();
    assertThat(markers("")).isEmpty();
    assertThat(markers("CURFEW_ABOVE=a:b\0CURFEW_MARKER=c"))
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  private static Set<String> markers(String block) {
    return ProcTable.markers(block.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void theMarkersOfAllTreesAroundAreHandedOn() {
    assertThat(ChildProcess.markersAbove(null, null)).isEmpty();
    assertThat(ChildProcess.markersAbove(null, "a")).isEqualTo("a");
    assertThat(ChildProcess.markersAbove("a:b", "c")).isEqualTo("a:b:c");
    assertThat(ChildProcess.markersAbove("odd\n", "c")).isEqualTo("c");
  }

  /// Starts a child that ends at once and leaves a grandchild with no other tie to anybody.
  static final class Nested {
    private Nested() {}

    public static void main(String[] script) throws IOException, InterruptedException {
      try (ChildProcess child = ChildProcess.start(Command.of("sh", "-c", script[0]))) {
        Nursery.exit(child);
      }
    }
  }

  @Test
  void whatAChildStartsByCurfewIsInTheTreeAroundToo() throws IOException, InterruptedException {
    String far = "(setsid sh -c 'echo $$ > %s; exec sleep 1000' &)".formatted(nursery.file("far"));
    ChildProcess child =
        nursery.start(
            JavaCommand.of(Nested.class, far).withOptions("-XX:TieredStopAtLevel=1").command());
    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Exited(0));
    long pid = nursery.number("far");

    assertThat(Nursery.pids(child.members())).containsExactly(pid);
    child.force();

    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
  }

  @Test
  void namesOfProcessesMayHoldBracketsAndBlanks() throws IOException, InterruptedException {
    Nursery.exit(nursery.shell("cp \"$(command -v sleep)\" 'a) Z 1 (b'"));
    ChildProcess child = nursery.start(Command.of(nursery.file("a) Z 1 (b").toString(), "1000"));

    assertThat(child.members()).hasSize(1);
    // For an instant after the program has begun the system has no command line of it yet.
    Await.until(
        "its command line is known",
        () -> child.members().getFirst().command().endsWith("a) Z 1 (b 1000"));
  }

  /// A plain kill of one process, as somebody else would send it.
  private record ProcessSignal(long pid) {
    void kill() {
      assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    }
  }
}
