// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.run.Journal.About;
import dev.curfew.run.Journal.End;
import dev.curfew.run.Journal.Mode;
import dev.curfew.run.Journal.Row;
import dev.curfew.run.Journal.Start;
import dev.curfew.run.Journal.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);
  private static final About ABOUT = new About(false, "out", "wc {}");

  static final Runnable KEPT = () -> {};

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("curfew.journal");
  }

  @Test
  void keepsAllThatItIsTold() {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1), start(2), start(3)));
    journal.spawned(key(1), 4711, 99);
    journal.end(new End(key(1), State.FAILED, true, NOW, 3, null, "exit 3"), KEPT);
    journal.end(new End(key(2), State.STOPPED, false, NOW, null, 15, null), KEPT);
    journal.printed(key(1));
    journal.flush(SOON);

    Row first = journal.find(key(1)).orElseThrow();
    assertThat(first.state()).isEqualTo(State.FAILED);
    assertThat(first.input()).hasToString("input 1 (input-1)");
    assertThat(first.attempts()).isEqualTo(1);
    assertThat(first.kills()).isZero();
    assertThat(first.marker()).isEqualTo("marker-1");
    assertThat(first.outputs()).isEqualTo("out");
    assertThat(first.output()).isEqualTo("1.out");
    assertThat(first.printed()).isTrue();
    assertThat(first.begun()).isEqualTo(NOW);
    ProcessMark self = ProcessMark.self();
    assertThat(first.process()).isEqualTo(new ProcessMark(4711, 99, self.boot(), self.space()));
    assertThat(first.end()).isEqualTo(new End(key(1), State.FAILED, true, NOW, 3, null, "exit 3"));

    Row second = journal.find(key(2)).orElseThrow();
    assertThat(second.attempts()).isZero();
    assertThat(second.end()).isEqualTo(new End(key(2), State.STOPPED, false, NOW, null, 15, null));
    assertThat(journal.find(key(3)).orElseThrow().end()).isNull();
    assertThat(journal.find(key(4))).isEmpty();
    assertThat(journal.counts())
        .containsEntry(State.STARTED, 1L)
        .containsEntry(State.FAILED, 1L)
        .containsEntry(State.STOPPED, 1L)
        .containsEntry(State.DONE, 0L);
    journal.close(false, SOON);
  }

  @Test
  void aStartIsOnDiskWhenItReturns() {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1)));
    assertThat(journal.find(key(1))).isPresent();
    journal.close(false, SOON);
  }

  @Test
  void anOutputIsKeptBeforeItsEndIsOnDisk() {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1)));
    List<State> then = new ArrayList<>();
    journal.end(done(1), () -> then.add(journal.find(key(1)).orElseThrow().state()));
    journal.flush(SOON);
    assertThat(then).containsExactly(State.STARTED);
    assertThat(journal.find(key(1)).orElseThrow().state()).isEqualTo(State.DONE);
    journal.close(true, SOON);
  }

  @Test
  void anotherAttemptKeepsTheCount() {
    Journal journal = open(Mode.FRESH);
    for (int attempt = 0; attempt < 2; attempt++) {
      journal.start(List.of(start(1)));
      journal.end(new End(key(1), State.FAILED, true, NOW, 1, null, null), KEPT);
    }
    journal.start(List.of(start(1)));
    Row row = journal.find(key(1)).orElseThrow();
    assertThat(row.attempts()).isEqualTo(2);
    assertThat(row.state()).isEqualTo(State.STARTED);
    assertThat(row.end()).isNull();
    journal.close(false, SOON);
  }

  @Test
  void rowsComeInTheOrderOfTheInputs() {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(3), start(1), start(2)));
    journal.end(done(2), KEPT);
    journal.flush(SOON);
    List<Long> numbers = new ArrayList<>();
    journal.rows(EnumSet.allOf(State.class), row -> numbers.add(row.input().number()));
    assertThat(numbers).containsExactly(1L, 2L, 3L);
    numbers.clear();
    journal.rows(EnumSet.of(State.DONE), row -> numbers.add(row.input().number()));
    assertThat(numbers).containsExactly(2L);
    journal.close(false, SOON);
  }

  @Test
  void ofALongInputOnlyTheBeginningIsKept() {
    Journal journal = open(Mode.FRESH);
    Input input = Input.of(1, "x".repeat(100_000));
    journal.start(List.of(new Start(key(1), input, "m", "o", NOW)));
    assertThat(journal.find(key(1)).orElseThrow().input().bytes()).hasSize(512);
    journal.close(false, SOON);
  }

  @Test
  void onlyItsOwnerMayReadTheFile() throws IOException {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1)));
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo("rw-------");
      }
    }
    journal.close(true, SOON);
  }

  @Test
  void afterAnOrderlyEndOneFileIsLeftAndNoThread() throws IOException {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1)));
    journal.close(true, SOON);
    journal.close(true, SOON);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("curfew-journal");
  }

  @Test
  void aCompleteJournalIsReplaced() {
    Journal first = open(Mode.FRESH);
    first.start(List.of(start(1)));
    first.end(done(1), KEPT);
    first.close(true, SOON);
    Journal second = open(Mode.FRESH);
    assertThat(second.find(key(1))).isEmpty();
    second.close(true, SOON);
  }

  @Test
  void aJournalInWhichNothingWasStartedIsReplaced() {
    open(Mode.FRESH).close(false, SOON);
    open(Mode.FRESH).close(true, SOON);
  }

  @Test
  void unfinishedWorkIsNeverReplaced() {
    Journal first = open(Mode.FRESH);
    first.start(List.of(start(1), start(2)));
    first.end(done(1), KEPT);
    first.close(false, SOON);
    assertThatThrownBy(() -> open(Mode.FRESH))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "The journal %s has unfinished work (1 of the 2 jobs that were started are done)."
                + " To go on with it, add --resume. To start anew, remove the file or name another"
                + " with --journal FILE.",
            path);
    Journal resumed = open(Mode.RESUME);
    assertThat(resumed.find(key(1)).orElseThrow().state()).isEqualTo(State.DONE);
    resumed.close(true, SOON);
  }

  @Test
  void resumingNeedsAJournal() throws IOException {
    assertThatThrownBy(() -> open(Mode.RESUME))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("There is no journal " + path + " to resume");
    Files.createFile(path);
    assertThatThrownBy(() -> open(Mode.RESUME))
        .isInstanceOf(UserError.class)
        .hasMessage("The journal %s is empty: there is nothing to resume.", path);
  }

  @Test
  void aJournalHeldByALiveRunIsRefused() {
    Journal journal = open(Mode.FRESH);
    for (Mode mode : List.of(Mode.FRESH, Mode.RESUME)) {
      assertThatThrownBy(() -> open(mode))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("is held by a run that is still going on, process ")
          .hasMessageContaining(" " + ProcessHandle.current().pid() + ".");
    }
    journal.close(true, SOON);
  }

  @Test
  void oneThatIsNotKeptIsASingleFileAndSpeaksOfNoWayToGoOn() throws IOException {
    Journal journal = open(Mode.UNKEPT);
    journal.flush(SOON);
    assertThat(journal.counts()).containsEntry(State.DONE, 0L);
    try (Stream<Path> files = Files.list(path.getParent())) {
      assertThat(files).containsExactly(path);
    }
    journal.close(false, SOON);

    Path nowhere = path.resolveSibling("missing").resolve("account");
    assertThatThrownBy(() -> Journal.open(nowhere, Mode.UNKEPT, ABOUT))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("The run cannot keep its account in " + nowhere + ": ")
        .hasMessageEndingWith(
            ". Make room there, or name another folder for temporary files by"
                + " CURFEW_JAVA_OPTIONS=-Djava.io.tmpdir=FOLDER.");
    assertThat(new JournalFile(path, false).failed("written", new SQLException("it broke")))
        .hasMessage(
            "What this run keeps for itself in %s cannot be written any more: it broke."
                + " Mend that, and start anew",
            path);
  }

  @RepeatedTest(10)
  void ofTwoRunsThatStartTogetherOneWins() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    List<Object> results = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      go.await();
                      results.add(open(Mode.FRESH));
                    } catch (UserError refused) {
                      results.add(refused);
                    } catch (InterruptedException stopped) {
                      Thread.currentThread().interrupt();
                    }
                  }));
    }
    go.countDown();
    for (Thread thread : threads) {
      assertThat(thread.join(SOON)).isTrue();
    }
    assertThat(results).hasSize(4);
    List<Object> won = results.stream().filter(Journal.class::isInstance).toList();
    assertThat(won).hasSize(1);
    assertThat(results)
        .filteredOn(UserError.class::isInstance)
        .allMatch(error -> error.toString().contains("is held by a run"));
    ((Journal) won.getFirst()).close(true, SOON);
  }

  @Test
  void whatWasInFlightAtAKillIsNamedAndCountedOnce() throws SQLException {
    Journal first = open(Mode.FRESH);
    first.start(List.of(start(1), start(2)));
    first.end(done(1), KEPT);
    first.spawned(key(2), 1, 2);
    first.close(false, SOON);
    asIfKilled();
    for (int i = 0; i < 2; i++) {
      Journal resumed = open(Mode.RESUME);
      assertThat(resumed.inFlight()).extracting(Row::key).containsExactly(key(2));
      assertThat(resumed.inFlight().getFirst().kills()).isEqualTo(1);
      assertThat(resumed.inFlight().getFirst().process()).isNotNull();
      assertThat(resumed.unprinted()).extracting(Row::key).containsExactly(key(1));
      resumed.close(false, SOON);
      asIfKilled();
    }
    Journal again = open(Mode.RESUME);
    again.start(List.of(start(2)));
    assertThat(again.inFlight()).isEmpty();
    again.close(false, SOON);
    asIfKilled();
    Journal last = open(Mode.RESUME);
    assertThat(last.inFlight().getFirst().kills()).isEqualTo(2);
    last.close(true, SOON);
  }

  @Test
  void otherFilesAreRefusedAndLeftAlone() throws IOException, SQLException {
    Files.writeString(path, "some text that is no database at all, long enough to look at\n");
    byte[] before = Files.readAllBytes(path);
    assertThatThrownBy(() -> open(Mode.FRESH))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "The journal %s cannot be used: it is not a journal."
                + " Name another file with --journal FILE.",
            path);
    assertThat(Files.readAllBytes(path)).isEqualTo(before);

    Files.delete(path);
    sql("CREATE TABLE mine (x)");
    before = Files.readAllBytes(path);
    assertThatThrownBy(() -> open(Mode.FRESH))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is a database, but not a journal of curfew");
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
  }

  @Test
  void aNewerFormatIsRefused() throws SQLException {
    open(Mode.FRESH).close(true, SOON);
    sql("PRAGMA user_version = 2");
    assertThatThrownBy(() -> open(Mode.FRESH))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has format 2, which is newer than this curfew knows (1)");
  }

  @Test
  void aDamagedJournalIsRefused() throws IOException {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1)));
    journal.close(false, SOON);
    byte[] bytes = Files.readAllBytes(path);
    Arrays.fill(bytes, 100, bytes.length, (byte) 7);
    Files.write(path, bytes);
    assertThatThrownBy(() -> open(Mode.RESUME))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("cannot be used: ");
  }

  @Test
  void aPlaceWhereNoFileCanBeMadeIsRefused() throws IOException {
    path = folder.resolve("none/curfew.journal");
    assertThatThrownBy(() -> open(Mode.FRESH))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("cannot be made: its folder does not exist. Make it first.");
    path = folder;
    assertThatThrownBy(() -> open(Mode.FRESH))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("is a folder: name a file with --journal.");
    path = folder.resolve("a?b");
    assertThatThrownBy(() -> open(Mode.FRESH)).hasMessageContaining("must not hold '?'");
    Path locked = Files.createDirectory(folder.resolve("locked"));
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
    path = locked.resolve("curfew.journal");
    if (!Files.isWritable(locked)) {
      assertThatThrownBy(() -> open(Mode.FRESH))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("its folder may not be written to");
    }
  }

  @Test
  void aFailedWriteIsRememberedAndToldToEveryCaller() throws SQLException {
    Journal journal = open(Mode.FRESH);
    journal.start(List.of(start(1)));
    sql("DROP TABLE job");
    assertThatThrownBy(() -> journal.start(List.of(start(2))))
        .isInstanceOf(JournalException.class)
        .hasMessageStartingWith("The journal " + path + " cannot be written any more: ");
    assertThatThrownBy(() -> journal.end(done(1), KEPT)).isInstanceOf(JournalException.class);
    assertThatThrownBy(() -> journal.flush(SOON)).isInstanceOf(JournalException.class);
    assertThatThrownBy(() -> journal.find(key(1))).isInstanceOf(JournalException.class);
    assertThatThrownBy(() -> journal.close(true, SOON)).isInstanceOf(JournalException.class);
  }

  @Test
  void afterClosingNothingIsTaken() {
    Journal journal = open(Mode.FRESH);
    journal.close(true, SOON);
    assertThatThrownBy(() -> journal.end(done(1), KEPT))
        .isInstanceOf(JournalException.class)
        .hasMessage("The journal %s is closed", path);
  }

  @Test
  void anInterruptIsKeptAndTheStartIsWritten() {
    Journal journal = open(Mode.FRESH);
    Thread.currentThread().interrupt();
    try {
      journal.start(List.of(start(1)));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(journal.find(key(1))).isPresent();
    Thread.currentThread().interrupt();
    assertThatCode(() -> journal.close(true, SOON)).doesNotThrowAnyException();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void manyThreadsMayCallAtOnce() throws InterruptedException {
    Journal journal = open(Mode.FRESH);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int from = t * 250;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = from; i < from + 250; i++) {
                      journal.start(List.of(start(i)));
                      journal.end(done(i), KEPT);
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertThat(thread.join(SOON)).isTrue();
    }
    journal.flush(SOON);
    assertThat(journal.counts()).containsEntry(State.DONE, 1_000L);
    journal.close(true, SOON);
  }

  @Test
  void withSyncItWorksTheSame() {
    Journal journal = Journal.open(path, Mode.FRESH, new About(true, "out", "wc {}"));
    journal.start(List.of(start(1)));
    journal.end(done(1), KEPT);
    journal.close(true, SOON);
    Journal resumed = open(Mode.RESUME);
    assertThat(resumed.counts()).containsEntry(State.DONE, 1L);
    resumed.close(true, SOON);
  }

  static Start start(int number) {
    Input input = Input.of(number, "input-" + number);
    return new Start(key(number), input, "marker-" + number, number + ".out", NOW);
  }

  static End done(int number) {
    return new End(key(number), State.DONE, true, NOW, 0, null, null);
  }

  static JobKey key(int number) {
    return new JobKey(number * 0x9E3779B97F4A7C15L, number, 1);
  }

  private Journal open(Mode mode) {
    return Journal.open(path, mode, ABOUT);
  }

  /// Makes the last run look like one that never came to write its end, and whose process is gone.
  private void asIfKilled() throws SQLException {
    sql("UPDATE run SET ended = NULL, pid_start = 1");
  }

  private void sql(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
