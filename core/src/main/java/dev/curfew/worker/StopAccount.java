// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Scope;
import dev.curfew.StopReport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Puts the report of a worker's stop together: a line for each item that was told, and one for
/// each thread of the worker itself that hangs in the source.
///
/// Locks: none; any thread.
final class StopAccount {

  private final Map<String, ArrayDeque<StopReport.Part>> byPath = new HashMap<>();
  private final List<StopReport.Part> parts = new ArrayList<>();

  private StopAccount() {}

  static <T> StopReport of(
      String path,
      Shift.Stop stop,
      long endNanos,
      List<Item<T>> told,
      @Nullable Scope items,
      @Nullable Scope outer) {
    StopAccount account = new StopAccount();
    partsOf(items).forEach(account::sort);
    told.forEach(account::add);
    String inner = items == null ? path : items.path();
    for (StopReport.Part part : partsOf(outer)) {
      boolean ours = part.path().startsWith(path + "/") && !part.path().startsWith(inner);
      if (ours && part.straggler().isPresent()) {
        account.parts.add(part);
      }
    }
    return new StopReport(
        path,
        stop.reason(),
        stop.asked(),
        stop.within(),
        Duration.ofNanos(Math.max(0, endNanos - stop.askedNanos())),
        account.parts);
  }

  private static List<StopReport.Part> partsOf(@Nullable Scope scope) {
    return Optional.ofNullable(scope)
        .flatMap(Scope::report)
        .map(StopReport::parts)
        .orElse(List.of());
  }

  private void sort(StopReport.Part part) {
    byPath.computeIfAbsent(part.path(), path -> new ArrayDeque<>()).add(part);
  }

  private StopReport.@Nullable Part next(String path) {
    ArrayDeque<StopReport.Part> same = byPath.get(path);
    return same == null ? null : same.poll();
  }

  /// What a handler has seen stands in the line of its scope, where its thread is in that of the
  /// fork.
  private void add(Item<?> item) {
    var fork = item.fork();
    StopReport.Part thread = fork == null ? null : next(fork.path());
    if (fork == null || thread == null) {
      return;
    }
    StopReport.Part handler = next(fork.path() + "/" + Item.HANDLE);
    parts.add(
        new StopReport.Part(
            thread.path(),
            handler == null ? thread.seen() : handler.seen().or(thread::seen),
            thread.ended(),
            item.outcome().map(ItemOutcome::word).orElse(""),
            thread.straggler(),
            handler == null ? thread.notes() : handler.notes()));
  }
}
