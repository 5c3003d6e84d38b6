// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The user's command, ready to be run for any input without the input ever being read as code.
///
/// `{}` is the place of the input, anywhere in a word, and so are the other [Placeholder]s; without
/// one the input becomes the last word. A command of plain words runs without a shell. Any other
/// runs as `/bin/sh -c SCRIPT curfew INPUT`, where every `{}` in the script has become a quoted
/// `${1}`; what other placeholders stand for comes behind the input.
///
/// An input that begins with a dash is passed on as it is: whether the program takes it for an
/// option is for the command to say (`rm -- {}`). Programs that read their words as code and are
/// not known here (SQL shells, make, …) are for the user to judge.
final class Template {

  private final List<Word> words;
  private final boolean shell;

  private Template(List<Word> words, boolean shell) {
    this.words = List.copyOf(words);
    this.shell = shell;
  }

  /// {@return the template of a command}
  ///
  /// @param command one word is a command line for sh, several are a program and its arguments
  static Template of(List<String> command) {
    return ofBytes(command.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList());
  }

  /// {@return the template of a command given as raw bytes}
  ///
  /// @param command as above, see [RawArguments]
  static Template ofBytes(List<byte[]> command) {
    List<String> texts = command.stream().map(Word::latin1).toList();
    if (texts.isEmpty() || texts.getFirst().isBlank()) {
      throw new UserError("There is no command: give one, like 'gzip {}'.");
    }
    if (texts.size() > 1) {
      return plain(texts.stream().map(Word::of).toList());
    }
    String line = texts.getFirst();
    return PlainWords.split(line).map(Template::plain).orElseGet(() -> script(line));
  }

  /// {@return the template of a program with the input behind its arguments; nothing in these
  /// stands for anything else}
  static Template ofProgram(List<byte[]> words) {
    List<Word> fixed = new ArrayList<>();
    words.forEach(word -> fixed.add(Word.fixed(Word.latin1(word))));
    fixed.add(Word.of(Placeholder.INPUT));
    return new Template(fixed, false);
  }

  /// {@return the program and its arguments for an input}
  ///
  /// @param slot see [Placeholder#of]
  List<byte[]> argv(Input input, int slot) {
    return words.stream().map(word -> word.fill(input, slot)).toList();
  }

  /// {@return whether a shell reads the command (never the input)}
  boolean usesShell() {
    return shell;
  }

  /// {@return the command for an input as one could type it, with `{%}` left as it is}
  String display(Input input) {
    List<byte[]> shown = argv(input, Placeholder.NO_SLOT);
    return String.join(" ", shown.stream().map(ShellQuote::quote).toList());
  }

  /// {@return the program that is started, if it is the same for all inputs and no shell looks
  /// for it}
  Optional<String> program() {
    Word first = words.getFirst();
    if (shell || first.hasInput()) {
      return Optional.empty();
    }
    return Optional.of(
        new String(first.text().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
  }

  private static Template plain(List<Word> given) {
    List<Word> words = new ArrayList<>(given);
    if (words.stream().noneMatch(Word::hasInput)) {
      words.add(Word.of(Placeholder.INPUT));
    }
    CodeReaders.check(words);
    return new Template(words, false);
  }

  private static Template script(String line) {
    ShellScript script = ShellScript.read(line);
    script.commands().forEach(CodeReaders::check);
    List<Word> words = new ArrayList<>();
    for (String word : List.of("/bin/sh", "-c", script.text(), "curfew")) {
      words.add(Word.fixed(word));
    }
    script.parameters().forEach(place -> words.add(Word.of(place)));
    return new Template(words, true);
  }
}
