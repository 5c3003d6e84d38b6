// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {

  private static final Module BASE = Object.class.getModule();
  private static final Module OURS = SelectionTest.class.getModule();
  private static final Module COMPILER =
      ModuleLayer.boot().findModule("jdk.compiler").orElseThrow();

  @ParameterizedTest
  @CsvSource({
    "com.acme.Main, com/acme/Main, true",
    "com.acme.Main, com/acme/Main$Inner, true",
    "com.acme.Main, com/acme/Mainly, false",
    "com.acme.Main, com/acme/Main/X, false",
    "com.acme.*, com/acme/Main, true",
    "com.acme.*, com/acme/Main$Inner, true",
    "com.acme.*, com/acme/sub/Main, false",
    "com.acme.*, com/acmes/Main, false",
    "com.acme.**, com/acme/Main, true",
    "com.acme.**, com/acme/sub/deep/Main, true",
    "com.acme.**, com/acme, false",
    "com.acme.**, com/acmes/Main, false",
    "com.*.Main, com/acme/Main, true",
    "com.*.Main, com/acme/sub/Main, false",
    "com.**.Main, com/acme/sub/Main, true",
    "com.acme.*Test, com/acme/OneTest, true",
    "com.acme.*Test, com/acme/OneTests, false",
    "**, Main, true",
    "*, Main, true",
    "*, com/Main, false",
    "**Service, com/acme/UserService, true"
  })
  void patternMeans(String pattern, String name, boolean meant) {
    assertThat(NamePattern.of(pattern).matches(name)).isEqualTo(meant);
  }

  @Test
  void optionsSayWhatIsIncludedAndExcluded() {
    Selection selection = Selection.parse("include=com.acme.**:org.foo.*,exclude=com.acme.gen.**");
    assertThat(selection.covers("com/acme/Main", OURS)).isTrue();
    assertThat(selection.covers("org/foo/Main", OURS)).isTrue();
    assertThat(selection.covers("com/acme/gen/Main", OURS)).isFalse();
    assertThat(selection.covers("net/bar/Main", OURS)).isFalse();
    assertThat(selection.covers("com/acme/gen/Main")).isFalse();
  }

  @Test
  void moreIsAdded() {
    Selection both =
        Selection.parse("include=a.**").plus(Selection.parse("include=b.**:a.**,exclude=b.c.*"));
    assertThat(both.include()).hasToString("[a.**, b.**]");
    assertThat(both.exclude()).hasToString("[b.c.*]");
  }

  @Test
  void curfewItselfIsNeverWoven() {
    Selection all = Selection.parse("include=**:dev.curfew.**");
    assertThat(all.covers("dev/curfew/Scope", OURS)).isFalse();
    assertThat(all.covers("dev/curfewed/Scope", OURS)).isTrue();
    assertThat(all.covers("java/lang/CurfewSite", OURS)).isFalse();
  }

  @Test
  void everythingMeansTheProgramAndNotTheJdk() {
    Selection all = Selection.parse("include=**:java.**");
    assertThat(all.covers("com/acme/Main", OURS)).isTrue();
    assertThat(all.covers("java/lang/String", BASE)).isFalse();
    assertThat(all.covers("java/util/regex/Pattern", BASE)).isFalse();
    assertThat(all.covers("java/lang/String")).isFalse();
    assertThat(all.covers("com/sun/tools/javac/Main", COMPILER)).isFalse();
    assertThat(all.notes())
        .containsExactly(
            "** does not include the classes of java.base",
            "java.** does not include the classes of java.base");
  }

  @Test
  void modulesOfTheJdkAreMeantByPackage() {
    Selection compiler = Selection.parse("include=com.sun.tools.javac.**");
    assertThat(compiler.covers("com/sun/tools/javac/Main", COMPILER)).isTrue();
    assertThat(compiler.notes()).isEmpty();
  }

  @Test
  void regularExpressionsAreWovenIfTheyAreNamed() {
    Module base = Pattern.class.getModule();
    Selection regex = Selection.parse("include=java.util.regex.**:**");
    assertThat(regex.covers("java/util/regex/Pattern", base)).isTrue();
    assertThat(regex.covers("java/util/regex/Pattern")).isTrue();
    assertThat(regex.covers("java/util/List", base)).isFalse();
    Selection one = Selection.parse("include=**:java.util.regex.Matcher");
    assertThat(one.covers("java/util/regex/Matcher", base)).isTrue();
    assertThat(one.covers("java/util/regex/Pattern", base)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"java.lang.**", "java.util.*", "java.lang.String", "java.util.**", "sun.nio.ch.*"})
  void packagesOfJavaBaseAreRefused(String pattern) {
    assertThatThrownBy(() -> Selection.parse("include=" + pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "include: %s is in java.base, which is never woven, apart from java.util.regex.**",
            pattern);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\"|nothing is included: write include=",
        "exclude=a.**|nothing is included: write include=",
        "includes=a|'includes' is not an option: write include=",
        "a.**|'a.**' is not an option: write include=",
        "include=a.**,|'' is not an option: write include=",
        "include|include: a pattern is empty; write include=",
        "include=a.**::b|include: a pattern is empty; write include=",
        "include=a/b|include: 'a/b' is not a pattern of class names: '/' cannot stand in one; write",
        "include=a..b|include: 'a..b' is not a pattern of class names: write it like com.acme.**",
        "include=a,exclude=b.|exclude: 'b.' is not a pattern of class names: write it like"
      })
  void optionsThatSayNothingSensibleAreRefused(String options, String message) {
    assertThatThrownBy(() -> Selection.parse(options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message)
        .satisfies(e -> assertThat(List.of(e.getMessage().split("\n", -1))).hasSize(1));
  }
}
