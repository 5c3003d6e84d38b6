// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Refuses commands in which some program would read the input as code.
///
/// One simple command at a time, its words with the quotes taken off. A refused command that is
/// harmless costs the user a script file; a dangerous one that is let through costs more, so
/// doubt refuses.
final class CodeReaders {

  private static final Set<String> SHELLS =
      Set.of(
          "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish", "busybox", "csh", "tcsh",
          "rbash", "yash", "pdksh", "oksh", "lksh", "posh", "hush", "pwsh", "xonsh", "nu",
          "elvish");

  /// Code flags, and flags that take a word of their own.
  private record Flags(String code, String taking, Set<String> longCode) {}

  private static final Flags SHELL = new Flags("c", "oO", Set.of("--command", "--init-command"));

  /// What a program that nobody knows may take code by.
  private static final Flags ANY = new Flags("ce", "", Set.of("--command", "--eval"));

  private static final Map<String, Flags> INTERPRETERS =
      Map.ofEntries(
          Map.entry("python", new Flags("c", "WXQ", Set.of())),
          Map.entry("pypy", new Flags("c", "WXQ", Set.of())),
          Map.entry("perl", new Flags("eEMm", "I", Set.of())),
          Map.entry("ruby", new Flags("e", "IrCEKT", Set.of())),
          Map.entry("node", new Flags("ep", "rC", Set.of("--eval", "--print"))),
          Map.entry("nodejs", new Flags("ep", "rC", Set.of("--eval", "--print"))),
          Map.entry("bun", new Flags("ep", "rc", Set.of("--eval", "--print"))),
          Map.entry("php", new Flags("rBRE", "dczFSt", Set.of("--run", "--process-code"))),
          Map.entry("lua", new Flags("e", "l", Set.of())),
          Map.entry("luajit", new Flags("e", "l", Set.of())),
          Map.entry("julia", new Flags("eE", "pLHtC", Set.of("--eval", "--print"))),
          Map.entry("rscript", new Flags("e", "", Set.of())),
          Map.entry("osascript", new Flags("e", "l", Set.of())),
          Map.entry("groovy", new Flags("e", "", Set.of())),
          Map.entry("awk", new Flags("e", "Fvf", Set.of("--source"))),
          Map.entry("gawk", new Flags("e", "FvfilE", Set.of("--source"))),
          Map.entry("mawk", new Flags("e", "FvfW", Set.of("--source"))),
          Map.entry("nawk", new Flags("e", "Fvf", Set.of("--source"))),
          Map.entry("sed", new Flags("e", "fl", Set.of("--expression"))),
          Map.entry("gsed", new Flags("e", "fl", Set.of("--expression"))));

  /// Programs whose first plain word is code, unless a flag gave the code.
  private static final Set<String> PROGRAM_WORD =
      Set.of("awk", "gawk", "mawk", "nawk", "sed", "gsed");

  /// Programs that give some of their words to a shell, by the flag that says so.
  private static final Map<String, Flags> RUN_BY_SHELL =
      Map.of(
          "su", new Flags("c", "", Set.of("--command", "--session-command")),
          "runuser", new Flags("c", "", Set.of("--command", "--session-command")),
          "flock", new Flags("c", "", Set.of("--command")),
          "script", new Flags("c", "", Set.of("--command")),
          "env", new Flags("S", "", Set.of("--split-string")));

  private static final Set<String> ALL_BY_SHELL = Set.of("watch", "parallel", "sem", "entr");

  private static final Set<String> REMOTE = Set.of("ssh", "rsh", "mosh", "autossh");

  /// Programs that run another one, which may stand anywhere behind them.
  private static final Set<String> WRAPPERS =
      Set.of(
          "env",
          "sudo",
          "doas",
          "nice",
          "ionice",
          "nohup",
          "timeout",
          "time",
          "xargs",
          "command",
          "exec",
          "setsid",
          "stdbuf",
          "chroot",
          "chrt",
          "taskset",
          "unshare",
          "nsenter",
          "strace",
          "find",
          "busybox",
          "runuser",
          "sshpass",
          "setpriv",
          "unbuffer",
          "flock");

  /// Words that leave the next one in the place of the command.
  private static final Set<String> KEYWORDS =
      Set.of(
          "!", "if", "then", "elif", "else", "while", "until", "do", "{", "time", "command",
          "builtin", "exec");

  /// Builtins that evaluate a word, or a subscript in a variable's name.
  private static final Set<String> EVALUATING =
      Set.of(
          "eval",
          "trap",
          "alias",
          "let",
          "declare",
          "typeset",
          "local",
          "readonly",
          "export",
          "read",
          "unset",
          "mapfile",
          "readarray",
          "getopts",
          "complete",
          "fc",
          "bind");

  private static final Set<String> ASSIGNING = Set.of("export", "readonly", "local");

  private final List<String> texts = new ArrayList<>();
  private final List<Word> words;

  private CodeReaders(List<Word> words) {
    this.words = words;
    words.forEach(word -> texts.add(word.text()));
  }

  /// @param words of one simple command, redirections left out
  static void check(List<Word> words) {
    if (words.stream().anyMatch(Word::hasInput)) {
      new CodeReaders(words).check();
    }
  }

  private void check() {
    boolean command = true;
    boolean wrapped = false;
    for (int i = 0; i < words.size(); i++) {
      String text = texts.get(i);
      String name = name(text);
      checkFlags(i, name);
      if (command || wrapped) {
        checkProgram(i, name);
      }
      if (command) {
        checkBuiltin(i, name);
      }
      wrapped |= command && WRAPPERS.contains(name);
      command &= KEYWORDS.contains(text) || assignment(text);
    }
  }

  private void checkFlags(int index, String name) {
    if (SHELLS.contains(name) || texts.get(index).matches("\\$\\{?(SHELL|BASH|0)}?")) {
      refuseCode(index, SHELL, "sh -c 'echo \"$1\"' sh {}");
    }
    Flags flags = INTERPRETERS.get(name);
    if (flags != null) {
      refuseCode(index, flags, safeForm(name));
    }
    if (PROGRAM_WORD.contains(name) && flags != null) {
      refuseProgramWord(index, flags, safeForm(name));
    }
  }

  private void checkProgram(int index, String name) {
    if (texts.get(index).startsWith("$")) {
      refuseVariable(index);
    }
    Flags flags = RUN_BY_SHELL.get(name);
    if (flags != null) {
      refuseFlagWords(index, flags);
    }
    if (ALL_BY_SHELL.contains(name)) {
      refuseAfter(index, "gives its words to a shell");
    }
    boolean transport = index > 0 && texts.get(index - 1).matches("-e|--rsh");
    if (REMOTE.contains(name) && !transport) {
      refuseRemote(index);
    }
    // In some shells these evaluate a subscript in the name of a variable.
    if (Set.of("test", "[", "printf").contains(name)) {
      refuseFlagWords(index, new Flags("v", "", Set.of()));
    }
  }

  private void checkBuiltin(int index, String name) {
    if (EVALUATING.contains(name)) {
      List<String> rest = texts.subList(index + 1, texts.size());
      boolean assigns = ASSIGNING.contains(name) && rest.stream().allMatch(CodeReaders::assignment);
      if (!assigns) {
        refuseAfter(index, "evaluates its words");
      }
    }
  }

  private void refuseCode(int index, Flags flags, String safe) {
    boolean pending = false;
    for (int i = index + 1; i < words.size(); i++) {
      String text = texts.get(i);
      boolean value = !option(text) && takesWord(texts.get(i - 1), flags) && i > index + 1;
      boolean code = option(text) && codeFlag(text, flags);
      boolean careless = pending || value || code || (option(text) && !text.startsWith("--"));
      if (careless && words.get(i).hasInput()) {
        throw refused(index, "would take it in the place of code or of a flag", use(safe));
      }
      if (!pending && !value && (!option(text) || text.equals("--"))) {
        return;
      }
      // A shell takes the first word that is no flag, the others the very next one.
      boolean skipped = value || (option(text) && flags.equals(SHELL));
      pending = code || (pending && skipped);
    }
  }

  /// The program is in a variable: whatever it is, the word for `-c` or `-e` may be code.
  private void refuseVariable(int index) {
    boolean code = false;
    for (int i = index + 1; i < words.size(); i++) {
      boolean option = option(texts.get(i));
      code |= option && codeFlag(texts.get(i), ANY);
      if (code && words.get(i).hasInput()) {
        String who = Word.shown(texts.get(index));
        throw refused(
            index, "may be a program that takes it as code", use(who + " -c 'echo \"$1\"' sh {}"));
      }
      if (code && !option) {
        return;
      }
    }
  }

  private void refuseProgramWord(int index, Flags flags, String safe) {
    for (int i = index + 1; i < words.size(); i++) {
      String text = texts.get(i);
      if (option(text) && !text.equals("--")) {
        if (codeFlag(text, flags) || text.startsWith("-f") || text.startsWith("--file")) {
          return;
        }
        i += takesWord(text, flags) && !text.startsWith("--") ? 1 : 0;
      } else if (!text.equals("--")) {
        if (words.get(i).hasInput()) {
          throw refused(index, "reads its first word as code", use(safe));
        }
        return;
      }
    }
  }

  private void refuseFlagWords(int index, Flags flags) {
    for (int i = index + 1; i < words.size(); i++) {
      if (option(texts.get(i)) && codeFlag(texts.get(i), flags)) {
        int last = Math.min(i + 1, words.size() - 1);
        if (words.get(i).hasInput() || words.get(last).hasInput()) {
          throw refused(index, "gives the word after " + flag(texts.get(i)) + " to a shell", "");
        }
      }
    }
  }

  private void refuseRemote(int index) {
    for (int i = index + 1; i < words.size(); i++) {
      boolean host = texts.get(i).equals(Word.PLACE) && texts.get(i - 1).equals("--");
      if (words.get(i).hasInput() && !host) {
        throw refused(
            index,
            "gives its words to a shell on the other machine",
            " For a list of machines use: ssh -- {} COMMAND.");
      }
    }
  }

  private void refuseAfter(int index, String what) {
    for (int i = index + 1; i < words.size(); i++) {
      if (words.get(i).hasInput()) {
        throw refused(index, what, "");
      }
    }
  }

  private UserError refused(int index, String what, String safe) {
    String who = "'" + Word.shown(texts.get(index)) + "' ";
    return new UserError(
        "The input could be read as code: "
            + who
            + what
            + "."
            + safe
            + (safe.isEmpty() ? " Put" : " Or put")
            + " the commands into a script file and call that: ./script {}");
  }

  private static String use(String safe) {
    return " Use: " + safe + ".";
  }

  private static String safeForm(String name) {
    return switch (name) {
      case "python", "pypy" -> "python3 -c 'import sys; print(sys.argv[1])' {}";
      case "perl" -> "perl -e 'print $ARGV[0]' -- {}";
      case "ruby" -> "ruby -e 'puts ARGV[0]' -- {}";
      case "node", "nodejs", "bun" -> "node -e 'console.log(process.argv[1])' -- {}";
      case "php" -> "php -r 'echo $argv[1];' -- {}";
      case "awk", "gawk", "mawk", "nawk" -> "awk 'BEGIN { print ARGV[1] }' {}";
      case "sed", "gsed" -> "sed 's/a/b/' -- {}";
      default -> name + " with the code in a file, and {} behind it";
    };
  }

  private static String name(String text) {
    String base = text.substring(text.lastIndexOf('/') + 1);
    String known = base.replaceFirst("(?<=[a-z])-?[0-9][0-9.]*$", "");
    return known.equals("Rscript") ? "rscript" : known;
  }

  private static boolean assignment(String text) {
    return text.matches("(?s)[A-Za-z_][A-Za-z0-9_]*\\+?=.*");
  }

  private static boolean option(String text) {
    return text.length() > 1 && (text.startsWith("-") || text.startsWith("+"));
  }

  private static boolean codeFlag(String text, Flags flags) {
    if (text.startsWith("--")) {
      String word = text.replaceFirst("(?s)=.*", "");
      // Long options may be shortened, so the beginning of one is enough.
      return word.length() > 2 && flags.longCode().stream().anyMatch(code -> code.startsWith(word));
    }
    return text.chars().skip(1).anyMatch(c -> flags.code().indexOf(c) >= 0);
  }

  private static boolean takesWord(String text, Flags flags) {
    if (text.startsWith("--")) {
      return !text.contains("=");
    }
    return option(text) && flags.taking().indexOf(text.charAt(text.length() - 1)) >= 0;
  }

  private static String flag(String text) {
    return Word.shown(text.length() > 20 ? text.substring(0, 20) + "…" : text);
  }
}
