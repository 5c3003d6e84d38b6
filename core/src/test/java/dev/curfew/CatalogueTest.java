// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What an interrupt does to the blocking calls of this JDK, compared with the page that says so.
///
/// A call that is not woken is given a while; too short a while would hide a slow wake-up, never
/// invent one.
class CatalogueTest {

  private static final Path PAGE = Path.of("../docs/catalogue.md");
  private static final Duration A_WHILE = Duration.ofMillis(200);

  /// A blocking call and how to free it when an interrupt does not.
  private record Case(
      String name, Action<Exception> call, Action<Exception> free, BooleanSupplier stillOpen) {}

  private static boolean nothingToClose() {
    return true;
  }

  private static void discard(int bytes) {
    assertThat(bytes).isLessThan(2);
  }

  @Test
  @SuppressWarnings("InterruptedExceptionSwallowed") // nobody interrupts this thread
  void thePageSaysWhatAnInterruptDoes() throws Exception {
    List<String> rows = new ArrayList<>();
    List<Case> onPlatform = cases();
    List<Case> onVirtual = cases();
    for (int i = 0; i < onPlatform.size(); i++) {
      String platform = interrupted(onPlatform.get(i), false);
      String virtual = interrupted(onVirtual.get(i), true);
      rows.add("| " + onPlatform.get(i).name() + " | " + platform + " | " + virtual + " |");
    }
    assertThat(Files.readString(PAGE)).contains(String.join("\n", rows));
  }

  private static String interrupted(Case blocking, boolean virtual) throws Exception {
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>(false);
    Runnable body =
        () -> {
          try {
            blocking.call().run();
          } catch (Exception e) {
            thrown.set(e);
          }
          flag.set(Thread.currentThread().isInterrupted());
        };
    Thread thread = virtual ? Thread.ofVirtual().start(body) : Thread.ofPlatform().start(body);
    Await.until(blocking.name() + " blocks", () -> isBlocked(thread));
    thread.interrupt();
    boolean woken = thread.join(A_WHILE);
    boolean open = blocking.stillOpen().getAsBoolean();
    blocking.free().run();
    Await.until(blocking.name() + " ends", () -> !thread.isAlive());
    if (!woken) {
      return "not woken";
    }
    Throwable what = thrown.get();
    return (what == null ? "returns" : what.getClass().getSimpleName())
        + (flag.get() ? ", flag stays" : "")
        + (open ? "" : ", **closed**");
  }

  /// Blocked in Java, or inside a native method.
  private static boolean isBlocked(Thread thread) {
    if (thread.getState() != Thread.State.RUNNABLE) {
      return thread.getState() != Thread.State.NEW;
    }
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0 && stack[0].isNativeMethod();
  }

  private static List<Case> cases() throws IOException, InterruptedException {
    List<Case> cases = new ArrayList<>();
    cases.add(simple("`Thread.sleep`", () -> Thread.sleep(Duration.ofSeconds(30))));
    BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    cases.add(
        new Case(
            "`BlockingQueue.take`",
            queue::take,
            () -> queue.add("x"),
            CatalogueTest::nothingToClose));
    CompletableFuture<String> future = new CompletableFuture<>();
    cases.add(
        new Case(
            "`Future.get`",
            future::get,
            () -> future.complete("x"),
            CatalogueTest::nothingToClose));
    CompletableFuture<String> joined = new CompletableFuture<>();
    cases.add(
        new Case(
            "`CompletableFuture.join`",
            joined::join,
            () -> joined.complete("x"),
            CatalogueTest::nothingToClose));
    Semaphore permits = new Semaphore(0);
    cases.add(
        new Case(
            "`Semaphore.acquireUninterruptibly`",
            permits::acquireUninterruptibly,
            permits::release,
            CatalogueTest::nothingToClose));
    cases.add(lock("`ReentrantLock.lockInterruptibly`", ReentrantLock::lockInterruptibly));
    cases.add(lock("`ReentrantLock.lock`", ReentrantLock::lock));
    cases.add(monitor());
    cases.add(socketRead());
    cases.add(accept());
    cases.add(channelRead());
    cases.add(select());
    cases.add(fileChannel());
    return cases;
  }

  private static Case simple(String name, Action<Exception> call) {
    return new Case(name, call, () -> {}, CatalogueTest::nothingToClose);
  }

  @FunctionalInterface
  private interface Locking {
    void lock(ReentrantLock lock) throws InterruptedException;
  }

  /// Somebody else holds what the call wants, on a thread that lets go when told.
  private static Case lock(String name, Locking how) throws InterruptedException {
    ReentrantLock lock = new ReentrantLock();
    Holder holder =
        new Holder(
            release -> {
              lock.lock();
              try {
                release.run();
              } finally {
                lock.unlock();
              }
            });
    holder.start();
    Action<Exception> call =
        () -> {
          how.lock(lock);
          lock.unlock();
        };
    return new Case(name, call, holder::release, CatalogueTest::nothingToClose);
  }

  private static Case monitor() throws InterruptedException {
    Object monitor = new Object();
    Holder holder =
        new Holder(
            release -> {
              synchronized (monitor) {
                release.run();
              }
            });
    holder.start();
    Action<Exception> call =
        () -> {
          synchronized (monitor) {
            boolean _ = Thread.holdsLock(monitor);
          }
        };
    return new Case(
        "entering `synchronized`", call, holder::release, CatalogueTest::nothingToClose);
  }

  private static final class Holder {
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final Consumer<Runnable> body;
    private volatile @Nullable Thread thread;

    Holder(Consumer<Runnable> body) {
      this.body = body;
    }

    void start() throws InterruptedException {
      thread = Thread.ofPlatform().start(() -> body.accept(this::hold));
      assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private void hold() {
      held.countDown();
      Await.until("the lock may be released", () -> over.getCount() == 0);
    }

    void release() throws InterruptedException {
      over.countDown();
      Thread started = thread;
      if (started != null) {
        assertThat(started.join(Duration.ofSeconds(10))).isTrue();
      }
    }
  }

  private static InetAddress local() {
    return InetAddress.getLoopbackAddress();
  }

  private static Case socketRead() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, local());
    Socket client = new Socket(local(), server.getLocalPort());
    Socket peer = server.accept();
    return new Case(
        "`Socket` read",
        () -> discard(client.getInputStream().read()),
        () -> {
          peer.close();
          client.close();
          server.close();
        },
        () -> !client.isClosed());
  }

  private static Case accept() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, local());
    return new Case(
        "`ServerSocket.accept`",
        () -> server.accept().close(),
        server::close,
        () -> !server.isClosed());
  }

  private static Case channelRead() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(local(), 0));
    SocketChannel client = SocketChannel.open(server.getLocalAddress());
    SocketChannel peer = server.accept();
    return new Case(
        "`SocketChannel.read`",
        () -> discard(client.read(ByteBuffer.allocate(1))),
        () -> closeAll(peer, client, server),
        client::isOpen);
  }

  private static Case select() throws IOException {
    Selector selector = Selector.open();
    return new Case(
        "`Selector.select`", () -> discard(selector.select()), selector::close, selector::isOpen);
  }

  /// A file is always ready: what counts is the flag when the call begins.
  private static Case fileChannel() throws IOException {
    Path file = Files.createTempFile("catalogue", ".bin");
    FileChannel channel = FileChannel.open(file);
    CountDownLatch flagged = new CountDownLatch(1);
    return new Case(
        "`FileChannel.read` entered with the flag set",
        () -> {
          try {
            flagged.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          discard(channel.read(ByteBuffer.allocate(1)));
        },
        () -> {
          channel.close();
          Files.delete(file);
        },
        channel::isOpen);
  }

  private static void closeAll(Channel... channels) throws IOException {
    for (Channel channel : channels) {
      channel.close();
    }
  }
}
