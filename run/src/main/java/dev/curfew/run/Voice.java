// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Says lines on a stream whose reader may stop reading, so that a write never returns.
///
/// Invariants
///
/// 1. Lines come whole, in the order in which they were said.
/// 2. One thread at a time writes. It ends when there has been nothing to say for a while; if a
///    thread cannot be started, whoever speaks writes by himself.
/// 3. Who waits goes on when his line is written, or when his patience is over.
///
/// Locks: one, never held while a line is written.
final class Voice {

  private static final long IDLE_NANOS = Duration.ofMillis(100).toNanos();

  private final Supplier<PrintStream> stream;
  private final ThreadFactory threads;
  private final long patience;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition said = lock.newCondition();
  private final Condition written = lock.newCondition();

  // guarded by the lock
  private final Deque<String> waiting = new ArrayDeque<>();
  private long linesSaid;
  private long linesWritten;
  private boolean speaking;

  /// A voice that has not spoken yet.
  ///
  /// @param stream asked for each line
  /// @param threads makes the thread that writes
  /// @param patience how long one who waits does at most
  Voice(Supplier<PrintStream> stream, ThreadFactory threads, Duration patience) {
    this.stream = stream;
    this.threads = threads;
    this.patience = patience.toNanos();
  }

  /// Says a line, and waits until it is written; an interrupt is kept for later.
  void say(String line) {
    await(add(line));
  }

  /// Says a line.
  void sayWithoutWaiting(String line) {
    boolean _ = add(line) < 0;
  }

  /// {@return the place of the line, for [#await]}
  private long add(String line) {
    long place;
    boolean begins;
    lock.lock();
    try {
      waiting.add(line);
      place = ++linesSaid;
      said.signal();
      begins = !speaking;
      speaking = true;
    } finally {
      lock.unlock();
    }
    if (begins) {
      begin();
    }
    return place;
  }

  private void begin() {
    try {
      threads.newThread(this::speak).start();
    } catch (OutOfMemoryError noThread) { // which people are about to be told
      speak(0);
    }
  }

  private void await(long place) {
    boolean interrupted = false;
    lock.lock();
    try {
      long until = System.nanoTime() + patience;
      long left = patience;
      while (linesWritten < place && left > 0) {
        try {
          left = written.awaitNanos(left);
        } catch (InterruptedException kept) {
          interrupted = true;
          left = until - System.nanoTime();
        }
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void speak() {
    speak(IDLE_NANOS);
  }

  private void speak(long idle) {
    boolean orderly = false;
    try {
      for (String line = next(idle); line != null; line = next(idle)) {
        try {
          stream.get().println(line);
        } finally {
          wrote();
        }
      }
      orderly = true;
    } finally {
      if (!orderly) {
        end();
      }
    }
  }

  /// {@return the next line; null if there was none for a while: the caller's turn is over then}
  private @Nullable String next(long idle) {
    lock.lock();
    try {
      awaitLine(idle);
      String line = waiting.poll();
      speaking = line != null;
      return line;
    } finally {
      lock.unlock();
    }
  }

  private void awaitLine(long idle) {
    try {
      long left = idle;
      while (waiting.isEmpty() && left > 0) {
        left = said.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // one who only idles ends; what waits is written first
    }
  }

  private void wrote() {
    lock.lock();
    try {
      linesWritten++;
      written.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Whoever speaks next says what is left.
  private void end() {
    lock.lock();
    try {
      speaking = false;
    } finally {
      lock.unlock();
    }
  }
}
