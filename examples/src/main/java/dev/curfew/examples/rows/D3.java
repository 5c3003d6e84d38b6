// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.worker.ManagedReport;
import dev.curfew.worker.ManagedWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/// A connection that only one thread may touch, and a worker that owns that thread.
final class D3 implements Example {

  private final Set<String> threads = ConcurrentHashMap.newKeySet();
  private final List<String> log = new ArrayList<>(); // of the one thread alone

  /// What may be used by the thread that opened it, and by no other.
  private final class Connection implements AutoCloseable {

    private int orders;

    Connection() {
      note("open");
    }

    int store(String order) {
      note("store " + order);
      if (order.isEmpty()) {
        throw new IllegalArgumentException("an order without a name");
      }
      return ++orders;
    }

    @Override
    public void close() {
      note("close");
    }

    private void note(String what) {
      threads.add(Thread.currentThread().getName());
      log.add(what);
    }
  }

  @Override
  public String title() {
    return "a worker that opens, uses and closes its resource on its own thread";
  }

  @Override
  public String run(Stage stage) throws ExecutionException {
    ManagedReport report;
    try (var worker = ManagedWorker.open("database", Connection::new, Connection::close)) {
      Future<Integer> broken = worker.submit("no name", open -> open.store(""));
      int count = worker.call("store lamp", open -> open.store("lamp"));
      stage.say("orders stored: " + count);
      stage.say("the one without a name: " + broken.state());
      stage.expect(broken.state() == Future.State.FAILED, "a failure harms its own future alone");
      long asked = System.nanoTime();
      report =
          worker.stopAndAwait(
              StopReason.requested("deploy"), StopPlan.within(Duration.ofSeconds(5)));
      stage.say("stopped in " + stage.within(Duration.ofSeconds(10), asked, "the worker"));
    }
    stage.say(report);
    stage.say("the thread did: " + log);
    stage.expect(log.equals(List.of("open", "store ", "store lamp", "close")), "in this order");
    stage.expect(threads.size() == 1, "on one thread, not " + threads);
    return "opened, used twice and closed once, all by " + threads.iterator().next();
  }
}
