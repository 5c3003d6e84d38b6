// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The bytes of the command line.
///
/// In a C locale the JVM replaces every byte of an argument that is not ASCII; on Linux the
/// kernel still knows what was really typed.
final class RawArguments {

  private static final Path OWN_COMMAND_LINE = Path.of("/proc/self/cmdline");

  private RawArguments() {}

  /// {@return the bytes of the arguments of this JVM's main method, as many as were given}
  ///
  /// @param arguments all that main got, for their last ones must be the last ones of the process
  static List<byte[]> of(String... arguments) {
    return of(OWN_COMMAND_LINE, arguments);
  }

  static List<byte[]> of(Path commandLine, String... arguments) {
    return read(commandLine, arguments)
        .orElseGet(
            () ->
                Arrays.stream(arguments)
                    .map(argument -> argument.getBytes(StandardCharsets.UTF_8))
                    .toList());
  }

  private static Optional<List<byte[]>> read(Path commandLine, String... arguments) {
    try {
      return split(Files.readAllBytes(commandLine), arguments);
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<List<byte[]>> split(byte[] commandLine, String... arguments) {
    List<byte[]> words = new ArrayList<>();
    int begin = 0;
    for (int end = 0; end < commandLine.length; end++) {
      if (commandLine[end] == 0) {
        words.add(Arrays.copyOfRange(commandLine, begin, end));
        begin = end + 1;
      }
    }
    if (words.size() < arguments.length) {
      return Optional.empty();
    }
    List<byte[]> last = words.subList(words.size() - arguments.length, words.size());
    for (int i = 0; i < arguments.length; i++) {
      if (!fits(last.get(i), arguments[i])) {
        return Optional.empty();
      }
    }
    return Optional.of(List.copyOf(last));
  }

  /// Only what is ASCII can be compared: how the JVM garbles the rest depends on its version.
  private static boolean fits(byte[] word, String argument) {
    for (byte b : word) {
      if (b < 0) {
        return !argument.isEmpty();
      }
    }
    return argument.equals(new String(word, StandardCharsets.US_ASCII));
  }
}
