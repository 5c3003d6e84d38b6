// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.List;
import java.util.Optional;

/// The calls of the JDK that no interrupt ends, by the frames they leave on a stack, and what to do
/// instead: the part of `docs/catalogue.md` that a report needs.
final class Blockers {

  private static final String LOCKS = "java.util.concurrent.locks.";
  private static final String USE_GET = "use get(), which a stop interrupts";
  private static final String USE_INTERRUPTIBLY =
      "use lockInterruptibly(), or tryLock with a time limit";
  private static final String CLOSE_POOL =
      "shut the executor down and await it with a time limit, or use a StoppablePool";
  private static final String CLOSE_SOCKET =
      "wrap it in Curfew.blocking(Unblocking.by(socket::close), ...)";
  private static final String DETACH = "call it by Curfew.detached, which leaves it behind";

  /// More special ones first.
  private static final List<Blocker> ALL =
      List.of(
          new Blocker(
              "java.lang.Process$PipeInputStream",
              "read",
              "reading a process's output",
              Verdict.Kind.WAITING_FOR_CHILD,
              "end the whole process tree, or send the output to a file and follow that"),
          new Blocker(
              "java.lang.ProcessImpl",
              "waitFor",
              "Process.waitFor",
              Verdict.Kind.WAITING_FOR_CHILD,
              "end the process when the stop comes, as the processes of Curfew do"),
          blocked(LOCKS + "ReentrantLock", "lock", "ReentrantLock.lock", USE_INTERRUPTIBLY),
          blocked(
              LOCKS + "ReentrantReadWriteLock$ReadLock",
              "lock",
              "ReadLock.lock",
              USE_INTERRUPTIBLY),
          blocked(
              LOCKS + "ReentrantReadWriteLock$WriteLock",
              "lock",
              "WriteLock.lock",
              USE_INTERRUPTIBLY),
          blocked(
              LOCKS + "StampedLock",
              "readLock",
              "StampedLock.readLock",
              "use readLockInterruptibly()"),
          blocked(
              LOCKS + "StampedLock",
              "writeLock",
              "StampedLock.writeLock",
              "use writeLockInterruptibly()"),
          blocked(
              LOCKS + "AbstractQueuedSynchronizer$ConditionObject",
              "awaitUninterruptibly",
              "Condition.awaitUninterruptibly",
              "use await()"),
          blocked(
              "java.util.concurrent.Semaphore",
              "acquireUninterruptibly",
              "Semaphore.acquireUninterruptibly",
              "use acquire()"),
          blocked(
              "java.util.concurrent.CompletableFuture", "join", "CompletableFuture.join", USE_GET),
          blocked("java.util.concurrent.ForkJoinTask", "join", "ForkJoinTask.join", USE_GET),
          blocked("java.util.concurrent.ForkJoinTask", "invoke", "ForkJoinTask.invoke", USE_GET),
          closing("java.util.concurrent.ExecutorService"),
          closing("java.util.concurrent.ThreadPerTaskExecutor"),
          closing("java.util.concurrent.ForkJoinPool"),
          blocked("java.net.Socket$SocketInputStream", "read", "Socket.read", CLOSE_SOCKET),
          blocked("java.net.Socket$SocketOutputStream", "write", "Socket.write", CLOSE_SOCKET),
          blocked("java.net.Socket", "connect", "Socket.connect", CLOSE_SOCKET),
          blocked("java.net.ServerSocket", "accept", "ServerSocket.accept", CLOSE_SOCKET),
          blocked("java.net.DatagramSocket", "receive", "DatagramSocket.receive", CLOSE_SOCKET),
          blocked("sun.nio.ch.SocketChannelImpl", "read", "SocketChannel.read", CLOSE_SOCKET),
          blocked(
              "sun.nio.ch.ServerSocketChannelImpl",
              "accept",
              "ServerSocketChannel.accept",
              CLOSE_SOCKET),
          blocked("java.net.Inet6AddressImpl", "lookupAllHostAddr", "a name look-up", DETACH),
          blocked("java.net.Inet4AddressImpl", "lookupAllHostAddr", "a name look-up", DETACH),
          blocked("java.io.FileInputStream", "read", "FileInputStream.read", DETACH),
          blocked("java.io.FileOutputStream", "write", "FileOutputStream.write", DETACH));

  /// One such call.
  ///
  /// @param type the class of its frame
  /// @param method the method of its frame
  /// @param what the call in words
  record Blocker(String type, String method, String what, Verdict.Kind kind, String advice) {

    boolean matches(StackTraceElement frame) {
      return frame.getClassName().equals(type) && frame.getMethodName().equals(method);
    }
  }

  private Blockers() {}

  private static Blocker blocked(String type, String method, String what, String advice) {
    return new Blocker(type, method, what, Verdict.Kind.BLOCKED, advice);
  }

  private static Blocker closing(String type) {
    return blocked(type, "close", "ExecutorService.close", CLOSE_POOL);
  }

  /// {@return the call that a thread is in}
  ///
  /// @param calls the frames of the JDK at the inner end of its stack
  static Optional<Blocker> in(List<StackTraceElement> calls) {
    return ALL.stream().filter(each -> calls.stream().anyMatch(each::matches)).findFirst();
  }
}
