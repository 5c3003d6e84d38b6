// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What to tell people when a child cannot be started.
final class StartFailure {
  private StartFailure() {}

  static IOException program(Command command, int error) {
    String program = command.program();
    if (command.hasDirectory() && !Files.isDirectory(command.directory())) {
      return directory(command, "does not exist, or is no folder");
    }
    if (command.hasDirectory() && !Files.isExecutable(command.directory())) {
      return directory(command, "may not be entered (chmod +x)");
    }
    String message =
        switch (error) {
          case Libc.ENOENT ->
              "Cannot start '%s': program not found. Look at its spelling and at PATH; if it is a"
                  + " script, look at the interpreter in its first line.";
          case Libc.EACCES ->
              "Cannot start '%s': not executable. Give it the right to execute (chmod +x).";
          case Libc.ENOEXEC ->
              "Cannot start '%s': not a program this system can run. A script needs a first line"
                  + " such as #!/bin/sh.";
          case Libc.E2BIG ->
              "Cannot start '%s': argument list too long. Pass fewer or shorter arguments and"
                  + " environment variables, or put them into a file.";
          case Libc.EAGAIN ->
              "Cannot start '%s': too many processes. Start fewer at a time, or raise the limit"
                  + " (ulimit -u).";
          default -> "Cannot start '%s': the system refused it with error " + error + ".";
        };
    return new IOException(message.formatted(program));
  }

  private static IOException directory(Command command, String why) {
    return new IOException(
        "Cannot start '%s': its working directory '%s' %s."
            .formatted(command.program(), Text.printable(command.directory().toString()), why));
  }

  static IOException output(Path file, Command command, int error) {
    String reason =
        switch (error) {
          case Libc.ENOENT -> "its folder does not exist";
          case Libc.EACCES -> "permission denied";
          case 6 -> "it is a pipe that nobody reads";
          case 20 -> "a part of its path is not a folder";
          case 21 -> "it is a folder";
          case 24, 23 -> "too many open files";
          case 28 -> "no space left";
          case 30 -> "the file system is read-only";
          default -> "error " + error;
        };
    return output(file, command, reason);
  }

  static IOException output(Path file, Command command, String reason) {
    return new IOException(
        "Cannot create the output file '%s' of '%s': %s."
            .formatted(Text.printable(file.toString()), command.program(), reason));
  }
}
