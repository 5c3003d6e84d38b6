// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/// A journal as it stands now, for one who only looks, also while a run writes to it and after the
/// runner was killed.
///
/// Invariants
///
/// 1. Nothing is written to the journal, and no file is made beside it. A journal that has a
///    write-ahead file is read the ordinary way, in which readers and the writer do not hold each
///    other up. One without is read as a file that nobody changes, for SQLite would make a
///    write-ahead file of its own; [#check] tells whether somebody did change it.
/// 2. All answers are of one moment: they come from one read transaction.
///
/// **Threads.** One.
///
/// Locks: none that a run waits for.
final class JournalView implements AutoCloseable {

  private static final int BUSY_MILLIS = 10_000;

  /// The latest run of the journal.
  ///
  /// @param ended when it ended, null if it goes on or was killed
  /// @param complete whether its whole list had ended
  record LastRun(
      long id,
      ProcessMark process,
      Instant begun,
      @Nullable Instant ended,
      boolean complete,
      String command) {

    boolean isGoingOn() {
      return ended == null && process.isAlive();
    }
  }

  /// Looks at one job.
  @FunctionalInterface
  interface Visitor {
    /// Looks at it.
    ///
    /// @param run the number of the run that started it
    void visit(Journal.Row row, long run) throws IOException;
  }

  private final Path path;
  private final Connection connection;
  private final @Nullable FileTime unchangedSince;

  private JournalView(Path path, Connection connection, @Nullable FileTime unchangedSince) {
    this.path = path;
    this.connection = connection;
    this.unchangedSince = unchangedSince;
  }

  /// {@return the journal, open until it is closed}
  ///
  /// @throws UserError if the file is not there or no journal
  static JournalView open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new UserError(missing(path));
    }
    FileTime modified = hasWriteAhead(path) ? null : modified(path);
    Connection connection = null;
    boolean opened = false;
    try {
      connection = connect(path, modified != null);
      connection.setAutoCommit(false);
      checkFormat(path, connection);
      opened = true;
      return new JournalView(path, connection, modified);
    } catch (SQLException failure) {
      throw unreadable(path, failure);
    } finally {
      if (!opened && connection != null) {
        JournalFile.close(connection);
      }
    }
  }

  private static String missing(Path path) {
    if (Files.isDirectory(path)) {
      return "The journal " + path + " is a folder: name the file, curfew jobs FILE.";
    }
    return Files.exists(path)
        ? "The journal " + path + " is no regular file: name the right one, curfew jobs FILE."
        : "There is no journal " + path + ": name the right one, curfew jobs FILE.";
  }

  private static boolean hasWriteAhead(Path path) {
    return path.resolveSibling(path.getFileName() + "-wal").toFile().length() > 0;
  }

  private static FileTime modified(Path path) {
    try {
      return Files.getLastModifiedTime(path);
    } catch (IOException failure) {
      throw new UserError("The journal " + path + " cannot be read: " + failure);
    }
  }

  private static Connection connect(Path path, boolean unchanging) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_MILLIS);
    // The form of a URI keeps the driver from reading a '?' in the name as its own.
    String name = path.toAbsolutePath().toUri().getRawPath();
    return config.createConnection(
        "jdbc:sqlite:file:" + name + (unchanging ? "?immutable=1" : "?mode=ro"));
  }

  private static void checkFormat(Path path, Connection connection) throws SQLException {
    int application = JournalFile.number(connection, "PRAGMA application_id");
    int format = JournalFile.number(connection, "PRAGMA user_version");
    int tables = JournalFile.number(connection, "SELECT count(*) FROM sqlite_schema");
    if (application == 0 && tables == 0) {
      throw new UserError("The journal " + path + " is empty: nothing was started with it.");
    }
    if (application != JournalFile.APPLICATION) {
      throw new UserError(
          "The file " + path + " is a database, but not a journal of curfew: name the right one.");
    }
    if (format > JournalFile.FORMAT) {
      throw new UserError(
          "The journal "
              + path
              + " has format "
              + format
              + ", which is newer than this curfew knows ("
              + JournalFile.FORMAT
              + "). Use the newer curfew.");
    }
  }

  /// {@return the latest run, null if there has been none}
  @Nullable LastRun lastRun() {
    String sql =
        "SELECT id, pid, pid_start, boot, space, begun, ended, complete, command FROM run"
            + " ORDER BY id DESC LIMIT 1";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (!row.next()) {
        return null;
      }
      long ended = row.getLong("ended");
      boolean open = row.wasNull();
      return new LastRun(
          row.getLong("id"),
          new ProcessMark(
              row.getLong("pid"),
              row.getLong("pid_start"),
              row.getString("boot"),
              row.getString("space")),
          Instant.ofEpochMilli(row.getLong("begun")),
          open ? null : Instant.ofEpochMilli(ended),
          row.getBoolean("complete"),
          row.getString("command"));
    } catch (SQLException failure) {
      throw unreadable(path, failure);
    }
  }

  /// {@return how many jobs are in which state}
  Map<Journal.State, Long> counts() {
    Map<Journal.State, Long> counts = new EnumMap<>(Journal.State.class);
    String sql = "SELECT state, count(*) FROM job GROUP BY state";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        counts.put(Journal.State.of(row.getInt(1)), row.getLong(2));
      }
      return counts;
    } catch (SQLException failure) {
      throw unreadable(path, failure);
    }
  }

  /// Shows jobs in the order of their inputs; of equal numbers those of later runs come first.
  ///
  /// **Cost.** One job at a time is in memory; SQLite sorts in files of its own if there are many.
  ///
  /// @param where an SQL condition with a `?` for each value
  /// @param values numbers as `Long`, bytes as `byte[]`
  void rows(String where, List<?> values, Visitor visitor) throws IOException {
    String sql = Rows.SELECT + " WHERE " + where + " ORDER BY job.number, job.run DESC";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          visitor.visit(Rows.read(row), row.getLong("run"));
        }
      }
    } catch (SQLException failure) {
      throw unreadable(path, failure);
    }
  }

  /// Says so if a run has begun to change what was read as if nobody could.
  void check() {
    if (unchangedSince != null && (hasWriteAhead(path) || !unchangedSince.equals(modified(path)))) {
      throw new UserError(
          "A run has begun with the journal "
              + path
              + " meanwhile: what is shown may mix old and"
              + " new. Ask again.");
    }
  }

  private static UserError unreadable(Path path, SQLException failure) {
    return new UserError(
        "The journal "
            + path
            + " cannot be read: "
            + JournalFile.words(failure)
            + ". "
            + JournalFile.readAdvice(path, failure));
  }

  @Override
  public void close() {
    JournalFile.close(connection);
  }
}
