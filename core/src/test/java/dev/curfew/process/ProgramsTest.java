// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {

  @TempDir Path folder;

  @Test
  void findsTheFirstExecutableFileOnThePath() throws IOException {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    Files.createDirectory(first.resolve("tool"));
    Files.createFile(first.resolve("data"));
    String path = first + File.pathSeparator + second;
    assertThat(Programs.find("tool", path)).isEmpty();
    assertThat(Programs.find("data", path)).isEmpty();
    Path tool = executable(second.resolve("tool"));
    assertThat(Programs.find("tool", path)).contains(tool);
  }

  @Test
  void aNameWithASlashIsAPath() throws IOException {
    Path tool = executable(folder.resolve("tool"));
    assertThat(Programs.find(tool.toString(), "")).contains(tool);
    assertThat(Programs.find(tool + "-not", "")).isEmpty();
  }

  @Test
  void aNameThatIsNoPathIsNotFound() {
    assertThat(Programs.find("a\0b")).isEmpty();
    assertThat(Programs.find("no-such-program-anywhere")).isEmpty();
    assertThat(Programs.find("java")).isPresent();
  }

  private static Path executable(Path file) throws IOException {
    Files.createFile(file);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
