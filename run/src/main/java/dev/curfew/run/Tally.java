// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.EnumMap;
import java.util.Map;

/// How many jobs of this run have ended in which way.
///
/// **Threads.** Any.
final class Tally {

  // guarded by this
  private final Map<Result.End, Long> ends = new EnumMap<>(Result.End.class);

  synchronized void add(Result result) {
    ends.merge(result.end(), 1L, Long::sum);
  }

  synchronized long of(Result.End end) {
    return ends.getOrDefault(end, 0L);
  }

  synchronized long done() {
    return of(Result.End.DONE);
  }

  synchronized long failed() {
    return of(Result.End.FAILED) + of(Result.End.TIMED_OUT);
  }

  synchronized long ended() {
    return ends.values().stream().mapToLong(Long::longValue).sum();
  }
}
