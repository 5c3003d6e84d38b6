// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Rewrites a command line for `sh -c`, so that every `{}` becomes the quoted first parameter, and
/// every other placeholder one of the parameters behind it.
///
/// Invariants
///
/// 1. The scanner knows in which quotes it stands, at any depth of `$( … )`. Where shells differ,
///    or the rules are too intricate to follow, it refuses rather than guesses.
/// 2. What it writes where a placeholder stood is, for the shell, always inside double quotes.
/// 3. Text without placeholders is copied as it is, but a backslash that quotes nothing is doubled.
/// 4. Nothing in the script can change its parameters.
///
/// Locks: none, one thread.
final class ShellScript {

  private static final Set<String> CHANGE_PARAMETERS = Set.of("shift", "set", "function");
  private static final Set<String> OPEN_WORDS =
      Set.of("do", "then", "else", "in", "if", "while", "until", "elif", "done", "fi", "esac", "}");

  private final String line;
  private final StringBuilder out = new StringBuilder();
  private final List<List<Word>> commands = new ArrayList<>();
  private final List<Placeholder> parameters = new ArrayList<>(List.of(Placeholder.INPUT));
  private Word.Builder word = new Word.Builder();
  private List<Word> command = new ArrayList<>();
  private boolean redirected;
  private int at;
  private int depth;
  private int places;
  private boolean cases;
  private boolean comment;

  private ShellScript(String line) {
    this.line = line;
  }

  /// {@return the script for a command line}
  ///
  /// @param line with the inner form of [Word]: one character per byte
  static ShellScript read(String line) {
    ShellScript script = new ShellScript(line);
    script.scan();
    if (script.at < line.length()) {
      throw refused("there is a ')' without its '('");
    }
    if (script.places == 0) {
      script.appendInput();
    }
    script.endCommand();
    return script;
  }

  /// {@return the script, to be run with the parameters as `$1` and so on}
  String text() {
    return out.toString();
  }

  /// {@return what the script is to be given, the input first}
  List<Placeholder> parameters() {
    return List.copyOf(parameters);
  }

  /// {@return the simple commands in it, those in `$( … )` too}
  List<List<Word>> commands() {
    return List.copyOf(commands);
  }

  /// Scans unquoted text up to the end, or up to a `)` that was not opened here.
  private void scan() {
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == ')') {
        if (!cases) {
          return;
        }
        if (depth > 0) {
          throw refused("a 'case' inside parentheses cannot be followed");
        }
        copy(1);
        endCommand();
      } else if (!place("\"", "\"")) {
        unquoted(c);
      }
    }
  }

  private void unquoted(char c) {
    comment &= c == ' ' || c == '\t';
    switch (c) {
      case ' ', '\t' -> {
        copy(1);
        endWord();
      }
      case '\n', ';', '&', '|' -> {
        // In some shells `&>` is a redirection, so the command may go on behind it.
        if (line.startsWith("&>", at)) {
          copy(1);
          endWord();
          return;
        }
        copy(1);
        endCommand();
      }
      case '<', '>' -> redirection(c);
      case '(' -> subshell();
      case '#' -> hash();
      case '\\' -> backslash();
      case '\'' -> singleQuoted();
      case '"' -> doubleQuoted();
      case '`' -> backticks();
      case '$' -> dollar(false);
      default -> literal(1);
    }
  }

  private void redirection(char c) {
    if (line.startsWith("<<", at)) {
      throw refused("a here-document ('<<') cannot hold an input safely");
    }
    // The digits before it are the descriptor's, no word of the command.
    if (word.tail().matches("[0-9]+|\\{[A-Za-z0-9_]+}") && !word.hasPlace()) {
      word.clear();
    }
    endWord();
    int length = 1;
    while (at + length < line.length() && "<>&|".indexOf(line.charAt(at + length)) >= 0) {
      length++;
    }
    if (line.startsWith("<(", at) || line.startsWith(">(", at)) {
      throw refused("'" + c + "( )' is not known to sh");
    }
    copy(length);
    redirected = true;
  }

  private void subshell() {
    if (line.startsWith("((", at)) {
      throw refused("'((' is read differently from shell to shell");
    }
    if (word.begun() || line.substring(at).matches("(?s)\\([ \\t]*\\).*")) {
      throw refused("a function has a $1 of its own");
    }
    copy(1);
    endCommand();
    nested();
    endCommand();
  }

  /// Scans up to the closing parenthesis and copies it.
  private void nested() {
    boolean outerCases = cases;
    cases = false;
    depth++;
    scan();
    depth--;
    cases = outerCases;
    if (at >= line.length()) {
      throw refused("there is a '(' without its ')'");
    }
    endCommand();
    copy(1);
  }

  private void hash() {
    if (word.begun()) {
      literal(1);
      return;
    }
    int end = line.indexOf('\n', at);
    copy((end < 0 ? line.length() : end) - at);
    comment = true;
  }

  private void backslash() {
    if (at + 1 >= line.length()) {
      throw refused("the last backslash quotes nothing");
    }
    if (line.charAt(at + 1) != '\n') {
      word.append(line.charAt(at + 1));
    }
    copy(2);
  }

  private void singleQuoted() {
    word.begin();
    copy(1);
    while (at < line.length() && line.charAt(at) != '\'') {
      if (!place("'\"", "\"'")) {
        literal(1);
      }
    }
    close("'");
  }

  private void doubleQuoted() {
    word.begin();
    copy(1);
    while (at < line.length() && line.charAt(at) != '"') {
      char c = line.charAt(at);
      if (place("", "")) {
        continue;
      }
      switch (c) {
        case '\\' -> backslashInQuotes();
        case '`' -> backticks();
        case '$' -> dollar(true);
        default -> literal(1);
      }
    }
    close("\"");
  }

  private void backslashInQuotes() {
    if (at + 1 < line.length() && "$`\"\\\n".indexOf(line.charAt(at + 1)) >= 0) {
      backslash();
    } else {
      // It stands for itself; doubled it still does when `${1}` follows.
      out.append('\\');
      literal(1);
    }
  }

  private void backticks() {
    word.begin();
    int end = at + 1;
    while (end < line.length() && line.charAt(end) != '`') {
      end += line.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= line.length()) {
      throw refused("there is a backtick without its other one");
    }
    if (Placeholder.isIn(line.substring(at, end))) {
      throw new UserError("{} inside backticks would be read as code: write $( … ) instead.");
    }
    literal(end + 1 - at);
  }

  private void dollar(boolean inQuotes) {
    word.begin();
    if (line.startsWith("$\\\n", at)) {
      throw refused("a line break splits an expansion");
    } else if (line.startsWith("$((", at)) {
      arithmetic();
    } else if (line.startsWith("$(", at)) {
      substitution();
    } else if (line.startsWith("${", at)) {
      parameter();
    } else if (line.startsWith("$'", at) && !inQuotes) {
      throw refused("$'…' is read differently from shell to shell");
    } else if (at + 1 < line.length() && "$!?*@#-".indexOf(line.charAt(at + 1)) >= 0) {
      literal(2);
    } else {
      literal(1);
    }
  }

  /// Its commands are looked at like any others; for the word around it, it is just some text.
  private void substitution() {
    Word.Builder outerWord = word;
    List<Word> outerCommand = command;
    boolean outerRedirected = redirected;
    word = new Word.Builder();
    command = new ArrayList<>();
    redirected = false;
    copy(2);
    int before = places;
    nested();
    word = outerWord;
    command = outerCommand;
    redirected = outerRedirected;
    comment = false;
    word.append("$()");
    if (places > before) {
      word.place(Placeholder.INPUT);
    }
  }

  private void arithmetic() {
    int open = 0;
    int end = at + 1;
    do {
      if (end >= line.length() || "'\"`\\#".indexOf(line.charAt(end)) >= 0) {
        throw refused("the '$((' cannot be followed (for commands write '$( (')");
      }
      open += line.charAt(end) == '(' ? 1 : line.charAt(end) == ')' ? -1 : 0;
      end++;
    } while (open > 0);
    String text = line.substring(at, end);
    if (Placeholder.isIn(text)) {
      throw refused("{} inside $(( )) would be evaluated");
    }
    if (!text.endsWith("))")) {
      throw refused("the '$((' cannot be followed (for commands write '$( (')");
    }
    literal(text.length());
  }

  private void parameter() {
    int end = line.indexOf('}', at);
    String text = end < 0 ? line.substring(at) : line.substring(at, end + 1);
    if (text.equals("${}") || line.startsWith(Word.PLACE, Math.max(at, end - 1))) {
      throw refused("{} inside ${…} cannot be replaced");
    }
    if (end < 0 || !text.substring(2).matches("([^{}'\"`\\\\$\\n]|\\$[A-Za-z0-9_])*}")) {
      throw refused("the quoting inside ${…} cannot be followed");
    }
    literal(text.length());
  }

  private boolean place(String before, String after) {
    Placeholder here = Placeholder.at(line, at);
    if (here == null) {
      return false;
    }
    if (!parameters.contains(here)) {
      parameters.add(here);
    }
    out.append(before).append("${").append(parameters.indexOf(here) + 1).append('}').append(after);
    word.place(here);
    places++;
    comment = false;
    at += here.token.length();
    return true;
  }

  private void appendInput() {
    boolean target = redirected && !word.begun();
    endWord();
    boolean open =
        command.stream().allMatch(word -> word.text().matches("(?s)[A-Za-z_][A-Za-z0-9_]*=.*"))
            || (command.size() == 1 && OPEN_WORDS.contains(command.getFirst().text()));
    if (open || comment || target) {
      throw new UserError(
          "The command '"
              + Word.shown(line)
              + "' does not say where the input goes, and its end is no place for it: put {}"
              + " there.");
    }
    out.append(" \"${1}\"");
    word.place(Placeholder.INPUT);
  }

  private void endWord() {
    if (!word.begun()) {
      return;
    }
    Word ended = word.build();
    if (redirected) {
      redirected = false;
    } else {
      command.add(ended);
      cases |= ended.text().equals("case");
    }
  }

  private void endCommand() {
    endWord();
    redirected = false;
    if (!command.isEmpty()) {
      checkParameters();
      commands.add(command);
      command = new ArrayList<>();
    }
  }

  private void checkParameters() {
    for (int i = 0; i < command.size(); i++) {
      String text = command.get(i).text();
      boolean flagsOnly = text.equals("set") && onlyFlags(command.subList(i + 1, command.size()));
      if (CHANGE_PARAMETERS.contains(text) && !flagsOnly) {
        throw refused("'" + text + "' changes $1, which holds the input");
      }
      if (text.equals("[[") && command.stream().anyMatch(Word::hasInput)) {
        throw new UserError("{} inside [[ … ]] could be evaluated: write [ … ] instead.");
      }
      if (text.equals("[[") && !command.getLast().text().equals("]]")) {
        throw refused("the [[ … ]] cannot be followed");
      }
      if (!OPEN_WORDS.contains(text) && !text.equals("{") && !text.equals("!")) {
        return;
      }
    }
  }

  private static boolean onlyFlags(List<Word> words) {
    return words.stream().allMatch(word -> word.text().matches("[-+][a-zA-Z]+|pipefail"));
  }

  private void close(String quote) {
    if (at >= line.length()) {
      throw refused("there is a " + quote + " without its other one");
    }
    copy(1);
  }

  private void literal(int length) {
    word.append(line.substring(at, at + length));
    copy(length);
  }

  private void copy(int length) {
    out.append(line, at, at + length);
    at += length;
  }

  private static UserError refused(String why) {
    return new UserError(
        "The command cannot be given an input safely: "
            + why
            + ". Put the commands into a script file and call that: ./script {}");
  }
}
