// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.curfew.checks.Project;
import dev.curfew.checks.jars.Descriptors;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SignaturesTest {

  private static final JavaClasses CORE = Project.mainClasses("core");
  private static final JavaClasses TESTKIT = Project.mainClasses("testkit");

  @Test
  void coreMentionsOnlyItsOwnTypesAndThoseOfTheJdk() {
    Set<String> exported = Descriptors.exports("core");
    assertThat(SignatureRules.visible(CORE, exported)).hasSizeGreaterThan(4);
    assertThat(SignatureRules.foreignTypes(CORE, exported, Set.of("dev.curfew.", "java.")))
        .isEmpty();
  }

  @Test
  void testkitMentionsJUnitToo() {
    Set<String> exported = Descriptors.exports("testkit");
    assertThat(SignatureRules.visible(TESTKIT, exported)).hasSizeGreaterThan(4);
    assertThat(
            SignatureRules.foreignTypes(
                TESTKIT, exported, Set.of("dev.curfew.", "java.", "org.junit.")))
        .isEmpty();
    assertThat(SignatureRules.foreignTypes(TESTKIT, exported, Set.of("dev.curfew.", "java.")))
        .as("the rule sees what it allows")
        .anyMatch(breach -> breach.contains("LeakGuard extends or implements org.junit"));
  }

  @Test
  void foreignTypesAreFoundWhereverTheyStand() {
    String planted = "dev.curfew.checks.breach.signatures";
    assertThat(
            SignatureRules.foreignTypes(
                Project.planted(planted), Set.of(planted), Set.of("dev.curfew.", "java.")))
        .hasSize(6)
        .anyMatch(breach -> breach.contains("MentionsForeign extends or implements"))
        .anyMatch(breach -> breach.contains("FIELD"))
        .anyMatch(breach -> breach.contains("parameter("))
        .anyMatch(breach -> breach.contains("array("))
        .anyMatch(breach -> breach.contains("typeArgument("))
        .anyMatch(breach -> breach.contains("bound("));
  }
}
