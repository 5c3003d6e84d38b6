// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.time.Duration;

/// A living process of a tree, as it was when somebody looked.
///
/// @param pid may be given to another process once this one has ended
/// @param startTime tells this process from a later one with the same pid; see
///     [ChildProcess#startTime()]
/// @param command its command line in printable characters, at most about 1,000 of them
/// @param age since its start, as exact as the system tells (Linux: 10 ms)
/// @param marker of the command in whose tree it is
public record Member(long pid, long startTime, String command, Duration age, String marker) {
  @Override
  public String toString() {
    return "%d (%s, %d.%03d s old)".formatted(pid, command, age.toSeconds(), age.toMillisPart());
  }
}
