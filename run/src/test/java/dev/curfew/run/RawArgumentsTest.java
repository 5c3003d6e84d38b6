// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RawArgumentsTest {

  @TempDir Path folder;

  @Test
  void takesTheLastWordsOfTheProcess() throws IOException {
    Path line = commandLine("java\0-jar\0x.jar\0run\0\u00c3\u00a9\u00ff\0\0");
    assertThat(RawArguments.of(line, "run", "???", ""))
        .extracting(bytes -> new String(bytes, ISO_8859_1))
        .containsExactly("run", "\u00c3\u00a9\u00ff", "");
  }

  @Test
  void distrustsALineThatDoesNotFit() throws IOException {
    for (String other : List.of("java\0run\0b\0", "a\0", "")) {
      assertThat(RawArguments.of(commandLine(other), "run", "é"))
          .extracting(bytes -> new String(bytes, UTF_8))
          .containsExactly("run", "é");
    }
  }

  @Test
  void encodesTheWordsWhereThereIsNoSuchFile() {
    assertThat(RawArguments.of(folder.resolve("none"), "é"))
        .extracting(bytes -> new String(bytes, UTF_8))
        .containsExactly("é");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void inACLocaleTheBytesComeThrough() throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            "grün",
            "☃");
    builder.environment().put("LC_ALL", "C");
    Process child = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(child.waitFor(Duration.ofSeconds(30))).isTrue();
    assertThat(Files.readString(out)).isEqualTo("grün|☃|");
  }

  private Path commandLine(String latin1) throws IOException {
    return Files.write(folder.resolve("cmdline"), latin1.getBytes(ISO_8859_1));
  }

  /// Prints the bytes of its arguments.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      for (byte[] word : RawArguments.of(arguments)) {
        System.out.write(word, 0, word.length);
        System.out.print('|');
      }
      System.out.flush();
    }
  }
}
