// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/// What was abandoned and still lives, in the whole process. An entry vanishes when its work ends.
///
/// A program that cannot stop something has a leak; the ledger makes it one that can be seen and
/// counted.
///
/// **Threads.** Any.
public final class Ledger {

  private static final Set<Line> LINES = ConcurrentHashMap.newKeySet();

  private Ledger() {}

  /// {@return what still lives, oldest first}
  public static List<Entry> entries() {
    strikeEnded();
    return LINES.stream().map(Line::entry).sorted(Comparator.comparing(Entry::since)).toList();
  }

  /// Puts down a thread that nobody will wait for, such as one that a job left behind.
  ///
  /// @param path whose work it is
  /// @param thread the thread; its entry vanishes when it ends
  /// @param reason why it had been asked to stop
  public static void abandon(String path, Thread thread, StopReason reason) {
    abandon(path, thread, reason, thread::isAlive);
  }

  static void abandon(String path, Thread thread, StopReason reason, BooleanSupplier lives) {
    strikeEnded();
    LINES.add(new Line(path, thread, reason, Instant.now(), lives));
  }

  /// Lets go of what has ended.
  static void strikeEnded() {
    LINES.removeIf(line -> !line.lives.getAsBoolean());
  }

  /// One abandoned thread.
  ///
  /// @param path whose work it is
  /// @param thread the thread's name
  /// @param reason why it had been asked to stop, effect first
  /// @param since when it was abandoned
  public record Entry(String path, String thread, String reason, Instant since) {}

  private record Line(
      String path, Thread thread, StopReason reason, Instant since, BooleanSupplier lives) {
    Entry entry() {
      return new Entry(path, thread.getName(), reason.chain(), since);
    }
  }
}
