// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.List;

/// What was abandoned and still lives.
public final class Ledger {

  private Ledger() {}

  /// {@return what still lives, oldest first}
  public static List<Entry> entries() {
    return List.of();
  }

  /// One abandoned thread.
  ///
  /// @param path whose work it is
  /// @param thread the thread's name
  public record Entry(String path, String thread) {}
}
