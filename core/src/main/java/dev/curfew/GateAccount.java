// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.List;

/// What a [Gate] has done so far, and whether it does that too often.
///
/// A swing costs code full of checkpoints about a tenth of a second, until it is compiled again. So
/// one in [#EACH] is fine, and a burst of [#BURST] now and then; what comes oftener than that costs
/// more than a volatile read at every checkpoint.
///
/// Locks: the own mutex, a leaf, for what a report reads; all else is guarded by the gate.
final class GateAccount {

  static final long EACH = 2_000_000_000L;
  static final int BURST = 64;

  private final Mutex mutex = new Mutex();

  // written by the gate, under the mutex; read by the gate, or under the mutex
  private long openings;
  private long openNanos;
  private long openedAt;
  private long closings;
  private long closedAt;
  private long swings;
  private long swingNanos;

  // how many nanoseconds it takes until all swings so far are forgotten, and since when
  private long burden;
  private long burdenAt;

  void swung(long now, long took) {
    burden = (swings == 0 ? 0 : burden(now)) + EACH;
    burdenAt = now;
    try (Mutex _ = mutex.enter()) {
      swings++;
      swingNanos += took;
    }
  }

  private long burden(long now) {
    return Math.max(0, burden - (now - burdenAt));
  }

  boolean isTooMany(long now) {
    return burden(now) > BURST * EACH;
  }

  void opened(long now) {
    try (Mutex _ = mutex.enter()) {
      openings++;
      openedAt = now;
    }
  }

  /// {@return for how long it was open}
  long closed(long now) {
    try (Mutex _ = mutex.enter()) {
      openNanos += now - openedAt;
      closings++;
      closedAt = now;
    }
    return now - openedAt;
  }

  boolean hasClosedSince(long then) {
    return closings > 0 && closedAt - then > 0;
  }

  long closedAt() {
    return closedAt;
  }

  long swings() {
    return swings;
  }

  StopReport.Checkpoints figures(GateForm form, long now, List<String> woven) {
    try (Mutex _ = mutex.enter()) {
      long open = openNanos + (openings > closings ? Math.max(0, now - openedAt) : 0);
      return new StopReport.Checkpoints(
          form.word(),
          form.why(),
          openings,
          Duration.ofNanos(open),
          Duration.ofNanos(swingNanos),
          woven);
    }
  }
}
