// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.run.Journal.About;
import dev.curfew.run.Journal.Mode;
import dev.curfew.run.Journal.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.util.OSInfo;

/// Kills a process that writes to a journal, at a moment of its own.
@EnabledOnOs(OS.LINUX)
class JournalKillTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final About ABOUT = new About(false, "out", "wc {}");

  @TempDir Path folder;
  private Path path;
  private Path library;
  private Path temporary;

  @BeforeEach
  void unpackTheDatabase() throws IOException {
    path = folder.resolve("curfew.journal");
    library = Files.createDirectory(folder.resolve("library"));
    temporary = Files.createDirectory(folder.resolve("temporary"));
    String inJar =
        "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/libsqlitejdbc.so";
    try (InputStream in = org.sqlite.JDBC.class.getResourceAsStream(inJar)) {
      Files.copy(Objects.requireNonNull(in, inJar), library.resolve("libsqlitejdbc.so"));
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAKill() throws IOException, InterruptedException {
    int acknowledged = 0;
    for (int kill = 1; kill <= 3; kill++) {
      Process writer = writer(acknowledged);
      try (BufferedReader lines = writer.inputReader()) {
        for (int i = 0; i < 40 * kill; i++) {
          acknowledged = Integer.parseInt(Objects.requireNonNull(lines.readLine()));
        }
        assertThatThrownBy(() -> Journal.open(path, Mode.RESUME, ABOUT))
            .hasMessageContaining("going on, process " + writer.pid() + ".");
        writer.destroyForcibly();
        assertThat(writer.waitFor(SOON)).isTrue();
      } finally {
        writer.destroyForcibly();
      }
      check(acknowledged);
    }
    try (var left = Files.list(temporary)) {
      assertThat(left.filter(file -> file.toString().contains("sqlite"))).isEmpty();
    }
  }

  /// Every start up to the number is there, and so is every end, but perhaps that of the last one.
  private void check(int acknowledged) {
    Journal journal = Journal.open(path, Mode.RESUME, ABOUT);
    for (int i = 0; i <= acknowledged; i++) {
      assertThat(journal.find(JournalTest.key(i))).as("start " + i).isPresent();
    }
    assertThat(journal.counts().get(State.DONE)).isGreaterThanOrEqualTo(acknowledged - 1);
    journal.close(false, SOON);
  }

  private Process writer(int from) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-Dorg.sqlite.lib.path=" + library,
            "-Dorg.sqlite.lib.name=libsqlitejdbc.so",
            "-cp",
            System.getProperty("java.class.path"),
            Writer.class.getName(),
            path.toString(),
            Integer.toString(from))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /// Starts and ends jobs for ever, and prints the number of each start that was acknowledged.
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      Path path = Path.of(arguments[0]);
      Mode mode = Files.exists(path) ? Mode.RESUME : Mode.FRESH;
      Journal journal = Journal.open(path, mode, ABOUT);
      for (int i = Integer.parseInt(arguments[1]); true; i++) {
        journal.start(List.of(JournalTest.start(i)));
        System.out.println(i);
        journal.end(JournalTest.done(i), JournalTest.KEPT);
      }
    }
  }
}
