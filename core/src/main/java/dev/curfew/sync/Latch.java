// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.Signal;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/// Holds threads up until something has happened so many times; then it is open for ever.
///
/// ```java
/// Latch loaded = new Latch("tables loaded", tables.size());
/// tables.forEach(table -> scope.fork(table, () -> {
///   load(table);
///   loaded.countDown();
///   return null;
/// }));
/// loaded.await();
/// ```
///
/// **Threads.** Any; all that wait are let go at once. What a thread did before it counted down is
/// seen by those who were let go.
///
/// **Stopping.** A stop, a deadline included, wakes a wait without an interrupt; an interrupt from
/// outside ends it too, and the flag stays set.
///
/// **Cost.** Counting is one compare-and-set.
public final class Latch {

  private final String name;
  private final AtomicInteger left;
  private final Signal opened = new Signal();

  /// Closed, unless the count is zero.
  ///
  /// @param name for people
  /// @param count how many times until it opens; not negative
  public Latch(String name, int count) {
    if (count < 0) {
      throw new IllegalArgumentException("latch '%s' cannot wait for %s".formatted(name, count));
    }
    this.name = Objects.requireNonNull(name);
    left = new AtomicInteger(count);
  }

  /// It has happened once more. Opens the latch when that was the last time; after that, nothing.
  public void countDown() {
    int before = left.getAndUpdate(count -> Math.max(0, count - 1));
    if (before == 1) {
      opened.wakeAll();
    }
  }

  /// Waits until the latch is open, or the thread is stopped.
  ///
  /// @throws StoppedException if the thread is to stop
  public void await() {
    Entry.check();
    opened.await(this::isOpen);
  }

  /// Waits until the latch is open, at most so long.
  ///
  /// @param within how long, by the clock of the thread's scope; not negative
  /// @return whether it is open
  /// @throws StoppedException if the thread is to stop
  public boolean await(Duration within) {
    Entry.check(within);
    return opened.await(within, this::isOpen);
  }

  /// {@return how many times are left until it opens}
  public int count() {
    return left.get();
  }

  private boolean isOpen() {
    return count() == 0;
  }

  /// {@return the name, and how many times are left}
  @Override
  public String toString() {
    int now = count();
    return "latch '%s': %s".formatted(name, now == 0 ? "open" : now + " left");
  }
}
