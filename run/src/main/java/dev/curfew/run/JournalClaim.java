// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Takes a journal for this process.
///
/// Invariants
///
/// 1. Looking whether somebody holds the journal and taking it are one transaction, which has the
///    only right to write from its beginning: of two runs that start together one sees the other.
/// 2. A journal is replaced in that same transaction, so there is the old one or the new one.
/// 3. Who cannot be seen from here holds the journal's lock, which is taken in it, too.
/// 4. A job in flight at a kill is counted as that once, however often its journal is resumed.
final class JournalClaim {

  private static final String[] SCHEMA = {
    "PRAGMA application_id = " + JournalFile.APPLICATION,
    "PRAGMA user_version = " + JournalFile.FORMAT,
    "CREATE TABLE run (id INTEGER PRIMARY KEY, pid INT NOT NULL, pid_start INT NOT NULL,"
        + " boot TEXT NOT NULL, space TEXT NOT NULL, begun INT NOT NULL, ended INT,"
        + " complete INT NOT NULL DEFAULT 0, outputs TEXT NOT NULL, command TEXT NOT NULL)",
    "CREATE TABLE job (key BLOB NOT NULL, nth INT NOT NULL, state INT NOT NULL, run INT NOT NULL,"
        + " number INT NOT NULL, input BLOB NOT NULL, attempts INT NOT NULL DEFAULT 0,"
        + " kills INT NOT NULL DEFAULT 0, killed_in INT, marker TEXT NOT NULL,"
        + " output TEXT NOT NULL, pid INT, pid_start INT, begun INT NOT NULL, ended INT,"
        + " exit INT, signal INT, note TEXT, printed INT NOT NULL DEFAULT 0,"
        + " PRIMARY KEY (key, nth)) WITHOUT ROWID"
  };

  private final Path path;
  private final Connection connection;
  private final JournalLock lock;

  JournalClaim(Path path, Connection connection, JournalLock lock) {
    this.path = path;
    this.connection = connection;
    this.lock = lock;
  }

  /// {@return the number of the run that this process is from now on}
  long take(Journal.Mode mode, Journal.About about) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      boolean taken = false;
      try {
        long last = prepare(statement, mode);
        if (mode != Journal.Mode.UNKEPT && !lock.take()) {
          throw heldElsewhere();
        }
        insertRun(last + 1, about);
        statement.execute("COMMIT");
        taken = true;
        return last + 1;
      } finally {
        if (!taken) {
          lock.remove();
          statement.execute("ROLLBACK");
        }
      }
    }
  }

  private UserError heldElsewhere() {
    return new UserError(
        "The journal "
            + path
            + " is held by a run that cannot be seen from here: one in another container or on"
            + " another machine, or one that is just ending. Wait for it or stop it, or name another"
            + " file with --journal FILE.");
  }

  private long prepare(Statement statement, Journal.Mode mode) throws SQLException {
    boolean blank = JournalFile.number(connection, "PRAGMA application_id") == 0;
    if (blank && mode == Journal.Mode.RESUME) {
      throw new UserError("The journal " + path + " is empty: there is nothing to resume.");
    }
    if (blank) {
      for (String sql : SCHEMA) {
        statement.execute(sql);
      }
      return 0;
    }
    long last = checkLast(statement, mode);
    if (mode == Journal.Mode.FRESH) {
      statement.execute("DELETE FROM job");
      statement.execute("DELETE FROM run");
    } else {
      statement.execute(
          "UPDATE job SET kills = kills + 1, killed_in = run"
              + " WHERE state = 0 AND ended IS NULL AND killed_in IS NOT run");
    }
    return last;
  }

  private long checkLast(Statement statement, Journal.Mode mode) throws SQLException {
    String sql =
        "SELECT id, pid, pid_start, boot, space, ended, complete FROM run ORDER BY id DESC LIMIT 1";
    try (ResultSet run = statement.executeQuery(sql)) {
      if (!run.next()) {
        return 0;
      }
      ProcessMark holder =
          new ProcessMark(run.getLong(2), run.getLong(3), run.getString(4), run.getString(5));
      boolean open = run.getObject(6) == null;
      if (open && holder.isAlive()) {
        throw new UserError(
            "The journal "
                + path
                + " is held by a run that is still going on, process "
                + holder.pid()
                + ". Wait for it or stop it, or name another file with --journal FILE.");
      }
      boolean complete = run.getBoolean(7);
      long id = run.getLong(1);
      if (mode == Journal.Mode.FRESH && !complete) {
        refuseUnfinished();
      }
      return id;
    }
  }

  private void refuseUnfinished() throws SQLException {
    int started = JournalFile.number(connection, "SELECT count(*) FROM job");
    int done = JournalFile.number(connection, "SELECT count(*) FROM job WHERE state = 1");
    if (started > 0) {
      throw new UserError(
          "The journal "
              + path
              + " has unfinished work ("
              + done
              + " of the "
              + started
              + " jobs that were started are done)."
              + " To go on with it, add --resume. To start anew, remove the file or name another"
              + " with --journal FILE.");
    }
  }

  private void insertRun(long id, Journal.About about) throws SQLException {
    ProcessMark self = ProcessMark.self();
    String sql =
        "INSERT INTO run (id, pid, pid_start, boot, space, begun, outputs, command)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setLong(1, id);
      insert.setLong(2, self.pid());
      insert.setLong(3, self.start());
      insert.setString(4, self.boot());
      insert.setString(5, self.space());
      insert.setLong(6, Instant.now().truncatedTo(ChronoUnit.MILLIS).toEpochMilli());
      insert.setString(7, about.outputs());
      insert.setString(8, about.command());
      insert.executeUpdate();
    }
  }
}
