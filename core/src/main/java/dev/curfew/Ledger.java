// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/// What was abandoned and still lives, in the whole process. An entry vanishes when its work ends.
///
/// A program that cannot stop something has a leak; the ledger makes it one that can be seen and
/// counted.
///
/// **Threads.** Any.
public final class Ledger {

  private static final int FEW = 64;

  private static final Map<Object, Line> LINES = new ConcurrentHashMap<>(); // by whose it is

  /// When it has so many lines, those that have ended unsaid are looked for: seldom, for all lines
  /// are looked at then, and a million forks may be abandoned at once.
  private static volatile int looksAt = FEW;

  private Ledger() {}

  /// {@return what still lives, oldest first}
  public static List<Entry> entries() {
    strikeEnded();
    return LINES.values().stream()
        .map(Line::entry)
        .sorted(Comparator.comparing(Entry::since))
        .toList();
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
    abandon(new Object(), path, thread, reason, lives);
  }

  /// @param whose says by [#strike] when it ends
  static void abandon(
      Object whose, String path, Thread thread, StopReason reason, BooleanSupplier lives) {
    if (LINES.size() >= looksAt) {
      strikeEnded();
      looksAt = Math.max(FEW, 2 * LINES.size());
    }
    LINES.put(whose, new Line(path, thread, reason, Instant.now(), lives));
  }

  /// Lets go of one that has ended.
  static void strike(Object whose) {
    LINES.remove(whose);
  }

  /// Lets go of what has ended.
  static void strikeEnded() {
    LINES.values().removeIf(line -> !line.lives.getAsBoolean());
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
