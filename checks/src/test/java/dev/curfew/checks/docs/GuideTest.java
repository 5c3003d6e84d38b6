// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.curfew.checks.Project;
import dev.curfew.checks.docs.Markdown.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The guide: every Java block in it compiles, ours and the naive ones, and every row has a section
/// of its own that shows both and names its example.
class GuideTest {

  private static final Path GUIDE = Project.root().resolve("docs").resolve("guide");
  private static final Set<String> MARKS = Set.of("java", "java naive");

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyJavaBlockCompiles() {
    return pages().map(page -> dynamicTest(name(page), () -> assertThat(errors(page)).isEmpty()));
  }

  @TestFactory
  Stream<DynamicTest> everyRowIsShownNaiveAndOursAndNamesItsExample() {
    return rows()
        .map(row -> dynamicTest(row, () -> assertThat(missing(row, section(row))).isEmpty()));
  }

  @Test
  void everyChapterIsInTheTableOfContents() throws IOException {
    String contents = Files.readString(GUIDE.resolve("README.md"));
    assertThat(pages().map(GuideTest::name).filter(page -> !page.equals("README.md")))
        .hasSize(6)
        .allMatch(page -> contents.contains("](" + page + ")"));
    assertThat(Files.readString(Project.root().resolve("README.md")))
        .contains("docs/guide/README.md");
  }

  @Test
  void blockThatDoesNotCompileIsNamedByFileAndLine() throws IOException {
    List<String> page = List.of("Words.", "```java", "handle(\"a\");", "handel(\"b\");", "```");
    assertThat(errors(Files.write(folder.resolve("chapter.md"), page)))
        .singleElement()
        .asString()
        .startsWith("chapter.md:4: cannot find symbol")
        .contains("handel");
  }

  @Test
  void blockWithAnotherMarkIsNamedByFileAndLine() throws IOException {
    List<String> page = List.of("Words.", "```java run", "handle(\"a\");", "```");
    assertThat(errors(Files.write(folder.resolve("chapter.md"), page)))
        .containsExactly("chapter.md:2: mark the block as 'java' or 'java naive'");
  }

  @Test
  void sectionWithoutItsPartsIsFound() {
    List<String> section = List.of("## A1 A flag", "```java", "handle(\"a\");", "```");
    assertThat(missing("A1", section))
        .containsExactly(
            "a block 'java naive'",
            "**What breaks.**",
            "**Ours.**",
            "**Promised.**",
            "`./curfew example A1`");
    assertThat(missing("A1", List.of())).contains("a heading '## A1 …'");
  }

  private static Stream<String> rows() {
    return Stream.of("A5", "B4", "C2", "D5", "E7", "F1")
        .flatMap(
            last ->
                IntStream.rangeClosed(1, last.charAt(1) - '0')
                    .mapToObj(i -> last.charAt(0) + "" + i));
  }

  private static List<String> section(String row) {
    List<String> lines =
        pages()
            .filter(
                page -> name(page).startsWith(row.substring(0, 1).toLowerCase(Locale.ROOT) + "-"))
            .flatMap(page -> Project.lines(page).stream())
            .dropWhile(line -> !line.startsWith("## " + row + " "))
            .toList();
    return Stream.concat(
            lines.stream().limit(1),
            lines.stream().skip(1).takeWhile(line -> !line.startsWith("## ")))
        .toList();
  }

  private static List<String> missing(String row, List<String> section) {
    String text = String.join("\n", section);
    List<String> marks = Markdown.blocks(section).stream().map(Block::info).toList();
    return Stream.of(
            text.startsWith("## " + row + " ") ? "" : "a heading '## " + row + " …'",
            marks.contains("java naive") ? "" : "a block 'java naive'",
            marks.contains("java") ? "" : "a block 'java'",
            part(text, "**What breaks.**"),
            part(text, "**Ours.**"),
            part(text, "**Promised.**"),
            part(text, "`./curfew example " + row + "`"))
        .filter(what -> !what.isEmpty())
        .toList();
  }

  private static String part(String text, String part) {
    return text.contains(part) ? "" : part;
  }

  private List<String> errors(Path page) throws IOException {
    List<Block> java = Markdown.blocks(Project.lines(page)).stream().filter(Block::isJava).toList();
    List<String> unmarked =
        java.stream()
            .filter(block -> !MARKS.contains(block.info()))
            .map(
                block ->
                    name(page) + ":" + block.line() + ": mark the block as 'java' or 'java naive'")
            .toList();
    return unmarked.isEmpty()
        ? Snippets.errors(name(page), java, Files.createTempDirectory(folder, "classes"))
        : unmarked;
  }

  private static Stream<Path> pages() {
    return Project.files(file -> file.startsWith(GUIDE)).stream();
  }

  private static String name(Path page) {
    return String.valueOf(page.getFileName());
  }
}
