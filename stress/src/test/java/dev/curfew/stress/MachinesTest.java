// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The machines under jcstress: as they are shipped no forbidden outcome is seen, and each planted
/// bug is found by the test that is there for it.
class MachinesTest {

  @TempDir Path folder;

  @BeforeAll
  static void needTwoProcessors() {
    assumeThat(Runtime.getRuntime().availableProcessors())
        .as("processors: on a single one nothing races")
        .isGreaterThan(1);
  }

  @Test
  @Timeout(300)
  void shippedCodeIsClean() throws IOException, InterruptedException {
    isClean(Duration.ofMillis(300), List.of());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RESUME_WITHOUT_BARRIER")
  @Timeout(180)
  void plantedBugIsFound(Mutant mutant) throws IOException, InterruptedException {
    isFound(mutant, Duration.ofSeconds(100)); // a second or two where nothing else runs
  }

  @Test
  @Tag("soak")
  @Timeout(400)
  void missingBarrierIsFound() throws IOException, InterruptedException {
    isFound(Mutant.RESUME_WITHOUT_BARRIER, Duration.ofMinutes(5));
  }

  @Test
  void everyStressTestHasABugToFind() {
    assertThat(Arrays.stream(Mutant.values()).map(Mutant::test).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(Trial.all());
  }

  /// Other compilers order instructions in other ways.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:+UseG1GC",
        "-XX:+UseParallelGC",
        "-XX:-TieredCompilation",
        "-XX:TieredStopAtLevel=1",
        "-Xint",
        "-XX:+UnlockDiagnosticVMOptions -XX:+StressLCM -XX:+StressGCM -XX:+StressIGVN"
      })
  @Tag("soak")
  @Timeout(1200)
  void shippedCodeIsCleanForLong(String options) throws IOException, InterruptedException {
    isClean(Duration.ofSeconds(10), List.of(options.split(" ")));
  }

  private void isFound(Mutant mutant, Duration within) throws IOException, InterruptedException {
    Verdict verdict = Variant.with(mutant.edits(), folder).search(mutant.test(), within);
    assertThat(verdict.kind()).as("%s: %s", mutant, verdict).isEqualTo(Verdict.Kind.FOUND);
  }

  private void isClean(Duration each, List<String> options)
      throws IOException, InterruptedException {
    List<Verdict> verdicts = Variant.with(List.of(), folder).run(".*", each, options);
    assertThat(verdicts)
        .hasSameSizeAs(Trial.all())
        .allSatisfy(verdict -> assertThat(verdict.kind()).isEqualTo(Verdict.Kind.CLEAN));
  }
}
