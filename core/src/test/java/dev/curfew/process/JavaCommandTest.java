// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Classes that run in a JVM of their own.
class JavaCommandTest {
  private static final StopReason WHY = StopReason.requested("deploy");

  @TempDir Path folder;
  private Nursery nursery;

  /// Says what it was given and what it may do.
  static final class Echo {
    private Echo() {}

    public static void main(String[] arguments) {
      System.out.println(Arrays.toString(arguments) + " " + ChildProcess.means());
      System.out.println(Runtime.getRuntime().maxMemory() >> 20);
    }
  }

  /// Cannot be asked: its shutdown hangs.
  static final class Deaf {
    private Deaf() {}

    public static void main(String[] arguments) throws IOException {
      Runtime.getRuntime().addShutdownHook(new Thread(Deaf::hang, "hanging"));
      System.out.println("x".repeat(10_000));
      Files.writeString(Path.of(arguments[0]), "up\n");
      compute();
    }

    private static void compute() {
      while (true) {
        Thread.onSpinWait();
      }
    }

    private static void hang() {
      try {
        boolean _ = new CountDownLatch(1).await(1, TimeUnit.HOURS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Needs more memory than there is.
  static final class Glutton {
    private Glutton() {}

    public static void main(String[] none) {
      var all = new ArrayList<byte[]>();
      while (all.size() < 1 << 20) {
        all.add(new byte[1 << 20]);
      }
    }
  }

  @BeforeEach
  void open() {
    nursery = new Nursery(folder);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    nursery.clear();
  }

  private Command watched(JavaCommand java) {
    Command command =
        java.command().withOutput(nursery.file("out")).withErrors(nursery.file("err"));
    nursery.watch(command);
    return command;
  }

  @Test
  void aClassRunsWithOurClassPathAndRights() throws IOException, InterruptedException {
    ChildProcess child =
        nursery.start(watched(JavaCommand.of(Echo.class, "a b", "$x").withMemory(64 << 20)));

    assertThat(Nursery.exit(child)).as(nursery.text("err")).isEqualTo(new Exit.Exited(0));
    assertThat(nursery.text("out").lines().toList())
        .containsExactly("[a b, $x] posix_spawn, each child in a session of its own", "64");
  }

  @Test
  void aHeapThatIsTooSmallEndsIt() throws IOException, InterruptedException {
    ChildProcess child = nursery.start(watched(JavaCommand.of(Glutton.class).withMemory(16 << 20)));

    assertThat(Nursery.exit(child)).isEqualTo(new Exit.Exited(3));
    assertThat(nursery.text("out")).contains("Terminating due to java.lang.OutOfMemoryError");
  }

  @Test
  void aDeafJvmIsAskedForAThreadDumpBeforeItIsKilled() {
    StopReport report = killDeaf(nursery.file("out"));

    assertThat(report.stragglers()).isEmpty();
    List<String> notes = notes(report);
    assertThat(notes.getFirst())
        .startsWith("thread dump of process ")
        .contains("Full thread dump", "JavaCommandTest$Deaf.compute")
        .doesNotContain("xxx");
    assertThat(notes.get(1)).contains("killed after");
    assertThat(notes.getLast()).endsWith("ended by signal KILL");
    assertThat(report.text()).contains("Full thread dump").contains("lines more");
  }

  @Test
  void withoutAnOutputTheReportSaysWhyThereIsNoDump() {
    StopReport report = killDeaf(Path.of("/dev/null"));

    assertThat(notes(report).getFirst())
        .startsWith("no thread dump of process ")
        .endsWith(": that takes native access, an output that is a file, and a moment");
  }

  private static List<String> notes(StopReport report) {
    return report.parts().stream()
        .filter(part -> part.path().equals("app/deaf"))
        .findFirst()
        .orElseThrow()
        .notes();
  }

  private StopReport killDeaf(Path output) {
    try (Scope scope = Scope.open("app")) {
      Path up = nursery.file("up");
      Command command = watched(JavaCommand.of(Deaf.class, up.toString())).withOutput(output);
      Fork<Exit> fork = ChildProcess.fork(scope, "deaf", command, Way.SHORT);
      nursery.line("up");
      scope.stop(WHY, StopPlan.within(Duration.ofSeconds(20)));
      Nursery.await(fork::hasEnded);
      return scope.report().orElseThrow();
    }
  }

  @Test
  void aDumpIsBounded() throws IOException, InterruptedException {
    Path file = nursery.file("dump");
    Files.writeString(file, "before\n");
    String line = "at app.Deep.down(Deep.java:7)\n";

    String dump =
        ThreadDump.take(
                file,
                () -> {
                  nursery.append("dump", line.repeat(100_000));
                  return true;
                },
                Duration.ofMillis(20))
            .orElseThrow();

    assertThat(dump.getBytes(StandardCharsets.UTF_8).length).isBetween(60 << 10, 64 << 10);
    assertThat(dump).startsWith("at app");
    assertThat(ThreadDump.take(file, () -> false, Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void onlyOptionsThatDecideWhatCanBeLoadedArePassedOn() {
    assertThat(
            JavaCommand.passedOn(
                List.of(
                    "-Xmx1g",
                    "--add-opens=java.base/java.lang=ALL-UNNAMED",
                    "-javaagent:a.jar",
                    "--enable-native-access=ALL-UNNAMED",
                    "-agentlib:jdwp=transport=dt_socket",
                    "-Dapp.x=1",
                    "-Djava.library.path=/lib",
                    "--enable-preview"),
                "-Dz=1 --enable-preview"))
        .containsExactly(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.library.path=/lib");
  }

  @Test
  void modulesAreRunAsModules() {
    JavaCommand java = new JavaCommand("app/app.Main", List.of("x"), "", "mods", List.of("-Xss1m"));
    assertThat(java.command().toString()).endsWith(" -Xss1m -p mods -m app/app.Main x");
    assertThat(java.withClassPath("a.jar").command().toString())
        .endsWith(" -Xss1m -cp a.jar -p mods -m app/app.Main x");
    assertThat(java.command().threadDump()).isTrue();
    assertThat(JavaCommand.of(String.class).main()).isEqualTo("java.base/java.lang.String");
  }

  @Test
  void whatIsNoJavaCommandIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> JavaCommand.of(""));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JavaCommand.of("Main").withMemory(1))
        .withMessage("A JVM needs a heap of 2 MB at least, not 1");
  }
}
