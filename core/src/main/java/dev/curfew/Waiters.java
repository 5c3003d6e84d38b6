// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The threads that wait for something to end.
///
/// Invariants
///
/// 1. Who is in the list when something ends is unparked after that; who enters later looks first.
///
/// Locks: the own mutex, a leaf.
final class Waiters {

  private static final Thread[] NOBODY = {};

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Thread> waiting = new ArrayList<>(1);

  // written under the mutex, read by any thread: most things end while nobody waits
  private volatile int count;

  /// Puts the calling thread on the list until the place is closed.
  Place enter() {
    Thread self = Thread.currentThread();
    try (Mutex _ = mutex.enter()) {
      waiting.add(self);
      count = waiting.size();
    }
    return () -> leave(self);
  }

  private void leave(Thread thread) {
    try (Mutex _ = mutex.enter()) {
      waiting.remove(thread);
      count = waiting.size();
    }
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

  private void wakeAll() {
    Thread[] all;
    try (Mutex _ = mutex.enter()) {
      all = waiting.toArray(NOBODY);
    }
    for (Thread each : all) {
      LockSupport.unpark(each);
    }
  }

  /// A thread's place on the list.
  interface Place extends AutoCloseable {
    @Override
    void close();
  }
}
