// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.util.Optional;

/// How long the whole of a run may take.
///
/// @param deadline if that is limited
/// @param began since when it counts, by [System#nanoTime]
record TimeLimit(Optional<Duration> deadline, long began) {

  private static final Duration MOMENT = Duration.ofNanos(1);

  /// {@return how long it may still go on, if that is limited; at least a moment}
  Optional<Duration> left() {
    Duration gone = Duration.ofNanos(System.nanoTime() - began);
    return deadline.map(all -> all.compareTo(gone) > 0 ? all.minus(gone) : MOMENT);
  }

  boolean isOver() {
    return left().filter(MOMENT::equals).isPresent();
  }

  /// {@return the option that says so}
  @Override
  public String toString() {
    return "--deadline" + deadline.map(all -> " " + Amount.text(all)).orElse("");
  }
}
