// SPDX-License-Identifier: Apache-2.0
package dev.curfew.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Forks;
import dev.curfew.Policy;
import dev.curfew.Scope;
import dev.curfew.Unblocking;
import dev.curfew.sync.Channel;
import dev.curfew.sync.Latch;
import dev.curfew.sync.Permit;
import dev.curfew.sync.Permits;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The rows of the matrix: everything that waits, as the body of a fork.
///
/// A new wait is a method and a line here, and a line in the table of [MatrixTest].
@SuppressWarnings("InterruptedExceptionSwallowed") // a body throws what its wait throws
final class Waits {

  private static final Duration LONG = Duration.ofHours(1);

  /// Says that it waits, waits, and lets everything pass.
  @FunctionalInterface
  interface Waiting {
    @Nullable Object await(Cell cell) throws Exception;
  }

  private Waits() {}

  static Map<String, Waiting> all() {
    Map<String, Waiting> all = new LinkedHashMap<>();
    all.put("own sleep", Waits::sleep);
    all.put("join of a fork", Waits::joinFork);
    all.put("join of a scope", Waits::joinScope);
    all.put("forks as they end", Waits::completed);
    all.put("channel, receive", Waits::receive);
    all.put("channel, send", Waits::send);
    all.put("permit", Waits::permit);
    all.put("latch", Waits::latch);
    all.put("queue take", Waits::take);
    all.put("queue take, swallowing once", Waits::swallow);
    all.put("blocking by interrupt", Waits::byInterrupt);
    all.put("blocking, flag only", Waits::flagOnly);
    all.put("blocking by action: socket", Waits::socket);
    all.put("blocking by action: selector", Waits::selector);
    all.put("detached", Waits::detached);
    all.put("in a shield", Waits::shield);
    all.put("computing, checkpoints", Waits::checkpoints);
    all.put("computing, token", Waits::token);
    all.put("entering synchronized", Waits::monitor);
    return all;
  }

  private static @Nullable Object sleep(Cell cell) {
    cell.waits();
    Curfew.sleep(LONG);
    return null;
  }

  private static @Nullable Object joinFork(Cell cell) {
    return Scope.run(
        "inner",
        inner -> {
          Fork<?> fork = inner.fork("taker", () -> new LinkedBlockingQueue<String>().take());
          cell.waits();
          return fork.join(LONG);
        });
  }

  private static @Nullable Object joinScope(Cell cell) {
    return Scope.run(
        "inner",
        inner -> {
          Fork<?> _ = inner.fork("taker", () -> new LinkedBlockingQueue<String>().take());
          cell.waits();
          inner.join();
          return null;
        });
  }

  private static @Nullable Object completed(Cell cell) {
    try (var forks = Forks.open("inner", Policy.<String>collectAll())) {
      Fork<String> _ = forks.fork("taker", () -> new LinkedBlockingQueue<String>().take());
      cell.waits();
      forks.completed().forEach(_ -> {});
      return forks.join();
    }
  }

  private static Object receive(Cell cell) {
    Channel<String> channel = Channel.bounded("orders", 1);
    cell.waits();
    return channel.receive();
  }

  private static @Nullable Object send(Cell cell) {
    Channel<String> channel = Channel.bounded("orders", 1);
    channel.send("fills it");
    cell.waits();
    channel.send("waits");
    return null;
  }

  private static @Nullable Object permit(Cell cell) {
    Permits permits = new Permits("licences", 1);
    try (Permit _ = permits.acquire()) {
      cell.waits();
      permits.acquire().close();
      return null;
    }
  }

  private static @Nullable Object latch(Cell cell) {
    cell.waits();
    new Latch("ready", 1).await();
    return null;
  }

  private static Object take(Cell cell) throws InterruptedException {
    BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    cell.waits();
    return queue.take();
  }

  private static @Nullable Object swallow(Cell cell) throws InterruptedException {
    try {
      return take(cell);
    } catch (InterruptedException swallowed) {
      cell.over.await();
      return swallowed;
    }
  }

  private static @Nullable Object byInterrupt(Cell cell) throws InterruptedException {
    return Curfew.<@Nullable Object, InterruptedException>blocking(
        Unblocking.interrupt(), () -> take(cell));
  }

  private static @Nullable Object flagOnly(Cell cell) throws InterruptedException {
    return Curfew.<@Nullable Object, InterruptedException>blocking(
        Unblocking.flagOnly(),
        () -> {
          cell.waits();
          cell.over.await();
          return "taken";
        });
  }

  private static @Nullable Object socket(Cell cell) throws Exception {
    InetAddress local = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(0, 1, local);
        Socket client = new Socket(local, server.getLocalPort());
        Socket peer = server.accept()) {
      cell.onRelease(peer::close);
      return Curfew.<@Nullable Object, Exception>blocking(
          Unblocking.by(client::close),
          () -> {
            cell.waits();
            return client.getInputStream().read();
          });
    }
  }

  private static @Nullable Object selector(Cell cell) throws Exception {
    try (Selector selector = Selector.open()) {
      return Curfew.<@Nullable Object, Exception>blocking(
          Unblocking.by(selector::wakeup),
          () -> {
            cell.waits();
            return selector.select();
          });
    }
  }

  private static @Nullable Object detached(Cell cell) throws Exception {
    Thread caller = Thread.currentThread();
    return Curfew.<String>detached(
        "left",
        () -> {
          cell.waits(caller);
          cell.waitDeafly();
          return "late";
        },
        late -> {});
  }

  private static @Nullable Object shield(Cell cell) throws InterruptedException {
    Curfew.<@Nullable Object, InterruptedException>shield(
        LONG,
        () -> {
          cell.waits();
          cell.over.await();
          return null;
        });
    Curfew.sleep(LONG);
    return null;
  }

  private static @Nullable Object checkpoints(Cell cell) {
    cell.computes();
    while (cell.over.getCount() > 0) {
      Curfew.checkpoint();
    }
    return null;
  }

  private static @Nullable Object token(Cell cell) {
    cell.computes();
    while (cell.over.getCount() > 0) {
      Curfew.token().check();
    }
    return null;
  }

  private static @Nullable Object monitor(Cell cell) throws InterruptedException {
    Object monitor = new Object();
    CountDownLatch held = new CountDownLatch(1);
    Thread _ =
        Thread.ofPlatform()
            .start(
                () -> {
                  synchronized (monitor) {
                    held.countDown();
                    cell.waitDeafly();
                  }
                });
    assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
    cell.waits();
    synchronized (monitor) {
      return null;
    }
  }
}
