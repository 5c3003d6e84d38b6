// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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

  /// Stops a deaf tree while it has as many files open as it may.
  static final class Hungry {
    private Hungry() {}

    /// Once before, since the classes that it takes are files, too.
    public static void main(String[] none) throws Exception {
      stop(new ArrayList<>(), _ -> {});
      HandleKernel.pause(1);
      stop(new ArrayList<>(), Hungry::openAll);
    }

    private static void stop(List<FileInputStream> open, Consumer<List<FileInputStream>> before)
        throws IOException {
      Command deaf =
          Command.of("sh", "-c", "trap '' TERM; setsid sleep 1000 & while :; do sleep 1; done");
      AtomicReference<ChildProcess> child = new AtomicReference<>();
      StopPlan plan = StopPlan.within(Duration.ofMillis(500));
      try (Scope scope =
          Scope.open("s", s -> s.withPlan(StopPlan.within(Duration.ofSeconds(30))))) {
        Fork<Exit> fork =
            ChildProcess.fork(
                scope, "deaf", new Ladder(() -> started(child, deaf), plan, Exit::succeeded));
        Await.until(
            "the tree is there", () -> child.get() != null && child.get().members().size() >= 3);
        before.accept(open);
        boolean _ = scope.stop(StopReason.requested("deploy"));
        if (!open.isEmpty()) {
          awaitThread("not to be killed");
          System.out.println("still there: " + fork.outcome());
        }
        close(open);
        Await.until("the fork ends", fork::hasEnded);
        System.out.println("left: " + child.get().members());
      }
    }

    private static ChildProcess started(AtomicReference<ChildProcess> child, Command command)
        throws IOException {
      ChildProcess made = ChildProcess.start(command);
      child.set(made);
      return made;
    }

    private static void awaitThread(String named) {
      Await.until(
          "a thread says " + named,
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .anyMatch(thread -> thread.getName().contains(named)));
    }

    private static void openAll(List<FileInputStream> open) {
      try {
        while (true) {
          open.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException full) {
        System.out.println("full");
      }
    }

    private static void close(List<FileInputStream> open) throws IOException {
      for (FileInputStream each : open) {
        each.close();
      }
    }
  }

  @Test
  void aTreeIsKilledAsSoonAsThereAreFilesToSeeItWith() throws IOException, InterruptedException {
    run(Hungry.class, "ulimit -n 150; exec \"$@\"", "--enable-native-access=ALL-UNNAMED");

    assertThat(nursery.text("out"))
        .isEqualTo("left: []\nfull\nstill there: Optional.empty\nleft: []\n");
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
    Command command =
        OtherJvm.command(main, script, options)
            .withOutput(nursery.file("out"))
            .withErrors(nursery.file("err"));

    Exit exit = Nursery.exit(nursery.start(command));

    assertThat(exit).as(nursery.text("err")).isEqualTo(new Exit.Exited(0));
  }
}
