// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Compiles and runs one Java text of the documentation, in a JVM of its own.
///
/// The JDK's source launcher does both, so a sample may exit, install hooks and be killed, and a
/// compact source file without a class is fine too.
final class Sample {

  private static final Duration LIMIT = Duration.ofSeconds(40);

  private Sample() {}

  /// What a sample did.
  ///
  /// @param exit its exit code
  /// @param output the lines of its standard output
  /// @param errors its standard error, with the compiler's messages
  record Result(int exit, List<String> output, String errors) {}

  /// {@return what happened}
  ///
  /// @param text one source file with a `main` method
  /// @param folder an empty one, for the source and the output
  static Result run(String text, Path folder) throws IOException, InterruptedException {
    Path source = Files.writeString(folder.resolve("Sample.java"), text);
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dstdout.encoding=UTF-8",
                "--class-path",
                System.getProperty("java.class.path"),
                source.toString())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      if (!jvm.waitFor(LIMIT)) {
        throw new AssertionError(
            "still running after %s; it printed:%n%s%s"
                .formatted(LIMIT, Files.readString(output), Files.readString(errors)));
      }
    } finally {
      end(jvm);
    }
    return new Result(jvm.exitValue(), Files.readAllLines(output), Files.readString(errors));
  }

  private static void end(Process jvm) {
    List<ProcessHandle> tree = jvm.descendants().toList();
    jvm.destroyForcibly();
    tree.forEach(ProcessHandle::destroyForcibly);
  }
}
