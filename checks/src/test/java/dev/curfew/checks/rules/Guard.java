// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import java.util.List;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// What a source text must not contain. Each pattern is written so that it does not match itself.
enum Guard {
  SHORT_FILE("a file has at most 500 lines") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return lines.size() <= 500 ? List.of() : List.of(lines.size());
    }
  },

  LICENCE("the first line names the licence") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return !lines.isEmpty() && lines.getFirst().equals("// SPDX-License-Identifier: Apache-2.0")
          ? List.of()
          : List.of(1);
    }
  },

  NARROW_DOCUMENTATION("a line of documentation has at most 100 columns") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return where(lines, (_, line) -> isDocumentation(line) && line.length() > 100);
    }
  },

  WHOLE_DOCUMENTATION("no comment follows documentation: the formatter has cut a long line") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return where(lines, (before, line) -> isDocumentation(before) && isComment(line));
    }
  },

  NOTHING_DISABLED("no test is disabled: make it work or remove it") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return matching(lines, DISABLED);
    }
  },

  NO_EMPTY_TEST("no test has an empty body") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return matching(lines, EMPTY_TEST);
    }
  },

  NOTHING_LEFT_TO_DO("nothing is left for later in a comment: do it or open an issue") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return matching(lines, LATER);
    }
  },

  NO_PRIVATE_PLACE("no place of one machine is mentioned") {
    @Override
    List<Integer> breaches(List<String> lines) {
      return matching(lines, PRIVATE_PLACE);
    }
  };

  private static final Pattern DISABLED = Pattern.compile("(?m)^\\s*@Disabled\\b");
  private static final Pattern EMPTY_TEST =
      Pattern.compile(
          "@(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\\b[^{;]*\\{(?:\\s|//[^\\n]*\\n)*}");
  private static final Pattern LATER = Pattern.compile("\\b(?:TOD[O]|FIXM[E]|XX[X])\\b");
  private static final Pattern PRIVATE_PLACE =
      Pattern.compile("\\bshare[d]/|(?<![\\w./-])/(?:wor[k]|roo[t])/");

  private final String rule;

  Guard(String rule) {
    this.rule = rule;
  }

  /// {@return the rule in words}
  String rule() {
    return rule;
  }

  /// {@return the numbers of the lines that break the rule, from 1 on}
  abstract List<Integer> breaches(List<String> lines);

  private static List<Integer> where(List<String> lines, BiPredicate<String, String> breach) {
    return IntStream.range(0, lines.size())
        .filter(at -> breach.test(at == 0 ? "" : lines.get(at - 1), lines.get(at)))
        .mapToObj(at -> at + 1)
        .toList();
  }

  private static List<Integer> matching(List<String> lines, Pattern pattern) {
    String text = String.join("\n", lines) + "\n";
    Matcher matcher = pattern.matcher(text);
    return matcher.results().map(found -> lineOf(text, found.end())).toList();
  }

  private static int lineOf(String text, int end) {
    return (int) text.substring(0, end).chars().filter(each -> each == '\n').count() + 1;
  }

  private static boolean isDocumentation(String line) {
    return line.strip().startsWith("///");
  }

  private static boolean isComment(String line) {
    String text = line.strip();
    return text.startsWith("//") && !text.startsWith("///");
  }
}
