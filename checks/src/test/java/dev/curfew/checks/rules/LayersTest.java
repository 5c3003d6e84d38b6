// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import dev.curfew.checks.Project;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayersTest {

  private static final JavaClasses OURS = Project.mainClasses("core", "run", "agent", "testkit");

  private static final String PLANTED = "dev.curfew.checks.breach.layers";

  @Test
  void classesOfAllModulesAreSeen() {
    assertThat(OURS).hasSizeGreaterThan(15);
    assertThat(OURS.contain("dev.curfew.Curfew")).isTrue();
    assertThat(OURS.contain("dev.curfew.testkit.LeakGuard")).isTrue();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void layersAreKept(ArchRule rule) {
    rule.check(OURS);
  }

  @ParameterizedTest
  @MethodSource("breaches")
  void breachIsFound(ArchRule rule, String culprit) {
    assertThatThrownBy(() -> rule.check(Project.planted(PLANTED)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(culprit);
  }

  static Stream<ArchRule> rules() {
    var rules = new LayerRules("dev.curfew");
    return Stream.of(
        rules.rootUsesNoneOfTheOthers(),
        rules.observeUsesOnlyTheRoot(),
        rules.syncUsesOnlyTheRoot(),
        rules.partsDoNotUseShutdown(),
        rules.nobodyUsesTheRunner(),
        rules.agentStandsAlone(),
        rules.packagesHaveNoCycles());
  }

  static Stream<Arguments> breaches() {
    var rules = new LayerRules(PLANTED);
    return Stream.of(
        Arguments.of(rules.rootUsesNoneOfTheOthers(), "RootUsesObserve"),
        Arguments.of(rules.observeUsesOnlyTheRoot(), "ObserveUsesPool"),
        Arguments.of(rules.syncUsesOnlyTheRoot(), "SyncUsesPool"),
        Arguments.of(rules.partsDoNotUseShutdown(), "PoolUsesShutdown"),
        Arguments.of(rules.nobodyUsesTheRunner(), "ShutdownUsesRun"),
        Arguments.of(rules.agentStandsAlone(), "AgentUsesRun"),
        Arguments.of(rules.packagesHaveNoCycles(), "Cycle detected"));
  }
}
