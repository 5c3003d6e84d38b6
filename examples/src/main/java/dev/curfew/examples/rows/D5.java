// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.Shared;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A database handle that eight threads use, and one place creates and destroys.
final class D5 implements Example {

  private static final int USERS = 8;

  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger queries = new AtomicInteger();

  private final class Database implements AutoCloseable {

    private volatile boolean over;

    Database() {
      opened.incrementAndGet();
    }

    void query() {
      if (over) {
        throw new IllegalStateException("used after it was closed");
      }
      queries.incrementAndGet();
    }

    @Override
    public void close() {
      over = true;
      closed.incrementAndGet();
    }
  }

  @Override
  public String title() {
    return "a shared resource is closed once, after its last user, and never used after that";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    Scope.run(
        "reports",
        scope -> {
          Shared<Database> database = Shared.in(scope, "database", Database::new, Database::close);
          CountDownLatch all = new CountDownLatch(USERS);
          for (int i = 0; i < USERS; i++) {
            Fork<?> _ = scope.fork("report-" + i, () -> report(database, all));
          }
          stage.expect(all.await(10, TimeUnit.SECONDS), "everybody has asked something");
          stage.say(opened + " database opened for " + database.users().size() + " users");
          boolean _ = database.retire(StopReason.requested("maintenance"));
          stage.expect(closed.get() == 0, "it stays open for those who use it");
          try {
            database.use().close();
            throw new AssertionError("a retired resource has no new users");
          } catch (IllegalStateException refused) {
            stage.say("a late user: " + refused.getMessage());
          }
          scope.join();
          return null;
        });
    stage.expect(opened.get() == 1 && closed.get() == 1, "opened once, closed once");
    return queries + " queries by " + USERS + " users of one database, closed once after the last";
  }

  private static Object report(Shared<Database> database, CountDownLatch all) {
    try (var use = database.use()) {
      for (int i = 0; i < 50; i++) {
        use.get().query();
        all.countDown();
        Curfew.sleep(Duration.ofMillis(1));
      }
    }
    return "done";
  }
}
