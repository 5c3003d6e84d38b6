// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.StoppedException;
import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A number of permits, of which each is held by one at a time: a bound on how many do something at
/// once.
///
/// ```java
/// Permits connections = new Permits("connections", 4);
/// try (Permit _ = connections.acquire()) {
///   query();
/// }
/// ```
///
/// A permit that is given to a thread in the moment of its stop is returned by it, and its next
/// check throws: so it is in the `try` and given back.
///
/// **Threads.** Any. Who waits is served first come, first served; a permit that is given back
/// wakes one thread.
///
/// **Stopping.** A stop, a deadline included, wakes a wait without an interrupt; an interrupt from
/// outside ends it too, and the flag stays set.
///
/// **Cost.** One lock, held for a few steps: where nobody has to wait, about three times that of
/// `Semaphore`.
public final class Permits {

  // Machine: a permit is free only while nobody waits.

  private final String name;
  private final int all;

  private final Mutex mutex;

  // guarded by the mutex
  private final Line<Permit> line;
  private int free;

  /// All of them are free.
  ///
  /// @param name for people
  /// @param permits how many; at least one
  public Permits(String name, int permits) {
    this(name, permits, new Mutex());
  }

  /// Those whose mutex a test can hold, to put a stop and a hand-over into one moment.
  Permits(String name, int permits, Mutex mutex) {
    if (permits < 1) {
      throw new IllegalArgumentException(
          "nobody could ever get one of %s permits '%s'".formatted(permits, name));
    }
    this.name = Objects.requireNonNull(name);
    this.mutex = mutex;
    line = new Line<>(mutex);
    all = permits;
    free = permits;
  }

  /// Takes a permit, and waits for it until stopped.
  ///
  /// @return the permit; close it to give it back
  /// @throws StoppedException if the thread is to stop; no permit was taken
  public Permit acquire() {
    Entry.check();
    return acquire(true, null).orElseThrow();
  }

  /// Takes a permit if one is free in time.
  ///
  /// @param within how long to wait at most, by the clock of the thread's scope; not negative
  /// @return the permit; empty if none was free in time
  /// @throws StoppedException if the thread is to stop; no permit was taken
  public Optional<Permit> tryAcquire(Duration within) {
    Entry.check(within);
    return acquire(true, within);
  }

  /// Takes a permit if one is free, without waiting or looking at a stop.
  ///
  /// @return the permit; empty if none is free
  public Optional<Permit> tryAcquire() {
    return acquire(false, null);
  }

  private Optional<Permit> acquire(boolean wait, @Nullable Duration within) {
    Line.Place<Permit> mine;
    try (Mutex _ = mutex.enter()) {
      if (free > 0) {
        free--;
        return Optional.of(new Permit(this));
      }
      mine = wait ? line.enter(null) : null;
    }
    return mine != null && mine.await(within) ? Optional.of(mine.item()) : Optional.empty();
  }

  void giveBack() {
    Line.Place<Permit> next;
    try (Mutex _ = mutex.enter()) {
      next = line.give(new Permit(this));
      if (next == null) {
        free++;
      }
    }
    if (next != null) {
      next.wake();
    }
  }

  /// {@return how many are free just now}
  public int available() {
    try (Mutex _ = mutex.enter()) {
      return free;
    }
  }

  /// {@return the name, and how many are free and who waits just now}
  @Override
  public String toString() {
    try (Mutex _ = mutex.enter()) {
      return "permits '%s': %s of %s free, %s waiting".formatted(name, free, all, line.length());
    }
  }
}
