// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.Action;
import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.Unblocking;
import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A real database: a statement is cancelled, the connection serves the next one, and a driver that
/// does not cancel is cut off.
class JdbcTest {

  private static final StopReason WHY = StopReason.requested("deploy");
  private static final Duration LATER = Duration.ofSeconds(2);

  private final ManualTime time = new ManualTime();
  private JdbcRows.Database database;
  private Connection connection;

  @BeforeEach
  void connect() throws SQLException {
    database = new JdbcRows.Database();
    connection = database.connect();
  }

  @AfterEach
  void disconnect() throws SQLException {
    database.close();
  }

  /// Runs a long query in a fork, and stops that once the database is busy with it.
  private Outcome<Object> stopped(Unblocking freedBy, Statement statement, Action<?> andThen) {
    AtomicReference<Fork<Object>> made = new AtomicReference<>();
    Throwable _ =
        catchThrowable(
            () ->
                Scope.run(
                    "app",
                    s -> s.withTime(time),
                    scope -> {
                      made.set(scope.fork("query", () -> query(freedBy, statement)));
                      Await.until("the query runs", database::isBusy);
                      made.get().stop(WHY);
                      andThen.run();
                      return null;
                    }));
    return made.get().outcome().orElseThrow();
  }

  private static Object query(Unblocking freedBy, Statement statement) throws SQLException {
    return Curfew.<Object, SQLException>blocking(
        freedBy, () -> statement.executeQuery(JdbcRows.LONG_QUERY));
  }

  @Test
  void theSameConnectionAndStatementServeTheNextQuery() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (int round = 0; round < 5; round++) {
        assertThat(stopped(Unblocking.by(statement::cancel), statement, () -> {}))
            .isEqualTo(new Outcome.Stopped<>(WHY));
        for (int i = 0; i < 20; i++) {
          assertThat(statement.execute("select amount from stock")).isTrue();
        }
      }
    }
    assertThat(JdbcRows.number(connection, "select amount from stock")).isZero();
  }

  @Test
  void aTransactionIsRolledBackBehindTheStop() throws SQLException {
    connection.setAutoCommit(false);
    AtomicReference<Fork<Object>> made = new AtomicReference<>();
    Scope.run(
        "app",
        scope -> {
          Fork<Object> fork = scope.fork("transaction", this::changeAndQuery);
          made.set(fork);
          Await.until("the query runs", database::isBusy);
          fork.stop(WHY);
          return null;
        });
    assertThat(made.get().outcome()).contains(new Outcome.Stopped<>(WHY));
    assertThat(JdbcRows.number(database.watcher(), "select amount from stock")).isZero();
    JdbcRows.execute(connection, "update stock set amount = 2");
    connection.commit();
    assertThat(JdbcRows.number(database.watcher(), "select amount from stock")).isEqualTo(2);
  }

  private Object changeAndQuery() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      JdbcRows.execute(connection, "update stock set amount = 1");
      return query(Unblocking.by(statement::cancel), statement);
    } finally {
      Curfew.shield(LATER, () -> connection.rollback());
    }
  }

  @Test
  void aDriverThatDoesNotCancelIsCutOff() throws SQLException {
    AtomicInteger cancels = new AtomicInteger();
    AtomicInteger aborts = new AtomicInteger();
    try (Statement statement = connection.createStatement()) {
      Outcome<Object> end =
          stopped(
              Unblocking.by(cancels::incrementAndGet)
                  .then(
                      LATER,
                      () -> {
                        aborts.incrementAndGet();
                        statement.cancel();
                      }),
              statement,
              () -> {
                Await.until("it was cancelled in vain", () -> cancels.get() >= 2);
                assertThat(database.isBusy()).isTrue();
                time.advance(LATER);
              });
      assertThat(end).isEqualTo(new Outcome.Stopped<>(WHY));
    }
    assertThat(aborts.get()).isPositive();
  }
}
