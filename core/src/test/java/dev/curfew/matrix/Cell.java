// SPDX-License-Identifier: Apache-2.0
package dev.curfew.matrix;

import dev.curfew.Action;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// What one cell of the matrix shares with the wait that it stops.
final class Cell {

  /// Opens when the wait may end by itself.
  final CountDownLatch over = new CountDownLatch(1);

  private final List<Action<Exception>> releases = new CopyOnWriteArrayList<>();
  private volatile @Nullable Thread thread;
  private volatile boolean computes;
  private volatile boolean flag;

  /// The calling thread is about to wait.
  void waits() {
    waits(Thread.currentThread());
  }

  void waits(Thread who) {
    thread = who;
  }

  /// The calling thread computes from here on.
  void computes() {
    computes = true;
    thread = Thread.currentThread();
  }

  /// The body is left; the flag is what clean-up behind it would find.
  void left() {
    flag = Thread.currentThread().isInterrupted();
  }

  boolean flag() {
    return flag;
  }

  /// Whether the thread waits, in Java or in a native method, or computes.
  boolean isIn() {
    Thread in = thread;
    if (in == null || computes) {
      return in != null;
    }
    StackTraceElement[] stack = in.getStackTrace();
    boolean waits =
        in.getState() != Thread.State.RUNNABLE || (stack.length > 0 && stack[0].isNativeMethod());
    return waits && Arrays.stream(stack).noneMatch(Cell::links);
  }

  /// Whether a class is loaded or a lambda linked there, which waits and calls native methods too.
  private static boolean links(StackTraceElement frame) {
    String type = frame.getClassName();
    return type.equals("java.lang.ClassLoader") || type.startsWith("java.lang.invoke.");
  }

  /// Whether it waits for a monitor, where an interrupt comes and frees nothing.
  boolean isBlockedDeafly() {
    Thread in = thread;
    return in != null && in.getState() == Thread.State.BLOCKED;
  }

  /// Whether the interrupt has come that the thread cannot take.
  boolean isInterrupted() {
    Thread in = thread;
    return in != null && in.isInterrupted();
  }

  void interrupt() {
    Thread in = thread;
    if (in != null) {
      in.interrupt();
    }
  }

  void onRelease(Action<Exception> action) {
    releases.add(action);
  }

  /// Lets the wait end by itself.
  void release() throws Exception {
    over.countDown();
    for (Action<Exception> action : releases) {
      action.run();
    }
  }

  /// Goes on until the wait may end, whatever anybody asks, and keeps an interrupt.
  void waitDeafly() {
    boolean interrupted = false;
    while (over.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
