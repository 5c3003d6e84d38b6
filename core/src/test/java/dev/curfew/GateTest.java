// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GateTest {

  private static final StopReason WHY = StopReason.requested("test");

  /// Stops one fork that computes, and says by which form of the gate it saw that.
  static final class Probe {
    private Probe() {}

    public static void main(String[] none) {
      System.out.println(Gate.EXPLICIT.form().word() + " " + stopsAComputingFork());
    }
  }

  private static String stopsAComputingFork() {
    try (Scope scope = Scope.open("app", ScopeSettings::withPlatformThreads)) {
      CountDownLatch in = new CountDownLatch(1);
      Fork<Object> fork = scope.fork("computes", () -> compute(in));
      Await.until("it computes", () -> in.getCount() == 0);
      fork.stop(WHY);
      Await.until("it has ended", fork::hasEnded);
      return fork.outcome().orElseThrow().word();
    }
  }

  private static Object compute(CountDownLatch in) {
    in.countDown();
    long sum = 0;
    while (true) {
      sum += sum * 31 + 7;
      Curfew.checkpoint();
      if (sum == Long.MIN_VALUE + 3) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void itOpensForAForkThatComputesAndClosesAfterwards() {
    assertThat(stopsAComputingFork()).isEqualTo("stopped");
    Await.until("the gate is closed", () -> !Gate.EXPLICIT.isOpen());
  }

  /// The stop comes first: the scope inside is in no list of the stop.
  @Test
  void itOpensForAScopeThatIsOpenedAfterTheStop() {
    Await.until("the gate is closed", () -> !Gate.EXPLICIT.isOpen());
    try (Scope outer = Scope.open("outer")) {
      Object _ = Scope.run("loads the classes", inner -> "");
      Wait.unwoken(() -> outer.stop(WHY));
      assertThatThrownBy(() -> Scope.run("inner", inner -> computeTenSeconds()))
          .isInstanceOf(StoppedException.class);
    }
  }

  private static Object computeTenSeconds() {
    Deadline end = Deadline.after(Duration.ofSeconds(10));
    while (!end.hasPassed()) {
      Curfew.checkpoint();
    }
    return "never stopped";
  }

  @ParameterizedTest
  @CsvSource({
    "-XX:+UseG1GC, free",
    "-XX:+UseSerialGC, volatile",
    "-XX:+UseParallelGC, volatile",
    "-Ddev.curfew.gate=volatile, volatile",
    "-Ddev.curfew.gate=free, free",
    "--limit-modules=java.base -Ddev.curfew.gate=free, free",
    "--limit-modules=java.base, volatile"
  })
  void theFormFollowsTheJvmOrTheOptionAndBothStop(String option, String form)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of(option.split(" ")));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
    Process child = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(Duration.ofSeconds(20))).isTrue(); // its own waits are bounded
    assertThat(said).isEqualTo(form + " stopped\n");
  }
}
