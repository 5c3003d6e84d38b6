// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildStarterTest {
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
  void exitCodesAndOutputsAreTheSame() throws IOException, InterruptedException {
    ChildProcess child = nursery.built(nursery.script("cat; echo out; echo oops >&2; exit 5"));

    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Exited(5));
    assertThat(nursery.text("out")).isEqualTo("out\n");
    assertThat(nursery.text("err")).isEqualTo("oops\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(nursery.file("out"))))
        .isEqualTo("rw-------");
  }

  @Test
  void outputAndErrorsMayShareAFile() throws IOException, InterruptedException {
    Command command = nursery.script("echo one; echo two >&2; echo three");

    Nursery.exit(nursery.built(command.withErrors(command.output())));

    assertThat(nursery.text("out")).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void anOutputThatIsAPipeIsRefused() throws IOException, InterruptedException {
    Path pipe = nursery.file("pipe");
    assertThat(Nursery.exit(nursery.built(Command.of("mkfifo", pipe.toString()))))
        .isEqualTo(new Exit.Exited(0));

    assertThatThrownBy(() -> nursery.built(nursery.script("true").withOutput(pipe)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it is a pipe that nobody may read");
  }

  @Test
  void deathBySignalShowsAsACode() throws IOException, InterruptedException {
    assertThat(Nursery.exit(nursery.built(nursery.script("kill -KILL $$"))))
        .isEqualTo(new Exit.Exited(137));
  }

  @Test
  void awaitExitEndsWithItsBudget() throws IOException, InterruptedException {
    ChildProcess child = nursery.built(nursery.script("exec sleep 1000"));

    assertThat(child.awaitExit(Duration.ofMillis(20))).isEmpty();
  }

  @Test
  void theTreeIsAskedAndForced() throws IOException, InterruptedException {
    ChildProcess child =
        nursery.built(
            nursery.script(
                "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > grandchild;"
                    + " while :; do sleep 1000; done' &"
                    + " echo up > up; while :; do sleep 1000; done"));
    long grandchild = nursery.number("grandchild");
    nursery.line("up");

    assertThat(Nursery.pids(child.ask())).contains(child.pid(), grandchild);
    assertThat(Nursery.pids(child.awaitGone(Duration.ofMillis(50)))).contains(grandchild);
    assertThat(Nursery.pids(child.force())).contains(child.pid(), grandchild);

    assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
  }

  @Test
  void closingARunningChildKillsIt() throws IOException, InterruptedException {
    ChildProcess child = nursery.built(nursery.script("exec sleep 1000"));

    child.close();

    assertThat(child.awaitExit(Duration.ZERO)).contains(new Exit.Exited(137));
  }

  @Test
  void theMessagesAreTheSame() {
    assertThatThrownBy(() -> nursery.built(Command.of("no-such-program")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot start 'no-such-program': program not found.");
    assertThatThrownBy(
            () -> nursery.built(Command.of("true").withOutput(nursery.file("missing/out"))))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("of 'true': its folder does not exist.");
    assertThatThrownBy(() -> nursery.built(Command.of("true").withOutput(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("of 'true': it cannot be written.");
  }

  @Test
  void wordsThatAreNotTextAreRefusedWithTheRemedy() {
    byte[] odd = {(byte) 0xFF};
    var starter = new BuildStarter("start Java with --enable-native-access=dev.curfew");

    assertThatThrownBy(
            () ->
                starter.start(
                    Command.of(
                        List.of("echo".getBytes(java.nio.charset.StandardCharsets.UTF_8), odd))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot start 'echo': word 1 is not text in ")
        .hasMessageEndingWith(
            "start Java with --enable-native-access=dev.curfew to pass raw bytes.");
  }

  @Test
  void theMeansSayWhyTheBetterWayIsNotUsed() {
    assertThat(new BuildStarter("this is Mac OS X on aarch64").means())
        .isEqualTo("ProcessBuilder, no session of its own (this is Mac OS X on aarch64)");
  }

  @Test
  void theJdksTableFindsDescendantsToo() throws IOException, InterruptedException {
    Command command = nursery.script("sleep 1000 & echo up > up; wait");
    var table = new HandleTable();
    try (ChildProcess child =
        ChildProcess.start(command, new BuildStarter("x"), table, new HandleKernel(table))) {
      nursery.line("up");

      Nursery.await(() -> child.members().size() == 2);
      assertThat(child.startTime()).isPositive();
      child.force();

      assertThat(child.awaitGone(Nursery.LONG)).isEmpty();
    }
  }
}
