// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import dev.curfew.Unblocking;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/// Calls that wait for a real database.
final class JdbcRows {

  static final String LONG_QUERY =
      "select count(*) from system_range(1, 1000000) a, system_range(1, 1000000) b";

  private JdbcRows() {}

  static Blocked query() throws SQLException {
    Database database = new Database();
    Connection connection = database.connect();
    Statement statement = connection.createStatement();
    return Blocked.in(() -> statement.executeQuery(LONG_QUERY).close())
        .insideWhen(database::isBusy)
        .freedBy("by(statement::cancel)", Unblocking.by(statement::cancel))
        .released(statement::cancel)
        .cleaned(database::close)
        .whole("aborted", () -> isOpen(connection));
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean _ = statement.execute(sql);
    }
  }

  static int number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.next() ? result.getInt(1) : -1;
    }
  }

  private static boolean isOpen(Connection connection) {
    try {
      return connection.isValid(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /// One in memory, gone when it is closed.
  static final class Database {
    private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    private final Connection watcher;

    Database() throws SQLException {
      watcher = connect();
      execute(watcher, "create table stock (amount int)");
      execute(watcher, "insert into stock values (0)");
    }

    Connection connect() throws SQLException {
      return DriverManager.getConnection(url);
    }

    Connection watcher() {
      return watcher;
    }

    /// Whether somebody else runs the long query.
    boolean isBusy() {
      try {
        return number(
                watcher,
                "select count(*) from information_schema.sessions"
                    + " where executing_statement like 'select count(*) from system_range%'")
            > 0;
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
    }

    void close() throws SQLException {
      execute(watcher, "shutdown");
    }
  }
}
