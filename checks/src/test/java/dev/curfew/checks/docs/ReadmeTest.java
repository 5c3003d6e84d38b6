// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.curfew.checks.Project;
import dev.curfew.checks.docs.Markdown.Block;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The Java in README.md and below docs: `java run` blocks are compiled and run, and print what the
/// `text` block behind them says; every other one is marked `java fragment`. The guide has rules of
/// its own, see [GuideTest].
class ReadmeTest {

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyJavaBlockIsRunOrMarkedAsFragment() {
    return pages().stream().flatMap(this::tests);
  }

  @Test
  void sampleThatPrintsWhatItsPageSaysPasses() throws IOException, InterruptedException {
    List<Block> blocks = blocks("good.md");
    assertThat(blocks).hasSize(3);
    for (Block block : blocks) {
      check(block);
    }
  }

  @Test
  void sampleThatPrintsSomethingElseFails() {
    assertThatThrownBy(() -> check(blocks("wrong-output.md").getFirst()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("line 1 prints something else")
        .hasMessageContaining("stopped after 7 rows");
  }

  @Test
  void sampleThatDoesNotCompileFails() {
    assertThatThrownBy(() -> check(blocks("no-compile.md").getFirst()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("line 1 must compile and end well")
        .hasMessageContaining("cannot find symbol");
  }

  @Test
  void unmarkedBlockFails() {
    assertThatThrownBy(() -> check(blocks("unmarked.md").getFirst()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("mark the block in line 3 as 'java run' or 'java fragment'");
  }

  @Test
  void outputBelongsOnlyToTheBlockDirectlyBeforeIt() {
    List<String> lines =
        List.of("```java run", "a", "```", "", "```text", "b", "```", "words", "```text", "```");
    assertThat(Markdown.blocks(lines))
        .extracting(Block::line, block -> block.output().orElse(List.of()))
        .containsExactly(tuple(1, List.of("b")), tuple(5, List.of()), tuple(9, List.of()));
  }

  @Test
  void blockThatNeverEndsFails() {
    assertThatThrownBy(() -> Markdown.blocks(List.of("text", "```java run", "a")))
        .hasMessage("the block that opens in line 2 never ends");
  }

  @Test
  void ellipsisStandsForAnythingWithinALine() {
    assertThat(Markdown.matches(List.of("took … ms", "…"), List.of("took 12 ms", ""))).isTrue();
    assertThat(Markdown.matches(List.of("took … ms"), List.of("took 12 s"))).isFalse();
    assertThat(Markdown.matches(List.of("a.c"), List.of("abc"))).isFalse();
    assertThat(Markdown.matches(List.of("…"), List.of("a", "b"))).isFalse();
    assertThat(Markdown.matches(List.of("a", "b"), List.of("a"))).isFalse();
  }

  private Stream<DynamicTest> tests(Path page) {
    return Markdown.blocks(Project.lines(page)).stream()
        .filter(Block::isJava)
        .map(
            block ->
                dynamicTest(
                    "%s:%d %s".formatted(page.getFileName(), block.line(), block.info()),
                    () -> check(block)));
  }

  private void check(Block block) throws IOException, InterruptedException {
    switch (block.info()) {
      case "java run" -> run(block);
      case "java fragment" -> assertThat(block.lines()).as("a fragment").isNotEmpty();
      default ->
          throw new AssertionError(
              "mark the block in line %d as 'java run' or 'java fragment'".formatted(block.line()));
    }
  }

  private void run(Block block) throws IOException, InterruptedException {
    Sample.Result result =
        Sample.run(block.text(), Files.createTempDirectory(folder, "line" + block.line()));
    assertThat(result.exit())
        .as("the block in line %d must compile and end well: %s", block.line(), result.errors())
        .isZero();
    block
        .output()
        .ifPresent(
            expected ->
                assertThat(result.output())
                    .as(
                        "the block in line %d prints something else than %s",
                        block.line(), expected)
                    .matches(actual -> Markdown.matches(expected, List.copyOf(actual))));
  }

  private static List<Block> blocks(String sample) {
    try (InputStream in =
        Objects.requireNonNull(ReadmeTest.class.getResourceAsStream("/markdown/" + sample))) {
      List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      return Markdown.blocks(lines).stream().filter(Block::isJava).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(sample, e);
    }
  }

  private static List<Path> pages() {
    Path root = Project.root();
    return Project.files(
        file ->
            file.equals(root.resolve("README.md"))
                || (file.startsWith(root.resolve("docs"))
                    && !file.startsWith(root.resolve("docs").resolve("guide"))
                    && file.toString().endsWith(".md")));
  }
}
