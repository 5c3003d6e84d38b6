// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Reads jobs from the journal's tables.
final class Rows {

  static final String SELECT =
      "SELECT job.key, nth, state, number, input, attempts, kills, marker, job.pid AS pid,"
          + " job.pid_start AS pid_start, boot, space, outputs, output, printed,"
          + " job.begun AS begun, job.ended AS ended, exit, signal, note, job.run AS run"
          + " FROM job JOIN run ON run.id = job.run";

  /// Looks at the row where the cursor stands.
  @FunctionalInterface
  interface Visitor {
    void visit(ResultSet row) throws SQLException;
  }

  private Rows() {}

  static Journal.Row read(ResultSet row) throws SQLException {
    JobKey key = JobKey.of(row.getBytes("key"), row.getInt("nth"));
    Journal.State state = Journal.State.of(row.getInt("state"));
    return new Journal.Row(
        key,
        state,
        Input.of(row.getLong("number"), row.getBytes("input")),
        row.getInt("attempts"),
        row.getInt("kills"),
        row.getString("marker"),
        process(row),
        row.getString("outputs"),
        row.getString("output"),
        row.getBoolean("printed"),
        Instant.ofEpochMilli(row.getLong("begun")),
        end(row, key, state));
  }

  private static @Nullable ProcessMark process(ResultSet row) throws SQLException {
    long pid = row.getLong("pid");
    return row.wasNull()
        ? null
        : new ProcessMark(
            pid, row.getLong("pid_start"), row.getString("boot"), row.getString("space"));
  }

  private static Journal.@Nullable End end(ResultSet row, JobKey key, Journal.State state)
      throws SQLException {
    long ended = row.getLong("ended");
    if (row.wasNull()) {
      return null;
    }
    return new Journal.End(
        key,
        state,
        row.getInt("attempts") > 0,
        Instant.ofEpochMilli(ended),
        number(row, "exit"),
        number(row, "signal"),
        row.getString("note"));
  }

  private static @Nullable Integer number(ResultSet row, String column) throws SQLException {
    int number = row.getInt(column);
    return row.wasNull() ? null : number;
  }
}
