// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/// Finds programs as the system does when it starts one.
final class Programs {

  private Programs() {}

  /// {@return the file that a command of this name starts}
  ///
  /// @param name searched for on PATH, unless it holds a slash
  static Optional<Path> find(String name) {
    String path = System.getenv("PATH");
    return find(name, path == null ? "/usr/bin:/bin" : path);
  }

  static Optional<Path> find(String name, String path) {
    try {
      if (name.indexOf('/') >= 0) {
        return program(Path.of(name));
      }
      for (String folder : path.split(File.pathSeparator, -1)) {
        Optional<Path> found = program(Path.of(folder, name));
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    } catch (InvalidPathException notAPath) {
      return Optional.empty();
    }
  }

  private static Optional<Path> program(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file)
        ? Optional.of(file)
        : Optional.empty();
  }
}
