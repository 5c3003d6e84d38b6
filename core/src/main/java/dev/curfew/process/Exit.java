// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.util.List;

/// How a child process ended.
public sealed interface Exit {

  /// It ended by itself.
  ///
  /// @param code 0 to 255
  record Exited(int code) implements Exit {
    @Override
    public String toString() {
      return "exit code " + code;
    }
  }

  /// A signal ended it.
  ///
  /// @param number as in `kill -l`, 1 to 64
  /// @param name without the prefix: `TERM`, `KILL`
  record Signalled(int number, String name) implements Exit {
    /// The signal with this number, as Linux names it.
    ///
    /// @param number 1 to 64
    public Signalled(int number) {
      this(number, number < NAMES.size() ? NAMES.get(number) : "number " + number);
    }

    @Override
    public String toString() {
      return "ended by signal " + name;
    }

    private static final List<String> NAMES =
        List.of(
            "number 0",
            "HUP",
            "INT",
            "QUIT",
            "ILL",
            "TRAP",
            "ABRT",
            "BUS",
            "FPE",
            "KILL",
            "USR1",
            "SEGV",
            "USR2",
            "PIPE",
            "ALRM",
            "TERM",
            "STKFLT",
            "CHLD",
            "CONT",
            "STOP",
            "TSTP",
            "TTIN",
            "TTOU",
            "URG",
            "XCPU",
            "XFSZ",
            "VTALRM",
            "PROF",
            "WINCH",
            "IO",
            "PWR",
            "SYS");
  }

  /// {@return whether it ended by itself with code 0}
  default boolean succeeded() {
    return equals(new Exited(0));
  }
}
