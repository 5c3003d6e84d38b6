// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The threads that wait for something to end.
///
/// Invariants
///
/// 1. Who is in the list when something ends is unparked after that; who enters later looks first.
///
/// Locks: the own monitor, a leaf.
final class Waiters {

  // guarded by this
  private final List<Thread> waiting = new ArrayList<>(1);

  // written under the monitor, read by any thread: most things end while nobody waits
  private volatile int count;

  /// Puts the calling thread on the list until the place is closed.
  synchronized Place enter() {
    Thread self = Thread.currentThread();
    waiting.add(self);
    count = waiting.size();
    return () -> leave(self);
  }

  private synchronized void leave(Thread thread) {
    waiting.remove(thread);
    count = waiting.size();
  }

  /// Whether anybody waits.
  boolean isAwaited() {
    return count > 0;
  }

  void wake() {
    if (isAwaited()) {
      wakeAll();
    }
  }

  private synchronized void wakeAll() {
    waiting.forEach(LockSupport::unpark);
  }

  /// A thread's place on the list.
  interface Place extends AutoCloseable {
    @Override
    void close();
  }
}
