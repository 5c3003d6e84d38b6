// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Measures one attempt, and makes its result.
final class Watch {

  private final Instant begun = Instant.now();
  private final long start = System.nanoTime();

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  Result done() {
    return end(Result.End.DONE, 0, 0, "", List.of());
  }

  Result failed(String note) {
    return end(Result.End.FAILED, -1, 0, note, List.of());
  }

  Result end(Result.End end, int code, int signal, String note, List<String> left) {
    return new Result(end, code, signal, note, begun, took(), left);
  }
}
