// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.process.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Splits a command line that is nothing but words and quotes, by the rules of sh.
final class PlainWords {

  private static final String META = "|&;<>()$`*?[]#~!\n{";

  /// Words that only a shell can carry out, even where a program of that name exists.
  private static final Set<String> SHELL_ONLY =
      Set.of(
          "}",
          ":",
          ".",
          "source",
          "alias",
          "bg",
          "break",
          "builtin",
          "case",
          "cd",
          "command",
          "continue",
          "declare",
          "do",
          "done",
          "elif",
          "else",
          "esac",
          "eval",
          "exec",
          "exit",
          "export",
          "fc",
          "fg",
          "fi",
          "for",
          "function",
          "getopts",
          "hash",
          "if",
          "in",
          "jobs",
          "let",
          "local",
          "read",
          "readonly",
          "return",
          "select",
          "set",
          "shift",
          "shopt",
          "then",
          "times",
          "trap",
          "type",
          "typeset",
          "ulimit",
          "umask",
          "unalias",
          "unset",
          "until",
          "wait",
          "while");

  /// Words that a shell carries out itself but that are mostly programs too.
  private static final Set<String> SHELL_OR_PROGRAM =
      Set.of("echo", "printf", "test", "[", "true", "false", "pwd", "kill", "time", "coproc");

  private final String line;
  private final List<Word> words = new ArrayList<>();
  private final Word.Builder word = new Word.Builder();
  private int at;

  private PlainWords(String line) {
    this.line = line;
  }

  /// {@return the words, or nothing if the line needs a shell}
  static Optional<List<Word>> split(String line) {
    PlainWords plain = new PlainWords(line);
    if (!plain.scan() || plain.words.isEmpty()) {
      return Optional.empty();
    }
    String first = plain.words.getFirst().text();
    if (SHELL_ONLY.contains(first)
        || (SHELL_OR_PROGRAM.contains(first) && Command.locate(first).isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(plain.words);
  }

  private boolean scan() {
    while (at < line.length()) {
      char c = line.charAt(at);
      if (place()) {
        continue;
      }
      if (c == ' ' || c == '\t') {
        end();
        at++;
      } else if (!part(c)) {
        return false;
      }
    }
    end();
    return true;
  }

  private boolean place() {
    Placeholder here = Placeholder.at(line, at);
    if (here == null) {
      return false;
    }
    word.place(here);
    at += here.token.length();
    return true;
  }

  private boolean part(char c) {
    switch (c) {
      case '\\' -> {
        if (at + 1 >= line.length() || line.charAt(at + 1) == '\n') {
          return false;
        }
        word.append(line.charAt(at + 1));
        at += 2;
      }
      case '\'', '"' -> {
        return quoted(c);
      }
      default -> {
        // In the first word `=` makes an assignment.
        if (META.indexOf(c) >= 0 || (c == '=' && words.isEmpty())) {
          return false;
        }
        word.append(c);
        at++;
      }
    }
    return true;
  }

  private boolean quoted(char quote) {
    word.begin();
    at++;
    while (at < line.length() && line.charAt(at) != quote) {
      char c = line.charAt(at);
      if (place()) {
        continue;
      }
      if (quote == '"' && (c == '$' || c == '`')) {
        return false;
      } else if (quote == '"' && c == '\\' && escapes(at + 1)) {
        if (line.charAt(at + 1) != '\n') {
          word.append(line.charAt(at + 1));
        }
        at += 2;
      } else {
        word.append(c);
        at++;
      }
    }
    return at++ < line.length();
  }

  private boolean escapes(int index) {
    return index < line.length() && "$`\"\\\n".indexOf(line.charAt(index)) >= 0;
  }

  private void end() {
    if (word.begun()) {
      words.add(word.build());
    }
  }
}
