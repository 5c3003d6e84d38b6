// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

class LeakGuardTest {

  @AfterEach
  void clearAway() {
    PlantedLeaks.clearAway();
  }

  @Test
  void cleanTestPasses() {
    assertThat(failureOf("nothing")).isEmpty();
  }

  @Test
  void threadThatIsEndingGetsAMoment() {
    assertThat(failureOf("threadThatEndsWhileTheGuardLooks", "PT10S")).isEmpty();
  }

  @Test
  void ownDaemonsThatEndByThemselvesAreNoLeak() {
    assertThat(failureOf("ownShortLivedDaemons")).isEmpty();
  }

  @Test
  void endedChildProcessIsNoLeak() {
    assertThat(failureOf("endedChildProcess", "PT10S")).isEmpty();
  }

  @Test
  void platformThreadIsFoundWithItsStack() {
    assertThat(failureOf("platformThread"))
        .startsWith("platformThread() left something behind:\n  ")
        .contains("platform thread \"leaky-platform\" (WAITING)\n      at ")
        .contains("PlantedLeaks.lambda$park")
        .endsWith(
            "\nEnd it in the test (close, join, stop, remove),"
                + " or say by @LeaksOnPurpose(\"…\") why it must stay.");
  }

  @Test
  void virtualThreadIsFoundWithItsStack() {
    assertThat(failureOf("virtualThread"))
        .contains("virtual thread \"leaky-virtual\"\n      at ")
        .contains("PlantedLeaks.lambda$park");
  }

  @Test
  void childProcessIsFoundWithItsCommand() {
    assertThat(failureOf("childProcess")).containsPattern("child process \\d+: .*sleep 300");
  }

  @Test
  void shutdownHookIsFound() {
    assertThat(failureOf("shutdownHook")).contains("shutdown hook \"leaky-hook\"");
  }

  @Test
  void interruptFlagIsFoundAndCleared() {
    assertThat(failureOf("interruptFlag"))
        .contains("the interrupt flag of the test's thread (cleared now)");
    assertThat(PlantedLeaks.FlagAfterwards.wasSet()).isFalse();
  }

  @Test
  void everyLeakIsListed() {
    assertThat(failureOf("several"))
        .startsWith("several() left 2 things behind:")
        .contains("\"leaky-one\"", "\"leaky-two\"");
  }

  @Test
  void openScopeIsFoundAlsoIfAnotherHasTheSamePath() {
    assertThat(
            footprint(List.of("app"), List.of())
                .newcomers(footprint(List.of("app", "app"), List.of())))
        .containsExactly("open scope app");
  }

  @Test
  void ledgerEntryIsFound() {
    assertThat(
            footprint(List.of(), List.of("a")).newcomers(footprint(List.of(), List.of("b", "a"))))
        .containsExactly("ledger entry b");
  }

  @Test
  void leakOnPurposeIsLeftAlone() {
    assertThat(failureOf("declared")).isEmpty();
    assertThat(PlantedLeaks.FlagAfterwards.wasSet()).isFalse();
  }

  @Test
  void leakOnPurposeNeedsAReason() {
    assertThat(failureOf("declaredWithoutReason"))
        .isEqualTo("@LeaksOnPurpose must say why something is left behind");
  }

  @Test
  void oneTestDoesNotFailForAnothersLeak() {
    assertThat(failureOf("platformThread")).isNotEmpty();
    assertThat(failureOf("nothing")).isEmpty();
  }

  @Test
  void hooksAreWatchedInThisBuild() {
    assertThat(ShutdownHooks.visible()).as("run with " + ShutdownHooks.OPTION).isTrue();
  }

  private static String failureOf(String method) {
    return failureOf(method, "PT0.01S");
  }

  private static String failureOf(String method, String grace) {
    List<Event> finished =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectMethod(PlantedLeaks.class, method))
            .configurationParameter(LeakGuard.GRACE, grace)
            .execute()
            .testEvents()
            .finished()
            .list();
    assertThat(finished).hasSize(1);
    return finished
        .getFirst()
        .getRequiredPayload(TestExecutionResult.class)
        .getThrowable()
        .map(Throwable::getMessage)
        .orElse("");
  }

  private static Footprint footprint(List<?> scopes, List<?> abandoned) {
    return new Footprint(Set.of(), Threads.mark(), Set.of(), Set.of(), scopes, abandoned);
  }
}
