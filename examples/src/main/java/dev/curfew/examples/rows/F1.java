// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.process.ChildProcess;
import dev.curfew.process.Command;
import dev.curfew.process.Exit;
import dev.curfew.process.Isolated;
import dev.curfew.process.IsolatedTask;
import dev.curfew.process.JavaCommand;
import dev.curfew.process.Leftovers;
import dev.curfew.process.Member;
import dev.curfew.process.Output;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A child JVM that cannot be asked, with a grandchild in a session of its own: asked, made to say
/// where it is, killed, and gone for certain. Then a task in a JVM of its own, with an answer, and
/// one that never ends.
final class F1 implements Example {

  private static final Duration LONG = Duration.ofSeconds(30);

  @Override
  public String title() {
    return "a process is ended with everything that came out of it, or its survivors are named";
  }

  /// Computes for ever; its shutdown hangs, so a TERM does not end it.
  static final class Deaf {
    private Deaf() {}

    static void main(String[] script) throws IOException {
      Runtime.getRuntime().addShutdownHook(new Thread(Deaf::hang));
      try (ChildProcess far = ChildProcess.start(Command.of("sh", "-c", script[0]))) {
        compute(far);
      }
    }

    private static void compute(ChildProcess far) {
      while (far.pid() > 0) {
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

  /// The n-th Fibonacci number, the slow way.
  static final class Fibonacci implements IsolatedTask<Fibonacci.Of, Long> {
    record Of(int n) implements Serializable {}

    @Override
    public Long run(Of of) {
      return fibonacci(of.n);
    }

    private static long fibonacci(int n) {
      return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
    }
  }

  @Override
  public String run(Stage stage) throws IOException {
    Path folder = Files.createTempDirectory("curfew-example");
    try {
      long began = System.nanoTime();
      endDeaf(stage, folder);
      String took = stage.within(LONG, began, "a deaf tree");
      return "a deaf tree was gone after " + took + ", survivors: none; " + isolate(stage);
    } finally {
      for (String name : List.of("out", "far")) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.delete(folder);
    }
  }

  private static void endDeaf(Stage stage, Path folder) throws IOException {
    Path out = folder.resolve("out");
    Path far = folder.resolve("far");
    String script =
        "exec setsid sh -c 'trap \"\" TERM; echo $$ > \"$0\"; while :; do sleep 1; done' " + far;
    Command command = JavaCommand.of(Deaf.class, script).command().withOutput(out);
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> fork =
          ChildProcess.fork(scope, "deaf", command, StopPlan.within(Duration.ofMillis(300)));
      await(stage, () -> !Output.tail(far, 20).isBlank(), "the tree is up");
      String grandchild = Output.tail(far, 20).strip();
      stage.say("started by " + ChildProcess.means() + "; the grandchild is " + grandchild);
      boolean _ = scope.stop(StopReason.requested("deploy"), StopPlan.within(LONG));
      await(stage, fork::hasEnded, "the fork has ended");
      StopReport report = scope.report().orElseThrow();
      stage.say(report);
      String killed =
          report.text().lines().filter(l -> l.contains("killed after")).toList().toString();
      stage.expect(killed.contains(grandchild + " (sh"), "the grandchild was killed, too");
      stage.expect(report.text().contains("F1$Deaf.compute"), "the thread dump is in the report");
      stage.expect(report.stragglers().isEmpty(), "nothing is left in the report");
    }
    List<Member> left = Leftovers.find(Set.of(command.marker())).members();
    stage.expect(left.isEmpty(), "no survivors: " + left);
  }

  private static String isolate(Stage stage) {
    long began = System.nanoTime();
    long number = Isolated.call(Fibonacci.class, new Fibonacci.Of(30));
    stage.expect(number == 832_040, "the answer is right");
    String took = stage.within(LONG, began, "a call in another JVM");
    stage.say("fibonacci(30) in another JVM is " + number + ", after " + took);
    try {
      long never =
          Isolated.call(
              Fibonacci.class,
              new Fibonacci.Of(90),
              s ->
                  s.withDeadline(Duration.ofSeconds(1))
                      .withMemory(64 << 20)
                      .withPlan(StopPlan.within(Duration.ofMillis(100))));
      throw new AssertionError("nobody has waited so long: " + never);
    } catch (DeadlineExceededException e) {
      stage.say("fibonacci(90): " + e.getMessage());
    }
    return "an isolated call took " + took;
  }

  private static void await(Stage stage, BooleanSupplier holds, String what) {
    long began = System.nanoTime();
    while (!holds.getAsBoolean() && System.nanoTime() - began < LONG.toNanos()) {
      LockSupport.parkNanos(2_000_000);
    }
    stage.expect(holds.getAsBoolean(), what);
  }
}
