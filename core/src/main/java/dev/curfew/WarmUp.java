// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rehearsal of a stop that [Curfew#warmUp] began, on its way or over.
///
/// It runs once in a JVM, on a thread of this library, with some hundred throw-away virtual threads
/// at a time. It is no scope of the program: no list, report or ledger shows it.
///
/// **Threads.** Any.
public final class WarmUp {

  private static @Nullable WarmUp begun; // guarded by the class monitor

  private final StopNode stage;
  private final Signal over = new Signal();
  private final long began = System.nanoTime();

  private volatile @Nullable Duration took;

  WarmUp(StopNode stage) {
    this.stage = stage;
  }

  /// {@return the one of this JVM, which begins now if it has not}
  static synchronized WarmUp begin() {
    WarmUp known = begun;
    if (known != null) {
      return known;
    }
    WarmUp first = new WarmUp(StopNode.alone("warm-up"));
    Waker.run(first::run);
    begun = first;
    return first;
  }

  private void run() {
    try {
      new Rehearsal(stage).run();
    } finally {
      took = Duration.ofNanos(System.nanoTime() - began);
      over.wakeAll();
    }
  }

  /// Waits until it is over.
  ///
  /// **Stopping.** A stop of the caller's scope ends the wait, as does an interrupt.
  ///
  /// @param within how long at most; not negative
  /// @return whether it is over
  /// @throws StoppedException if the caller is to stop
  public boolean await(Duration within) {
    return over.await(within, () -> took != null);
  }

  /// Ends it early, for a program that is to end before it is warm, and returns at once. What was
  /// rehearsed so far still helps.
  public void stop() {
    boolean _ = stage.stop(StopReason.requested("end of the warm-up"));
  }

  /// {@return how long it took; empty while it is on its way}
  public Optional<Duration> took() {
    return Optional.ofNullable(took);
  }

  @Override
  public String toString() {
    Duration span = took;
    return "warm-up, " + (span == null ? "on its way" : span.toMillis() + " ms");
  }
}
