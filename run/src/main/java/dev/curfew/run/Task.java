// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What the command line asks to be done for each input.
sealed interface Task {

  /// {@return one word for the journal's keys}
  String kind();

  /// {@return what it is, for people}
  String text();

  /// {@return what makes two tasks the same}
  List<byte[]> words();

  /// A command.
  ///
  /// @param template how it is run
  /// @param words as typed
  /// @param site where it is run
  record Commands(Template template, List<byte[]> words, Site site) implements Task {
    /// Copies the words.
    public Commands {
      words = List.copyOf(words);
    }

    @Override
    public String kind() {
      return "command";
    }

    @Override
    public String text() {
      return String.join(" ", words.stream().map(Input::printable).toList());
    }
  }

  /// A Java class.
  ///
  /// @param name its name
  /// @param classPath where it is
  record JavaClass(String name, String classPath) implements Task {
    @Override
    public String kind() {
      return "java";
    }

    @Override
    public String text() {
      return "--java " + name;
    }

    @Override
    public List<byte[]> words() {
      List<byte[]> words = new ArrayList<>();
      words.add(name.getBytes(StandardCharsets.UTF_8));
      words.add(classPath.getBytes(StandardCharsets.UTF_8));
      return words;
    }
  }

  /// {@return where jobs run}
  default Site site() {
    return Site.HERE;
  }

  /// {@return what one input is turned into, as one could type it}
  default String display(Input input) {
    return switch (this) {
      case Commands commands -> commands.template().display(input);
      case JavaClass type -> type.name() + " " + ShellQuote.quote(input.bytes());
    };
  }
}
