// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// What to start as a child process, and where its output goes.
///
/// Standard input is empty. Output and errors go to files, never to a pipe: a pipe stays open as
/// long as any descendant holds it, and its reader cannot be freed. No shell sees the words.
///
/// ```java
/// var command = Command.of("sort", "-u", "names.txt").withOutput(Path.of("sorted.txt"));
/// ```
///
/// @param words the program and its arguments, at least one; raw bytes, so that file names arrive
///     as they are; none may hold a zero byte
/// @param environment added to this program's environment, and stronger than it
/// @param output a file created with mode 0600, emptied if it is there; may be the same as `errors`
/// @param errors like `output`
/// @param marker 1 to 200 letters, digits, `.`, `-` and `_`; unlike any other, because whatever
///     carries it in its environment (as `CURFEW_MARKER`) counts as part of this child's tree
/// @param directory where it runs, and where a program named with a slash is looked up; the empty
///     path is this program's current directory
/// @param threadDump whether it is a JVM, which is asked for a thread dump before it is killed
public record Command(
    List<byte[]> words,
    Map<String, String> environment,
    Path output,
    Path errors,
    String marker,
    Path directory,
    boolean threadDump) {

  /// The environment variable that carries the marker.
  public static final String MARKER_VARIABLE = "CURFEW_MARKER";

  /// The environment variable with the markers of the trees around, when a child starts children of
  /// its own by Curfew: these belong to all of them.
  static final String ABOVE_VARIABLE = "CURFEW_ABOVE";

  static final String BETWEEN_MARKERS = ":";

  /// The environment variable with the names of those that a launcher has set for this program's
  /// own JVM, with blanks in between: no child gets them, nor this one.
  static final String OWN_VARIABLE = "CURFEW_OWN_VARIABLES";

  /// {@return the variables that no child inherits}
  ///
  /// @param own what [#OWN_VARIABLE] says, null if it is not there
  static Set<String> notInherited(@Nullable String own) {
    var names = new HashSet<>(Set.of(MARKER_VARIABLE, OWN_VARIABLE));
    if (own != null) {
      names.addAll(List.of(own.split(" ", -1)));
    }
    return names;
  }

  /// The environment variable that names the file into which the reason of a stop is written before
  /// a child is asked to end; see [ParentProcess].
  public static final String REASON_VARIABLE = "CURFEW_REASON";

  private static final int LONGEST_MARKER = 200;
  static final Path NOWHERE = Path.of("/dev/null");
  private static final Path HERE = Path.of("");

  /// Checks the values and copies them.
  public Command {
    words = copy(words);
    environment = Map.copyOf(environment);
    if (words.isEmpty() || words.getFirst().length == 0) {
      throw new IllegalArgumentException("A command needs a program: its first word is missing.");
    }
    for (int i = 0; i < words.size(); i++) {
      if (hasZero(words.get(i))) {
        throw new IllegalArgumentException(
            "Word %d of the command holds a zero byte, which no program can be given."
                .formatted(i));
      }
    }
    environment.forEach(Command::checkVariable);
    if (!isMarker(marker)) {
      throw new IllegalArgumentException(
          "A marker is 1 to 200 letters, digits, '.', '-' and '_', but was '%s'."
              .formatted(marker));
    }
  }

  /// {@return a command of these words, with its output thrown away and a random marker}
  ///
  /// @param words the program and its arguments, passed as UTF-8, at least one
  public static Command of(String... words) {
    return of(Arrays.stream(words).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList());
  }

  /// {@return a command of these words, with its output thrown away and a random marker}
  ///
  /// @param words the program and its arguments as raw bytes, at least one
  public static Command of(List<byte[]> words) {
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    String marker = HexFormat.of().formatHex(random);
    return new Command(words, Map.of(), NOWHERE, NOWHERE, marker, HERE, false);
  }

  /// {@return the file that a command of this name starts, empty if there is none}
  ///
  /// @param program looked for on this program's `PATH`, unless it holds a slash
  public static Optional<Path> locate(String program) {
    return Programs.find(program);
  }

  /// {@return copies of the words}
  @Override
  public List<byte[]> words() {
    return copy(words);
  }

  /// {@return this command with another added environment}
  ///
  /// @param environment replaces what was added so far
  public Command withEnvironment(Map<String, String> environment) {
    return new Command(words, environment, output, errors, marker, directory, threadDump);
  }

  /// {@return this command with its output in another file}
  ///
  /// @param output created with mode 0600, emptied if it is there
  public Command withOutput(Path output) {
    return new Command(words, environment, output, errors, marker, directory, threadDump);
  }

  /// {@return this command with its errors in another file}
  ///
  /// @param errors created with mode 0600, emptied if it is there
  public Command withErrors(Path errors) {
    return new Command(words, environment, output, errors, marker, directory, threadDump);
  }

  /// {@return this command with another marker}
  ///
  /// @param marker 1 to 200 letters, digits, `.`, `-` and `_`
  public Command withMarker(String marker) {
    return new Command(words, environment, output, errors, marker, directory, threadDump);
  }

  /// {@return this command as that of a JVM: before it is killed it gets a QUIT, and the thread
  /// dump that it then prints into its output goes into the report}
  ///
  /// Only for a JVM, which [JavaCommand] is by itself: a QUIT ends other programs. A dump needs an
  /// output that is not thrown away.
  public Command withThreadDump() {
    return new Command(words, environment, output, errors, marker, directory, true);
  }

  /// {@return this command run in another directory}
  ///
  /// @param directory must be there when the command is started; a relative one is taken from this
  ///     program's current directory
  public Command withDirectory(Path directory) {
    return new Command(words, environment, output, errors, marker, directory, threadDump);
  }

  /// {@return whether it runs in a directory of its own}
  boolean hasDirectory() {
    return !directory.equals(HERE);
  }

  /// {@return the program as people read it}
  String program() {
    return Text.printable(new String(words.getFirst(), StandardCharsets.UTF_8));
  }

  /// {@return the words as people read them, for messages only}
  @Override
  public String toString() {
    var line = new StringBuilder();
    for (byte[] word : words) {
      line.append(line.isEmpty() ? "" : " ").append(new String(word, StandardCharsets.UTF_8));
    }
    return Text.printable(line.toString());
  }

  private static void checkVariable(String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "An environment variable cannot be named '%s'.".formatted(Text.printable(name)));
    }
    if (name.equals(MARKER_VARIABLE)) {
      throw new IllegalArgumentException(
          "%s is set by the marker of the command: use withMarker.".formatted(MARKER_VARIABLE));
    }
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "The value of the environment variable '%s' holds a zero character."
              .formatted(Text.printable(name)));
    }
  }

  private static List<byte[]> copy(List<byte[]> words) {
    byte[][] copies = new byte[words.size()][];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = words.get(i).clone();
    }
    return List.of(copies);
  }

  private static boolean isMarker(String marker) {
    boolean good = !marker.isEmpty() && marker.length() <= LONGEST_MARKER;
    for (int i = 0; good && i < marker.length(); i++) {
      char c = marker.charAt(i);
      good =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '.'
              || c == '-'
              || c == '_';
    }
    return good;
  }

  private static boolean hasZero(byte[] word) {
    for (byte b : word) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }
}
