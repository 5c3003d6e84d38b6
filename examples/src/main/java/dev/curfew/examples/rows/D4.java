// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Fork;
import dev.curfew.PerThread;
import dev.curfew.Scope;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A parser that is not safe for threads: each thread has its own, and none is left behind.
final class D4 implements Example {

  private static final int THREADS = 8;

  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();

  private final class Parser implements AutoCloseable {

    private final Thread owner = Thread.currentThread();

    Parser() {
      opened.incrementAndGet();
      open.incrementAndGet();
    }

    int parse(String text) {
      if (!Thread.currentThread().equals(owner)) {
        throw new IllegalStateException("used by two threads");
      }
      return text.length();
    }

    @Override
    public void close() {
      open.decrementAndGet();
    }
  }

  @Override
  public String title() {
    return "a per-thread resource is closed when its thread ends, or its scope";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    Scope.run(
        "import",
        scope -> {
          PerThread<Parser> parsers = PerThread.in(scope, "parser", Parser::new, Parser::close);
          CountDownLatch all = new CountDownLatch(THREADS);
          CountDownLatch go = new CountDownLatch(1);
          for (int i = 0; i < THREADS; i++) {
            Fork<Integer> _ = scope.fork("file-" + i, () -> parse(parsers, all, go));
          }
          stage.expect(all.await(10, TimeUnit.SECONDS), "every thread has parsed");
          stage.say(open + " parsers are open in " + THREADS + " forks");
          stage.expect(open.get() == THREADS, "one for each thread");
          go.countDown();
          scope.join();
          stage.say(open + " are open after the forks have ended");
          stage.expect(open.get() == 0, "each was closed by its thread");
          Thread foreign = Thread.ofPlatform().start(() -> parsers.get().parse("by a guest"));
          stage.expect(foreign.join(Duration.ofSeconds(10)), "the foreign thread has ended");
          int own = parsers.get().parse("by the owner");
          stage.say(open + " more for a foreign thread and the owner; the scope ends");
          return own;
        });
    stage.expect(open.get() == 0, "the scope has closed the rest");
    return opened + " parsers were opened by as many threads, and none is left";
  }

  private static int parse(PerThread<Parser> parsers, CountDownLatch all, CountDownLatch go)
      throws InterruptedException {
    int first = parsers.get().parse("one");
    all.countDown();
    if (!go.await(1, TimeUnit.HOURS)) {
      throw new AssertionError("nobody opened the latch");
    }
    return first + parsers.get().parse("two"); // the same one
  }
}
