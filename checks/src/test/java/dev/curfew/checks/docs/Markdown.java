// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.docs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The fenced blocks of a Markdown text.
final class Markdown {

  private Markdown() {}

  /// One fenced block.
  ///
  /// @param line of its opening fence, from 1 on
  /// @param info what stands behind the fence, such as `java run`
  /// @param lines its content
  /// @param output the lines of a `text` block that follows with nothing but blank lines between
  record Block(int line, String info, List<String> lines, Optional<List<String>> output) {

    boolean isJava() {
      return info.equals("java") || info.startsWith("java ");
    }

    String text() {
      return String.join("\n", lines) + "\n";
    }
  }

  static List<Block> blocks(List<String> lines) {
    List<Block> found = new ArrayList<>();
    boolean adjacent = false;
    for (int at = 0; at < lines.size(); at++) {
      String opening = lines.get(at).strip();
      if (opening.startsWith("```")) {
        int end = closing(lines, at);
        Block block =
            new Block(
                at + 1,
                opening.substring(3).strip(),
                List.copyOf(lines.subList(at + 1, end)),
                Optional.empty());
        if (adjacent && block.info().equals("text")) {
          found.add(withOutput(found.removeLast(), block.lines()));
        }
        found.add(block);
        adjacent = true;
        at = end;
      } else if (!opening.isEmpty()) {
        adjacent = false;
      }
    }
    return found;
  }

  /// {@return whether lines are as expected; `…` stands for anything within a line}
  static boolean matches(List<String> expected, List<String> actual) {
    Iterator<String> seen = actual.iterator();
    return expected.size() == actual.size()
        && expected.stream().allMatch(line -> pattern(line).matcher(seen.next()).matches());
  }

  private static Pattern pattern(String line) {
    return Pattern.compile(
        Arrays.stream(line.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }

  private static int closing(List<String> lines, int opening) {
    for (int at = opening + 1; at < lines.size(); at++) {
      if (lines.get(at).strip().equals("```")) {
        return at;
      }
    }
    throw new AssertionError("the block that opens in line %d never ends".formatted(opening + 1));
  }

  private static Block withOutput(Block block, List<String> output) {
    return new Block(block.line(), block.info(), block.lines(), Optional.of(output));
  }
}
