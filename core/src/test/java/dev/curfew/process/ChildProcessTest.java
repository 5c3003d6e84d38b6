// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
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
  void exitCodesArriveAsTheyAre() throws IOException, InterruptedException {
    assertThat(Nursery.exit(nursery.shell("exit 0"))).isEqualTo(new Exit.Exited(0));
    assertThat(Nursery.exit(nursery.shell("exit 7"))).isEqualTo(new Exit.Exited(7));
    assertThat(Nursery.exit(nursery.shell("exit 143"))).isEqualTo(new Exit.Exited(143));
  }

  @Test
  void onlyCodeZeroIsSuccess() {
    assertThat(new Exit.Exited(0).succeeded()).isTrue();
    assertThat(new Exit.Exited(1).succeeded()).isFalse();
    assertThat(new Exit.Signalled(15).succeeded()).isFalse();
  }

  @Test
  void exitsAreToldInWords() {
    assertThat(new Exit.Exited(3)).hasToString("exit code 3");
    assertThat(new Exit.Signalled(9)).hasToString("ended by signal KILL");
    assertThat(new Exit.Signalled(31)).hasToString("ended by signal SYS");
    assertThat(new Exit.Signalled(40)).hasToString("ended by signal number 40");
  }

  @Test
  void deathBySignalIsNotAnExitCode() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("kill -TERM $$");

    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Signalled(15, "TERM"));
  }

  @Test
  void signalsTheJvmKeepsForItselfReachTheChild() throws IOException, InterruptedException {
    for (String signal : List.of("QUIT", "PIPE", "HUP", "INT", "USR1", "SEGV")) {
      ChildProcess child = nursery.shell("kill -" + signal + " $$; echo survived");

      assertThat(Nursery.exit(child)).asString().isEqualTo("ended by signal " + signal);
    }
  }

  @Test
  void noSignalIsBlockedOrIgnoredInTheChild() throws IOException, InterruptedException {
    Nursery.exit(nursery.start(grepSelfStatus("^Sig(Blk|Ign)")));

    assertThat(nursery.text("out"))
        .isEqualTo("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  }

  private Command grepSelfStatus(String pattern) {
    return Command.of("grep", "-E", pattern, "/proc/self/status").withOutput(nursery.file("out"));
  }

  @Test
  void theChildLeadsASessionOfItsOwn() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");

    var row = new ProcTable().row(child.pid());
    assertThat(row).isNotNull();
    assertThat(row.session()).isEqualTo(child.pid());
    assertThat(row.group()).isEqualTo(child.pid());
  }

  @Test
  void theChildHasNoOpenFilesButTheThreeStandardOnes() throws IOException, InterruptedException {
    try (var held = Files.newOutputStream(nursery.file("held"))) {
      held.write(1);
      // The fourth is the listing's own.
      Nursery.exit(
          nursery.start(Command.of("ls", "/proc/self/fd").withOutput(nursery.file("out"))));
    }

    assertThat(nursery.text("out")).isEqualTo("0\n1\n2\n3\n");
  }

  @Test
  void outputAndErrorsGoToTheirFilesExactly() throws IOException, InterruptedException {
    Nursery.exit(nursery.shell("printf 'a\\000b'; printf oops >&2"));

    assertThat(nursery.text("out")).isEqualTo("a\0b");
    assertThat(nursery.text("err")).isEqualTo("oops");
  }

  @Test
  void outputAndErrorsMayShareAFileWithoutOverwritingEachOther()
      throws IOException, InterruptedException {
    Command command = nursery.script("echo one; echo two >&2; echo three");

    Nursery.exit(nursery.start(command.withErrors(command.output())));

    assertThat(nursery.text("out")).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void outputFilesArePrivateAndEmptiedFirst() throws IOException, InterruptedException {
    Files.writeString(nursery.file("err"), "from last time");
    Nursery.exit(nursery.shell("echo new"));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(nursery.file("out"))))
        .isEqualTo("rw-------");
    assertThat(nursery.text("err")).isEmpty();
  }

  @Test
  void standardInputIsEmpty() throws IOException, InterruptedException {
    assertThat(Nursery.exit(nursery.shell("cat"))).isEqualTo(new Exit.Exited(0));
    assertThat(nursery.text("out")).isEmpty();
  }

  @Test
  void wordsArriveByteByByte() throws IOException, InterruptedException {
    byte[] odd = {'a', (byte) 0xFF, (byte) 0xC3, '\n', '$', '(', '\'', '"', ' ', '*', 1};
    Command command =
        Command.of(List.of("printf".getBytes(UTF_8), "%s|".getBytes(UTF_8), odd, new byte[0]))
            .withOutput(nursery.file("out"));

    Nursery.exit(nursery.start(command));

    String arrived =
        new String(Files.readAllBytes(nursery.file("out")), StandardCharsets.ISO_8859_1);
    assertThat(arrived).isEqualTo(new String(odd, StandardCharsets.ISO_8859_1) + "||");
  }

  @Test
  void outputFilesMayHaveAnyName() throws IOException, InterruptedException {
    Path file = nursery.file("\u00fcmlaut 100% \u20ac\n");

    Nursery.exit(nursery.start(nursery.script("echo here").withOutput(file)));

    assertThat(file).hasContent("here");
  }

  @Test
  void environmentIsInheritedAddedAndMarked() throws IOException, InterruptedException {
    Command command =
        nursery
            .script("echo \"$PATH|$COLOUR|$HOME|$CURFEW_MARKER\"")
            .withEnvironment(Map.of("COLOUR", "gr\u00fcn", "HOME", "/nowhere"))
            .withMarker("job-1");

    Nursery.exit(nursery.start(command));

    assertThat(nursery.text("out"))
        .isEqualTo(System.getenv("PATH") + "|gr\u00fcn|/nowhere|job-1\n");
  }

  @Test
  void aMissingProgramIsNamed() {
    assertThatThrownBy(() -> nursery.start(Command.of("no-such-program")))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot start 'no-such-program': program not found. Look at its spelling and at PATH;"
                + " if it is a script, look at the interpreter in its first line.");
  }

  @Test
  void aFileWithoutTheRightToExecuteIsNamed() throws IOException {
    Path file = Files.writeString(nursery.file("plain"), "#!/bin/sh\n");

    assertThatThrownBy(() -> nursery.start(Command.of(file.toString())))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot start '%s': not executable. Give it the right to execute (chmod +x)."
                .formatted(file));
  }

  @Test
  void aScriptWithoutAFirstLineIsNamed() throws IOException {
    Path file = Files.writeString(nursery.file("script"), "echo\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));

    assertThatThrownBy(() -> nursery.start(Command.of(file.toString())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a program this system can run");
  }

  @Test
  void tooManyArgumentsAreToldSo() {
    var words = new ArrayList<byte[]>();
    words.add("true".getBytes(UTF_8));
    words.add("x".repeat(200_000).getBytes(UTF_8));

    assertThatThrownBy(() -> nursery.start(Command.of(words)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot start 'true': argument list too long.");
  }

  @Test
  void anOutputFileThatCannotBeCreatedIsNamedWithTheReason() {
    Path file = nursery.file("missing/out");

    assertThatThrownBy(() -> nursery.start(Command.of("true").withOutput(file)))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot create the output file '%s' of 'true': its folder does not exist."
                .formatted(file));
    assertThatThrownBy(() -> nursery.start(Command.of("true").withErrors(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("of 'true': it is a folder.");
  }

  @Test
  void aPipeNobodyReadsIsRefusedInsteadOfWaitedFor() throws IOException, InterruptedException {
    Nursery.exit(nursery.shell("mkfifo pipe"));

    assertThatThrownBy(() -> nursery.start(Command.of("true").withOutput(nursery.file("pipe"))))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("it is a pipe that nobody reads.");
  }

  @Test
  void awaitExitEndsWithItsBudget() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");

    assertThat(child.awaitExit(Duration.ZERO)).isEmpty();
    assertThat(child.awaitExit(Duration.ofMillis(-1))).isEmpty();
    assertThat(child.awaitExit(Duration.ofMillis(20))).isEmpty();
  }

  @Test
  void awaitExitTakesTheLongestDuration() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exit 4");

    assertThat(child.awaitExit(Duration.ofSeconds(Long.MAX_VALUE))).contains(new Exit.Exited(4));
  }

  @Test
  void anInterruptEndsAwaitExitAndIsNotSwallowed() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");
    var thrown = new AtomicReference<Exception>();
    var begun = new CountDownLatch(1);
    Thread waiter =
        Thread.ofPlatform()
            .start(
                () -> {
                  begun.countDown();
                  try {
                    child.awaitExit(Nursery.LONG);
                  } catch (InterruptedException expected) {
                    thrown.set(expected);
                  }
                });
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

    waiter.interrupt();

    assertThat(waiter.join(Nursery.LONG)).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void anInterruptedCallerCanStillKillAndCloseAndKeepsItsInterrupt()
      throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("echo up > up; sleep 1000");
    nursery.line("up");

    Thread.currentThread().interrupt();
    try {
      assertThat(child.members()).isNotEmpty();
      child.close();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(child.awaitExit(Duration.ZERO)).contains(new Exit.Signalled(9));
  }

  @Test
  void theLeaderKeepsItsPidUntilItIsClosed() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exit 3");
    Nursery.exit(child);

    assertThat(Nursery.state(child.pid())).isEqualTo("Z");
    assertThat(child.members()).isEmpty();
    child.close();
    assertThat(Nursery.state(child.pid())).isEqualTo("-");
    assertThat(child.awaitExit(Duration.ZERO)).contains(new Exit.Exited(3));
    child.close();
  }

  @Test
  void closingARunningChildKillsItsTree() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("sleep 1000 & echo $! > grandchild; wait");
    long grandchild = nursery.number("grandchild");

    child.close();

    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
    assertThat(Nursery.state(grandchild)).isIn("-", "Z");
  }

  @Test
  void waitersAreFreedWhenTheChildIsClosedMeanwhile() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");
    var seen = new AtomicReference<Exit>();
    Thread waiter =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    seen.set(Nursery.exit(child));
                  } catch (InterruptedException | AssertionError unexpected) {
                    seen.set(new Exit.Exited(-1));
                  }
                });

    child.close();

    assertThat(waiter.join(Nursery.LONG)).isTrue();
    assertThat(seen.get()).isEqualTo(new Exit.Signalled(9));
  }

  @Test
  void startTimeIsWhatTheSystemSays() throws IOException, InterruptedException {
    ChildProcess child = nursery.shell("exec sleep 1000");

    String stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
    assertThat(stat.split(" ", -1)[21]).isEqualTo(Long.toString(child.startTime()));
  }

  @Test
  void theMeansAreNamed() {
    assertThat(ChildProcess.means()).isEqualTo("posix_spawn, each child in a session of its own");
  }

  @Test
  void commandsAreCheckedBeforeTheyAreStarted() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of(new String[0]))
        .withMessage("A command needs a program: its first word is missing.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of("echo", "a\0b"))
        .withMessage("Word 1 of the command holds a zero byte, which no program can be given.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of("true").withMarker("two words"))
        .withMessageContaining("was 'two words'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of("true").withEnvironment(Map.of("A=B", "")))
        .withMessage("An environment variable cannot be named 'A=B'.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of("true").withEnvironment(Map.of("A", "\0")))
        .withMessageContaining("'A' holds a zero character");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of("true").withEnvironment(Map.of("CURFEW_MARKER", "x")))
        .withMessageContaining("use withMarker");
  }

  @Test
  void commandsKeepTheirOwnCopyOfTheWords() {
    byte[] word = {'a'};
    Command command = Command.of(List.of(word));

    word[0] = 'b';
    command.words().getFirst()[0] = 'c';

    assertThat(command.words().getFirst()).containsExactly('a');
  }

  @Test
  void commandsAreShownWithoutControlCharacters() {
    assertThat(Command.of("echo", "\u001b[31m", "\u202e")).hasToString("echo ?[31m ?");
  }
}
