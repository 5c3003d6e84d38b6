// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// The jobs that have failed and wait for their next try. They hold nothing but their place here:
/// no thread, no slot, no output.
///
/// **Threads.** Any. All times are on the scale of [System#nanoTime].
final class Retries {

  private record Waiting(Turn turn, long due) {}

  // guarded by this
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparing(Waiting::due, (a, b) -> Long.signum(a - b)));

  synchronized void add(Turn turn, long due) {
    waiting.add(new Waiting(turn, due));
  }

  /// {@return the job whose time has come first, null if no time has}
  synchronized @Nullable Turn due(long now) {
    Waiting first = waiting.peek();
    if (first == null || first.due - now > 0) {
      return null;
    }
    waiting.remove();
    return first.turn;
  }

  /// {@return how long until the next one is due, the given time if that is shorter}
  synchronized Duration untilNext(long now, Duration atMost) {
    Waiting first = waiting.peek();
    long nanos = first == null ? Long.MAX_VALUE : Math.max(0, first.due - now);
    return Duration.ofNanos(Math.min(nanos, atMost.toNanos()));
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  /// Removes all, because nothing new is started any more.
  synchronized List<Turn> drain() {
    List<Turn> rest = new ArrayList<>();
    waiting.forEach(one -> rest.add(one.turn));
    waiting.clear();
    return rest;
  }
}
