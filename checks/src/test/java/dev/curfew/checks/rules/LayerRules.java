// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;

/// Who may use whom, below one root package.
final class LayerRules {

  private final String root;

  LayerRules(String root) {
    this.root = root;
  }

  ArchRule rootUsesNoneOfTheOthers() {
    return noClasses()
        .that()
        .resideInAPackage(root)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(below("observe", "sync", "pool", "worker", "process", "shutdown"))
        .because("what stands above the root package is built on it, never the other way round");
  }

  ArchRule observeUsesOnlyTheRoot() {
    return never("observe", "sync", "pool", "worker", "process", "shutdown");
  }

  ArchRule syncUsesOnlyTheRoot() {
    return never("sync", "observe", "pool", "worker", "process", "shutdown");
  }

  ArchRule partsDoNotUseShutdown() {
    return noClasses()
        .that()
        .resideInAnyPackage(below("pool", "worker", "process"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(below("shutdown"))
        .because("shutdown stops the parts, and they must not know it")
        .allowEmptyShould(true);
  }

  ArchRule nobodyUsesTheRunner() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(below("run"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(below("run"))
        .because("the runner is a program, not a library");
  }

  ArchRule agentStandsAlone() {
    return noClasses()
        .that()
        .resideInAnyPackage(below("agent"))
        .should()
        .dependOnClassesThat(
            resideInAPackage(root + "..").and(resideOutsideOfPackage(root + ".agent..")))
        .because("the agent's jar is loaded into programs that may have another Curfew, or none");
  }

  ArchRule packagesHaveNoCycles() {
    return slices().matching(root + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true);
  }

  private ArchRule never(String layer, String... above) {
    return noClasses()
        .that()
        .resideInAnyPackage(below(layer))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(below(above))
        .because("layers only use what is below them")
        .allowEmptyShould(true);
  }

  private String[] below(String... layers) {
    return Arrays.stream(layers).map(layer -> root + "." + layer + "..").toArray(String[]::new);
  }
}
