// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What the agent has done so far.
///
/// Threads: safe for all; the list of failures has a lock of its own.
final class Tally {

  private static final int FAILURES_KEPT = 20;

  private final LongAdder classes = new LongAdder();
  private final LongAdder checks = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final List<String> kept = new ArrayList<>(); // guarded by itself

  void woven(String className, Woven woven, long nanos) {
    if (woven.bytes() != null) {
      classes.increment();
      checks.add(woven.checks());
    }
    this.nanos.add(nanos);
    woven.failures().forEach(why -> failed(className, why));
  }

  void failed(String className, String why) {
    failures.increment();
    synchronized (kept) {
      if (kept.size() < FAILURES_KEPT) {
        kept.add(className.replace('/', '.') + ": " + why);
      }
    }
  }

  /// {@return the figures, as other parts of the program may read them without knowing this class}
  Map<String, Object> summary(Selection selection, int shieldedMethods) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("include", words(selection.include()));
    summary.put("exclude", words(selection.exclude()));
    summary.put("notes", selection.notes());
    summary.put("classes", classes.sum());
    summary.put("checkpoints", checks.sum());
    summary.put("shielded", (long) shieldedMethods);
    synchronized (kept) {
      summary.put("failed", List.copyOf(kept));
    }
    summary.put("failures", failures.sum());
    summary.put("millis", nanos.sum() / 1_000_000);
    return summary;
  }

  private static List<String> words(List<NamePattern> patterns) {
    return patterns.stream().map(NamePattern::text).toList();
  }
}
