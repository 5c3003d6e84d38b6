// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// A database in memory: rows go in and are joined, grouped and sorted.
final class Querying implements Program {

  private static final int ROWS = 5_000;

  private final Connection connection;

  Querying() throws SQLException {
    connection = DriverManager.getConnection("jdbc:h2:mem:bench");
    try (Statement statement = connection.createStatement()) {
      statement.execute("create table t(id int primary key, kind int, name varchar)");
    }
  }

  @Override
  public boolean work() throws SQLException {
    try (Statement statement = connection.createStatement();
        PreparedStatement insert = connection.prepareStatement("insert into t values(?, ?, ?)")) {
      statement.execute("delete from t");
      for (int i = 0; i < ROWS; i++) {
        insert.setInt(1, i);
        insert.setInt(2, i % 97);
        insert.setString(3, "name " + i * 7919L % ROWS);
        insert.execute();
      }
      long grouped =
          sum(
              statement,
              "select kind, count(*) from t where name like 'name 1%' group by kind order by kind");
      long joined =
          sum(
              statement,
              "select a.id, a.kind from t a join t b on a.id = b.id + 1 order by a.name");
      return grouped > 0 && joined > 0;
    }
  }

  private static long sum(Statement statement, String query) throws SQLException {
    long sum = 0;
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        sum += rows.getLong(2);
      }
    }
    return sum;
  }

  @Override
  public void deaf() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      String query =
          "select 1, sum(a.x * b.x + c.x) from system_range(1, 9000) a,"
              + " system_range(1, 9000) b, system_range(1, 9000) c";
      if (sum(statement, query) < 0) {
        throw new IllegalStateException("a sum of what is positive");
      }
    }
  }
}
