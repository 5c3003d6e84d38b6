// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.Signal;
import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The threads that wait to be served, first come first served.
///
/// Who serves hands over directly: it takes the first out of the line, and what it gives or takes
/// has changed hands before that thread wakes. So one item wakes one thread, and no newcomer gets
/// in between.
///
/// The classic bug of such lines is a wake-up that is spent on a thread that is being stopped:
/// nobody uses what it stood for, and the others sleep on. Here a wake-up is no permission to try
/// but the thing itself, and the thread it was given to cannot refuse it.
///
/// Invariants
///
/// 1. A place is settled once, under the owner's mutex, and whoever settles it takes it out of the
///    line: served, refused, or left by its own thread.
/// 2. A thread whose wait is cut short leaves the line under the mutex. If it finds that it was
///    served, it ends its wait as if nothing had happened: what was served belongs to it.
/// 3. Threads are woken after the mutex was left.
///
/// Locks: the owner's, of which all methods but [Place#await] and [Place#wake] need to be called
/// under; below it nothing.
///
/// @param <T> what is handed over
final class Line<T> {

  private enum State {
    WAITING,
    SERVED,
    REFUSED,
    LEFT
  }

  private final Mutex mutex;

  // guarded by the mutex
  private final LinkedHashSet<Place<T>> places = new LinkedHashSet<>();

  Line(Mutex mutex) {
    this.mutex = mutex;
  }

  int length() {
    return places.size();
  }

  /// {@return a place at the end of the line, for the calling thread}
  ///
  /// @param brought what it waits to give; null if it waits to be given something
  Place<T> enter(@Nullable T brought) {
    Place<T> place = new Place<>(this, brought);
    places.add(place);
    return place;
  }

  /// Hands something to the first in the line.
  ///
  /// @return whom to wake; null if nobody waits
  @Nullable Place<T> give(T item) {
    Place<T> first = first();
    if (first != null) {
      first.item = item;
      first.state = State.SERVED;
    }
    return first;
  }

  /// Takes over what the first in the line has brought.
  ///
  /// @return whom to wake; null if nobody waits
  @Nullable Place<T> take() {
    Place<T> first = first();
    if (first != null) {
      first.state = State.SERVED;
    }
    return first;
  }

  private @Nullable Place<T> first() {
    return places.isEmpty() ? null : places.removeFirst();
  }

  /// Nobody is served any more.
  ///
  /// @return whom to wake
  List<Place<T>> refuseAll() {
    List<Place<T>> all = List.copyOf(places);
    places.clear();
    all.forEach(place -> place.state = State.REFUSED);
    return all;
  }

  private boolean leave(Place<T> place) {
    try (Mutex _ = mutex.enter()) {
      if (place.state == State.WAITING) {
        places.remove(place);
        place.state = State.LEFT;
      }
      return place.state == State.LEFT;
    }
  }

  /// A thread's place in the line.
  static final class Place<T> implements Signal.Awaited {

    private final Line<T> line;
    private final Signal settled = new Signal();

    // written under the mutex, before the state
    private @Nullable T item;

    // written under the mutex, read by the waiting thread
    private volatile State state = State.WAITING;

    private Place(Line<T> line, @Nullable T item) {
      this.line = line;
      this.item = item;
    }

    /// {@return what is handed over}
    T item() {
      return Objects.requireNonNull(item);
    }

    boolean wasRefused() {
      return state == State.REFUSED;
    }

    @Override
    public boolean holds() {
      return state != State.WAITING;
    }

    @Override
    public boolean giveUp() {
      return line.leave(this);
    }

    /// Waits, outside the mutex, until this place is settled.
    ///
    /// @param within how long at most; null for 'until stopped'
    /// @return whether it was served
    boolean await(@Nullable Duration within) {
      try {
        if (within == null) {
          settled.await(this);
        } else {
          boolean _ = settled.await(within, this);
        }
        return state == State.SERVED;
      } finally {
        boolean _ = holds() || giveUp(); // a clock that throws leaves nobody in the line
      }
    }

    /// Wakes its thread; outside the mutex.
    void wake() {
      settled.wakeAll();
    }
  }
}
