// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;

/// One process, told from any later one with the same number.
///
/// @param pid its number
/// @param start when it started: clock ticks since boot on Linux, else milliseconds since 1970
/// @param boot the boot of the machine; empty where that is not known
/// @param space the namespace of its number; empty where there are none
record ProcessMark(long pid, long start, String boot, String space) {

  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path SPACE = Path.of("/proc/self/ns/pid");
  private static final int START_FIELD = 22;

  /// {@return the mark of this JVM}
  static ProcessMark self() {
    return of(ProcessHandle.current().pid());
  }

  /// {@return the mark of a process of this machine; its start is 0 if it has ended}
  static ProcessMark of(long pid) {
    return new ProcessMark(pid, startOf(pid).orElse(0), ownBoot(), ownSpace());
  }

  /// {@return whether this very process is running, as far as can be seen from here}
  boolean isAlive() {
    OptionalLong now = startOf(pid);
    return boot.equals(ownBoot())
        && space.equals(ownSpace())
        && now.isPresent()
        && now.getAsLong() == start;
  }

  /// {@return when the process with this number started, empty if there is none}
  static OptionalLong startOf(long pid) {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    if (!Files.isDirectory(Path.of("/proc/self"))) {
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .flatMap(handle -> handle.info().startInstant())
          .map(Instant::toEpochMilli)
          .map(OptionalLong::of)
          .orElse(OptionalLong.empty());
    }
    try {
      // The name in parentheses may hold spaces and parentheses itself.
      String text = Files.readString(stat, StandardCharsets.ISO_8859_1);
      String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
      boolean zombie = fields[0].equals("Z") || fields[0].equals("X");
      return zombie
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(fields[START_FIELD - 3]));
    } catch (IOException ended) {
      return OptionalLong.empty();
    }
  }

  private static String ownBoot() {
    try {
      return Files.readString(BOOT).strip();
    } catch (IOException unknown) {
      return "";
    }
  }

  private static String ownSpace() {
    try {
      return Files.readSymbolicLink(SPACE).toString();
    } catch (IOException unknown) {
      return "";
    }
  }
}
