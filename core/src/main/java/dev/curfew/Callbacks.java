// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The callbacks that wait for the stop of one node, the last registered first.
///
/// All are in one list until several threads turn out to register in turns. From then on new ones
/// go into the lane of their thread, so that threads that share a token do not wait for each other,
/// and their time puts them in order when the stop comes. The idea of spreading is `LongAdder`'s.
///
/// Invariants
///
/// 1. What is in the first lane was registered before what is in the others, or at the same time.
/// 2. Within a lane the order is that of registration; between lanes, that of `at`, which is read
///    under the lane's mutex.
/// 3. Lanes are made under the mutex of the first one, and not after that was taken; so a stop
///    that has taken the first one knows all others.
/// 4. Once a lane is taken, nothing is added to it.
///
/// Locks: each lane's own mutex, a leaf; never two at once.
final class Callbacks {

  /// So often must the registering thread have changed: lanes cost memory, so one hand-over is no
  /// reason.
  private static final int TURNS = 16;

  private static final int LANES =
      Integer.highestOneBit(4 * Math.min(16, Runtime.getRuntime().availableProcessors()) - 1);

  private final Lane first = new Lane();

  // written once, under the mutex of the first lane
  private volatile Lane @Nullable [] spread;

  // guarded by the first lane
  private long lastThread;
  private int turns;

  /// Keeps one until the stop comes.
  ///
  /// @return false if it has, and then it is not kept
  boolean add(Registration registration) {
    Lane[] lanes = spread;
    if (lanes != null) {
      Lane mine = lanes[(int) Thread.currentThread().threadId() & (LANES - 1)];
      return mine.add(registration);
    }
    try (Mutex _ = first.enter()) {
      countTurns();
      return first.keep(registration, false);
    }
  }

  private void countTurns() {
    long thread = Thread.currentThread().threadId();
    if (thread == lastThread) {
      return;
    }
    lastThread = thread;
    if (++turns == TURNS && !first.taken) {
      Lane[] lanes = new Lane[LANES];
      for (int i = 0; i < LANES; i++) {
        lanes[i] = new SpacedLane();
      }
      spread = lanes;
    }
  }

  /// {@return all of them, in the order in which they are to be called; from now on none is kept}
  List<Registration> take() {
    List<Registration> early = first.take();
    Lane[] lanes = spread;
    if (lanes == null) {
      return early;
    }
    List<Registration> all = new ArrayList<>();
    for (Lane lane : lanes) {
      all.addAll(lane.take());
    }
    all.sort((one, other) -> Long.signum(other.at - one.at)); // wraps, as nanoTime may
    all.addAll(early);
    return all;
  }

  /// Forgets them, for nothing will stop their node any more.
  void drop() {
    first.drop();
    Lane[] lanes = spread;
    if (lanes != null) {
      for (Lane lane : lanes) {
        lane.drop();
      }
    }
  }

  /// One list.
  static class Lane extends Mutex {

    // guarded by the lane, which is a mutex so that what is in a line of its own stays there
    private @Nullable Registration last;
    private boolean taken;

    private boolean add(Registration registration) {
      try (Mutex _ = enter()) {
        return keep(registration, true);
      }
    }

    /// To be called inside.
    private boolean keep(Registration registration, boolean timed) {
      if (taken) {
        return false;
      }
      if (timed) {
        registration.at = System.nanoTime();
      }
      registration.lane = this;
      registration.previous = last;
      if (last != null) {
        last.next = registration;
      }
      last = registration;
      return true;
    }

    void remove(Registration registration) {
      try (Mutex _ = enter()) {
        if (!taken) { // or the list was handed to the stop, which skips what is closed
          unlink(registration);
        }
      }
    }

    private void unlink(Registration registration) {
      if (registration.next != null) {
        registration.next.previous = registration.previous;
      } else if (last == registration) {
        last = registration.previous;
      }
      if (registration.previous != null) {
        registration.previous.next = registration.next;
      }
      registration.previous = null;
      registration.next = null;
    }

    private List<Registration> take() {
      List<Registration> all = new ArrayList<>();
      try (Mutex _ = enter()) {
        taken = true;
        for (Registration each = last; each != null; each = each.previous) {
          all.add(each);
        }
        last = null;
      }
      return all;
    }

    private void drop() {
      try (Mutex _ = enter()) {
        last = null;
      }
    }
  }

  /// Keeps lanes on cache lines of their own: processors fetch two of 64 bytes at a time.
  @SuppressWarnings("UnusedVariable") // they take up space, which is their use
  private static final class SpacedLane extends Lane {
    private long p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;
  }
}
