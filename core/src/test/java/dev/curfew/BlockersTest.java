// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The verdict on threads that are blocked where no interrupt frees them.
class BlockersTest {

  private static final String LOCK = "use lockInterruptibly(), or tryLock with a time limit";
  private static final String GET = "use get(), which a stop interrupts";
  private static final String SOCKET =
      "wrap it in Curfew.blocking(Unblocking.by(socket::close), ...)";

  /// @param freed what ends the call
  private record Case(
      String what, Action<Exception> call, Action<Exception> freed, String advice) {}

  private final CountDownLatch over = new CountDownLatch(1);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyCallThatNoInterruptEndsIsNamedWithWhatToDo(boolean virtual) throws Exception {
    List<Case> cases = new ArrayList<>(locks());
    cases.addAll(others());
    if (!virtual) {
      cases.addAll(sockets()); // an interrupt frees virtual threads there
    }
    check(virtual, cases, Verdict.Kind.BLOCKED);
  }

  private static void check(boolean virtual, List<Case> cases, Verdict.Kind kind) throws Exception {
    CountDownLatch begun = new CountDownLatch(cases.size());
    try (Scope scope = DiagnosisTest.open(virtual)) {
      for (Case each : cases) {
        scope.fork(
            each.what(),
            () -> {
              begun.countDown();
              each.call().run();
              return null;
            });
      }
      Latches.await(begun);
      scope.stop(StopReason.requested("test"));
      try {
        for (Case each : cases) {
          DiagnosisTest.assertVerdict(
              DiagnosisTest.onceSure(scope, "app/" + each.what()),
              kind,
              each.what() + " at BlockersTest\\.java:\\d+",
              each.advice());
        }
      } finally {
        for (Case each : cases) {
          each.freed().run();
        }
      }
    }
  }

  private static List<Case> locks() {
    ReentrantLock lock = new ReentrantLock();
    ReentrantReadWriteLock both = new ReentrantReadWriteLock();
    StampedLock stamped = new StampedLock();
    ReentrantLock other = new ReentrantLock();
    Condition signalled = other.newCondition();
    lock.lock();
    both.writeLock().lock();
    long stamp = stamped.writeLock();
    return List.of(
        new Case("ReentrantLock.lock", () -> pass(lock), lock::unlock, LOCK),
        new Case("ReadLock.lock", () -> pass(both.readLock()), both.writeLock()::unlock, LOCK),
        new Case("WriteLock.lock", () -> pass(both.writeLock()), () -> {}, LOCK),
        new Case(
            "StampedLock.readLock",
            () -> stamped.unlockRead(stamped.readLock()),
            () -> stamped.unlockWrite(stamp),
            "use readLockInterruptibly()"),
        new Case(
            "StampedLock.writeLock",
            () -> stamped.unlockWrite(stamped.writeLock()),
            () -> {},
            "use writeLockInterruptibly()"),
        new Case(
            "Condition.awaitUninterruptibly",
            () -> awaitDeafly(other, signalled),
            () -> signal(other, signalled),
            "use await()"));
  }

  private static void pass(Lock lock) {
    lock.lock();
    try {
      assertThat(lock).isNotNull();
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // that it waits is all that counts
  private static void awaitDeafly(Lock lock, Condition condition) {
    lock.lock();
    try {
      condition.awaitUninterruptibly();
    } finally {
      lock.unlock();
    }
  }

  private static void signal(Lock lock, Condition condition) {
    lock.lock();
    try {
      condition.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private List<Case> others() {
    Semaphore permits = new Semaphore(0);
    CompletableFuture<String> future = new CompletableFuture<>();
    ForkJoinTask<?> task = ForkJoinPool.commonPool().submit(() -> Latches.waitDeafly(over));
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    executor.execute(() -> Latches.waitDeafly(over));
    HeldMonitor monitor = HeldMonitor.take();
    return List.of(
        new Case(
            "Semaphore.acquireUninterruptibly",
            permits::acquireUninterruptibly,
            permits::release,
            "use acquire()"),
        new Case("CompletableFuture.join", future::join, () -> future.complete("x"), GET),
        new Case("ForkJoinTask.join", task::join, over::countDown, GET),
        new Case(
            "ExecutorService.close",
            executor::close,
            over::countDown,
            "shut the executor down and await it with a time limit, or use a StoppablePool"),
        new Case(
            "entering synchronized",
            monitor::pass,
            monitor::free,
            "use a ReentrantLock and lockInterruptibly()"));
  }

  /// A monitor that another thread holds.
  private static final class HeldMonitor {

    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);

    static HeldMonitor take() {
      HeldMonitor monitor = new HeldMonitor();
      Thread holder = Thread.ofPlatform().start(monitor::hold);
      Latches.await(monitor.held);
      assertThat(holder.isAlive()).isTrue();
      return monitor;
    }

    private synchronized void hold() {
      held.countDown();
      Latches.await(free);
    }

    void pass() {
      synchronized (this) {
        assertThat(held.getCount()).isZero();
      }
    }

    void free() {
      free.countDown();
    }
  }

  private static List<Case> sockets() throws Exception {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Socket reads = new Socket(server.getInetAddress(), server.getLocalPort());
    Socket peer = server.accept();
    DatagramSocket datagrams = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    DatagramPacket packet = new DatagramPacket(new byte[1], 1);
    return List.of(
        new Case(
            "Socket.read",
            () -> assertThat(reads.getInputStream().read()).isEqualTo(-1),
            () -> {
              peer.close();
              reads.close();
            },
            SOCKET),
        new Case("ServerSocket.accept", () -> closeQuietly(server.accept()), server::close, SOCKET),
        new Case(
            "DatagramSocket.receive", () -> datagrams.receive(packet), datagrams::close, SOCKET));
  }

  private static void closeQuietly(Socket socket) throws Exception {
    socket.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aProcessIsAChildThatIsWaitedFor(boolean virtual) throws Exception {
    Process child = new ProcessBuilder("sleep", "60").start();
    try {
      Case reads =
          new Case(
              "reading a process's output",
              () -> assertThat(child.getInputStream().read()).isEqualTo(-1),
              child::destroyForcibly,
              "end the whole process tree, or send the output to a file and follow that");
      check(virtual, List.of(reads), Verdict.Kind.WAITING_FOR_CHILD);
    } finally {
      child.destroyForcibly();
      Await.until("it has ended", () -> !child.isAlive());
    }
  }

  @Test
  void theEndOfAProcessIsAWaitForAChildToo() {
    StackTraceElement frame = new StackTraceElement("java.lang.ProcessImpl", "waitFor", "P", 1);
    assertThat(Blockers.in(List.of(frame)))
        .hasValueSatisfying(
            call -> {
              assertThat(call.kind()).isEqualTo(Verdict.Kind.WAITING_FOR_CHILD);
              assertThat(call.advice())
                  .isEqualTo("end the process when the stop comes, as the processes of Curfew do");
            });
    assertThat(Blockers.in(List.of(new StackTraceElement("app.A", "lock", "A", 1)))).isEmpty();
  }
}
