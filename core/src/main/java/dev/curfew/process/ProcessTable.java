// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the system tells about its processes.
sealed interface ProcessTable permits ProcTable, HandleTable {

  /// What tells a process from all others, also from a later one with its pid.
  record Identity(long pid, long start) {}

  /// One process.
  ///
  /// @param group 0 if the system does not tell
  /// @param session 0 if the system does not tell
  /// @param start grows with time; parents are never younger than their children
  /// @param living false for one that has ended and only waits to be reaped
  record Row(long pid, long parent, long group, long session, long start, boolean living) {
    Identity identity() {
      return new Identity(pid, start);
    }
  }

  /// {@return the best table of this system}
  static ProcessTable here() {
    return Files.isReadable(Path.of("/proc/self/stat")) ? new ProcTable() : new HandleTable();
  }

  /// {@return all processes that can be seen, not an atomic picture; null if nothing can be seen
  /// now, as when this program has as many files open as it may}
  @Nullable List<Row> rows();

  /// {@return the process with this pid, or null if there is none}
  @Nullable Row row(long pid);

  /// {@return the markers in the environment it was started with: its own, and those of the trees
  /// around; empty if none can be seen}
  Set<String> markers(long pid);

  /// {@return its command line in printable characters}
  String command(long pid);

  /// {@return the time since its start}
  Duration age(Row row);

  /// {@return whether the system shows environments, so that markers can be searched}
  boolean showsMarkers();
}
