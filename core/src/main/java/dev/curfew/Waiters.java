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
/// 2. A place knows where in the list it is, and the last one takes the room of one that leaves: a
///    hundred thousand that all leave take no time by the square.
///
/// Locks: the own mutex, a leaf.
final class Waiters {

  private static final Place[] NOBODY = {};

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Place> waiting = new ArrayList<>(1);

  // written under the mutex, read by any thread: most things end while nobody waits
  private volatile int count;

  /// Puts the calling thread on the list until the place is closed.
  Place enter() {
    Place place = new Place(this, Thread.currentThread());
    try (Mutex _ = mutex.enter()) {
      place.at = waiting.size();
      waiting.add(place);
      count = waiting.size();
    }
    return place;
  }

  private void leave(Place place) {
    try (Mutex _ = mutex.enter()) {
      Place last = waiting.removeLast();
      if (last != place) {
        last.at = place.at;
        waiting.set(last.at, last);
      }
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
    Place[] all;
    try (Mutex _ = mutex.enter()) {
      all = waiting.toArray(NOBODY);
    }
    for (Place each : all) {
      LockSupport.unpark(each.thread);
    }
  }

  /// A thread's place on the list; no two are equal, whatever their threads say of each other.
  static final class Place implements AutoCloseable {

    private final Waiters list;
    private final Thread thread;

    // guarded by the mutex of the list
    private int at;

    private Place(Waiters list, Thread thread) {
      this.list = list;
      this.thread = thread;
    }

    @Override
    public void close() {
      list.leave(this);
    }
  }
}
