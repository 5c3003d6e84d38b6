// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.run.Journal.Mode;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The lock beside a journal, by which those know of a run who cannot see its process.
class JournalLockTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("curfew.journal");
  }

  private Journal open(Mode mode) {
    return Journal.open(path, mode, new Journal.About(false, "out", "wc {}"));
  }

  @Test
  void whileItIsHeldALockSaysSoAndGoesWithTheRun() {
    Journal journal = open(Mode.FRESH);
    assertThat(path.resolveSibling("curfew.journal-lock")).exists();
    journal.close(true, SOON);
    assertThat(path.resolveSibling("curfew.journal-lock")).doesNotExist();
  }

  @Test
  void aJournalThatIsBrokenKeepsItUntilItsRunHasEnded() throws SQLException {
    Journal journal = open(Mode.FRESH);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE job");
    }
    assertThatThrownBy(() -> journal.start(List.of(JournalTest.start(1))))
        .isInstanceOf(JournalException.class);
    assertThat(isLocked()).as("jobs may still run: nobody else begins them").isTrue();

    assertThatThrownBy(() -> journal.close(true, SOON)).isInstanceOf(JournalException.class);
    Await.until("the lock is given back", () -> !isLocked());
  }

  private boolean isLocked() {
    Path lock = path.resolveSibling("curfew.journal-lock");
    try (FileChannel other = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      return other.tryLock() == null;
    } catch (OverlappingFileLockException ours) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itsLockIsTheSameByWhateverNameItIsKnown() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.createFile(other.resolve("real"));
    Files.createSymbolicLink(path, other.resolve("real"));
    Journal journal = open(Mode.FRESH);
    assertThat(other.resolve("real-lock")).exists();
    journal.close(true, SOON);
    assertThat(other.resolve("real-lock")).doesNotExist();
  }
}
