// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.checks.Project;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SourcesTest {

  private static final Set<String> TEXTS = Set.of("md", "xml", "sh", "yml", "yaml", "properties");

  private static final Pattern QUEUES =
      Pattern.compile("^ *[^/\"]*\\b(synchronized|new \\w+Lock\\()");

  /// Where a look takes long; see the decision for why none of them can keep a stop waiting.
  private static final Set<String> WITH_MONITORS =
      Set.of(
          "Weave.java",
          "WarmUp.java",
          "process/ChildProcess.java",
          "process/ProcessTree.java",
          "process/ReasonFile.java",
          "process/SpawnedLeader.java");

  private static final List<Path> SOURCES = Project.files(file -> extension(file).equals("java"));
  private static final List<Path> OTHERS = Project.files(file -> TEXTS.contains(extension(file)));

  @Test
  void filesOfAllModulesAreSeen() {
    assertThat(SOURCES).hasSizeGreaterThan(30);
    assertThat(OTHERS).hasSizeGreaterThan(4);
    assertThat(Stream.of("core", "run", "agent", "testkit", "checks"))
        .allMatch(module -> SOURCES.stream().anyMatch(file -> isIn(file, module)));
  }

  @ParameterizedTest
  @EnumSource
  void guardIsKept(Guard guard) {
    assertThat(SOURCES.stream().flatMap(file -> breaches(guard, file))).as(guard.rule()).isEmpty();
  }

  /// A stop must not wait for the heir of a monitor or a lock, who may have no carrier (decision
  /// 0015).
  @Test
  void theMachinesOfCoreGuardTheirFieldsByAMutex() {
    Path core = Project.root().resolve("core/src/main/java/dev/curfew");
    assertThat(
            SOURCES.stream()
                .filter(file -> file.startsWith(core))
                .filter(file -> Project.lines(file).stream().anyMatch(QUEUES.asPredicate()))
                .map(file -> core.relativize(file).toString()))
        .containsExactlyInAnyOrderElementsOf(WITH_MONITORS);
  }

  @Test
  void noPrivatePlaceIsMentionedAnywhere() {
    assertThat(OTHERS.stream().flatMap(file -> breaches(Guard.NO_PRIVATE_PLACE, file))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("planted")
  void breachIsFound(Guard guard, String text, int line) {
    assertThat(guard.breaches(text.lines().toList())).as(guard.rule()).containsExactly(line);
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void whatOnlyLooksLikeABreachIsNone(Guard guard, String text) {
    assertThat(guard.breaches(text.lines().toList())).as(guard.rule()).isEmpty();
  }

  static Stream<Arguments> planted() {
    String long101 = "/// " + "x".repeat(97);
    return Stream.of(
        Arguments.of(Guard.SHORT_FILE, String.join("\n", Collections.nCopies(501, "x")), 501),
        Arguments.of(Guard.LICENCE, "package a;", 1),
        Arguments.of(Guard.LICENCE, "", 1),
        Arguments.of(Guard.NARROW_DOCUMENTATION, "\n" + long101, 2),
        Arguments.of(Guard.WHOLE_DOCUMENTATION, "  /// Cut in\n  // two.", 2),
        Arguments.of(Guard.NOTHING_DISABLED, "\n  @" + "Disabled(\"later\")\n  void a() {", 2),
        Arguments.of(Guard.NO_EMPTY_TEST, "@" + "Test\nvoid a() {\n  // nothing\n}", 4),
        Arguments.of(Guard.NO_EMPTY_TEST, "@" + "ParameterizedTest void a(int b) {}", 1),
        Arguments.of(Guard.NOTHING_LEFT_TO_DO, "a\nb // " + "TO" + "DO: c", 2),
        Arguments.of(Guard.NOTHING_LEFT_TO_DO, "// FIX" + "ME", 1),
        Arguments.of(Guard.NO_PRIVATE_PLACE, "see shared" + "/design.md", 1),
        Arguments.of(Guard.NO_PRIVATE_PLACE, "cd /" + "work/main", 1),
        Arguments.of(Guard.NO_PRIVATE_PLACE, "\n~ is /ro" + "ot/.m2", 2));
  }

  static Stream<Arguments> harmless() {
    return Stream.of(
        Arguments.of(Guard.SHORT_FILE, String.join("\n", Collections.nCopies(500, "x"))),
        Arguments.of(Guard.NARROW_DOCUMENTATION, "/// " + "x".repeat(96)),
        Arguments.of(Guard.NARROW_DOCUMENTATION, "String a = \"" + "x".repeat(120) + "\";"),
        Arguments.of(Guard.WHOLE_DOCUMENTATION, "/// One.\n/// Two.\nint a; // three\n// four"),
        Arguments.of(Guard.NOTHING_DISABLED, "// nobody writes @" + "Disabled here"),
        Arguments.of(Guard.NOTHING_DISABLED, "  @" + "DisabledOnOs(OS.WINDOWS)"),
        Arguments.of(Guard.NO_EMPTY_TEST, "@" + "Test\nvoid a() {\n  b();\n}\nvoid c() {}"),
        Arguments.of(Guard.NOTHING_LEFT_TO_DO, "int todo; // autodo"),
        Arguments.of(Guard.NO_PRIVATE_PLACE, "src/work/a, shared state, https://a.org/work/b"));
  }

  private static Stream<String> breaches(Guard guard, Path file) {
    return guard.breaches(Project.lines(file)).stream()
        .map(line -> "%s:%d".formatted(Project.root().relativize(file), line));
  }

  private static boolean isIn(Path file, String module) {
    return file.startsWith(Project.root().resolve(module));
  }

  private static String extension(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
