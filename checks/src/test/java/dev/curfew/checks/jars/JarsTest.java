// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.jars;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.curfew.checks.Project;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JarsTest {

  /// What packages of one library share among themselves.
  private static final Set<String> HIDDEN = Set.of("dev.curfew.mutex");

  @Test
  void modulesHaveTheirNames() {
    assertThat(Descriptors.of("core").name()).isEqualTo("dev.curfew");
    assertThat(Descriptors.of("testkit").name()).isEqualTo("dev.curfew.testkit");
    assertThat(Descriptors.of("run").name()).isEqualTo("dev.curfew.run");
    assertThat(Descriptors.of("agent").name()).isEqualTo("dev.curfew.agent");
  }

  @Test
  void coreNeedsNothingAtRunTimeButTheJdksBase() {
    assertThat(needed("core")).containsExactly("java.base");
  }

  @Test
  void agentNeedsNothingButTheJdk() {
    assertThat(needed("agent")).containsExactlyInAnyOrder("java.base", "java.instrument");
    assertThat(Descriptors.of("agent").exports()).isEmpty();
  }

  @Test
  void testkitNeedsCoreAndJUnit() {
    assertThat(needed("testkit"))
        .containsExactlyInAnyOrder(
            "java.base",
            "java.management",
            "jdk.management",
            "dev.curfew",
            "org.junit.jupiter.api");
  }

  @Test
  void runnerIsTheOnlyOneWithLibraries() {
    assertThat(needed("run")).contains("dev.curfew").doesNotContain("dev.curfew.testkit");
  }

  @Test
  void librariesExportEveryPackageThatHasPublicTypes() {
    for (String module : Set.of("core", "testkit")) {
      assertThat(Descriptors.exports(module)).as(module).isEqualTo(packagesWithPublicTypes(module));
    }
  }

  @Test
  void runnerExportsNothing() {
    assertThat(Descriptors.of("run").exports()).isEmpty();
  }

  @Test
  void librariesOpenNothing() {
    assertThat(Descriptors.of("core").opens()).isEmpty();
    assertThat(Descriptors.of("testkit").opens()).isEmpty();
  }

  @Test
  void leakGuardIsOfferedToJUnit() {
    assertThat(Descriptors.of("testkit").provides())
        .singleElement()
        .satisfies(
            offer -> {
              assertThat(offer.service()).isEqualTo("org.junit.jupiter.api.extension.Extension");
              assertThat(offer.providers()).containsExactly("dev.curfew.testkit.LeakGuard");
            });
  }

  private static Set<String> needed(String module) {
    return Descriptors.of(module).requires().stream()
        .filter(requires -> !requires.modifiers().contains(Modifier.STATIC))
        .map(ModuleDescriptor.Requires::name)
        .collect(Collectors.toSet());
  }

  private static Set<String> packagesWithPublicTypes(String module) {
    return Project.mainClasses(module).stream()
        .filter(each -> each.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getPackageName)
        .filter(name -> !HIDDEN.contains(name))
        .collect(Collectors.toSet());
  }
}
