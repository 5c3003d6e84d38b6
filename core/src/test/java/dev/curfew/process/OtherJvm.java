// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A JVM of its own for what a test cannot do to the one it runs in.
public final class OtherJvm {

  /// Room for about a dozen threads, and no more for one than what is left for the JVM itself.
  private static final String FEW_THREADS = "ulimit -v 4000000; exec \"$@\"";

  private OtherJvm() {}

  /// Runs a main class in one that can start a few threads only.
  ///
  /// @return what it wrote to standard output; the other has what handlers were told
  public static String withFewThreads(Path folder, Class<?> main)
      throws IOException, InterruptedException {
    Command command =
        command(
            main,
            FEW_THREADS,
            "-Xss128m",
            "-Xmx64m",
            "-XX:CompressedClassSpaceSize=16m",
            "-XX:ReservedCodeCacheSize=32m",
            "-XX:+UseSerialGC",
            "-XX:-UseDynamicNumberOfCompilerThreads",
            "-Xlog:disable");
    return output(folder, command);
  }

  private static String output(Path folder, Command command)
      throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path errors = folder.resolve("err");
    try (ChildProcess child = ChildProcess.start(command.withOutput(out).withErrors(errors))) {
      assertThat(Nursery.exit(child)).as(Files.readString(errors)).isEqualTo(new Exit.Exited(0));
    }
    return Files.readString(out);
  }

  /// @param script a shell's, that begins the JVM by `exec "$@"`
  static Command command(Class<?> main, String script, String... options) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var words = new ArrayList<>(List.of("sh", "-c", script, "sh", java));
    words.addAll(List.of(options));
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    words.add(main.getName());
    return Command.of(words.toArray(new String[0]));
  }
}
