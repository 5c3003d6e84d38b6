// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.DeadlineExceededException;
import dev.curfew.StopPlan;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What depends on how the JVM itself was started.
class OtherJvmTest {
  @TempDir Path folder;
  private Nursery nursery;

  /// Starts `true` and says by which means and how it ended.
  static final class Probe {
    private Probe() {}

    public static void main(String[] none) throws IOException, InterruptedException {
      try (ChildProcess child = ChildProcess.start(Command.of("true"))) {
        System.out.println(ChildProcess.means() + ": " + Nursery.exit(child));
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

  @Test
  void withoutNativeAccessTheJdkStartsChildrenAndTheMeansSayHowToChangeThat()
      throws IOException, InterruptedException {
    run("exec \"$@\"");

    assertThat(nursery.text("out"))
        .isEqualTo(
            "ProcessBuilder, no session of its own"
                + " (start Java with --enable-native-access=ALL-UNNAMED): exit code 0\n");
    assertThat(nursery.text("err")).isEmpty();
  }

  /// Makes one call that answers and one that never would.
  static final class Caller {
    private Caller() {}

    public static void main(String[] none) {
      System.out.println(ChildProcess.means().substring(0, 14));
      System.out.println(Isolated.call(Spin.class, new Spin.For(false)));
      try {
        Isolated.call(
            Spin.class,
            new Spin.For(true),
            s ->
                s.withDeadline(Duration.ofSeconds(2))
                    .withPlan(StopPlan.within(Duration.ofMillis(50))));
      } catch (DeadlineExceededException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  static final class Spin implements IsolatedTask<Spin.For, String> {
    record For(boolean ever) implements Serializable {}

    @Override
    public String run(For it) {
      while (it.ever) {
        Thread.onSpinWait();
      }
      return "answered";
    }
  }

  @Test
  void isolatedCallsNeedNoNativeAccess() throws IOException, InterruptedException {
    run(Caller.class, "exec \"$@\"");

    assertThat(nursery.text("out"))
        .isEqualTo("ProcessBuilder\nanswered\ndeadline of isolated passed\n");
    assertThat(nursery.text("err")).isEmpty();
  }

  @Test
  void childrenCanBeWaitedForThoughTheParentLeftTheirSignalIgnored()
      throws IOException, InterruptedException {
    run("trap '' CHLD; exec \"$@\"", "--enable-native-access=ALL-UNNAMED");

    assertThat(nursery.text("out"))
        .isEqualTo("posix_spawn, each child in a session of its own: exit code 0\n");
  }

  private void run(String script, String... options) throws IOException, InterruptedException {
    run(Probe.class, script, options);
  }

  private void run(Class<?> main, String script, String... options)
      throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var words = new ArrayList<>(List.of("sh", "-c", script, "sh", java));
    words.addAll(List.of(options));
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    words.add(main.getName());
    Command command =
        Command.of(words.toArray(new String[0]))
            .withOutput(nursery.file("out"))
            .withErrors(nursery.file("err"));

    Exit exit = Nursery.exit(nursery.start(command));

    assertThat(exit).as(nursery.text("err")).isEqualTo(new Exit.Exited(0));
  }
}
