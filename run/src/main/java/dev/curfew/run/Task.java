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

  /// One that is done by a process for each input.
  sealed interface Processes extends Task {

    /// {@return how a process is started}
    Template template();

    @Override
    Site site();
  }

  /// A command.
  ///
  /// @param template how it is run
  /// @param words as typed
  /// @param site where it is run
  record Commands(Template template, List<byte[]> words, Site site) implements Processes {
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

  /// A Java class in a JVM of its own for each input.
  ///
  /// @param name its name
  /// @param classPath where it is
  /// @param jvm how that is started, and what its end means
  /// @param site where it is run
  record Isolated(String name, String classPath, JobJvm jvm, Site site) implements Processes {

    @Override
    public Template template() {
      return jvm.template();
    }

    @Override
    public String kind() {
      return "isolated";
    }

    @Override
    public String text() {
      return "--java " + name + " --isolate";
    }

    /// Neither where this Java lies nor how much memory there is makes it another job.
    @Override
    public List<byte[]> words() {
      return List.of(
          name.getBytes(StandardCharsets.UTF_8), classPath.getBytes(StandardCharsets.UTF_8));
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
      case Isolated type -> type.name() + " " + ShellQuote.quote(input.bytes());
    };
  }
}
