// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// How one attempt at a job went.
///
/// @param end which of the five ends
/// @param code the exit code, -1 if there is none
/// @param signal the number of the signal that ended its process, 0 if none did
/// @param note what a person has to know, empty if there is nothing
/// @param begun when it was started, by the wall clock
/// @param took how long it ran
/// @param left what of it still lives, one line each
record Result(
    End end, int code, int signal, String note, Instant begun, Duration took, List<String> left) {

  /// How a job ends. Being stopped is no failure, and being late is one.
  enum End {
    DONE,
    FAILED,
    TIMED_OUT,
    STOPPED,
    ABANDONED
  }

  boolean isDone() {
    return end == End.DONE;
  }

  /// {@return whether it counts as a failed attempt}
  boolean isFailure() {
    return end == End.FAILED || end == End.TIMED_OUT;
  }

  /// {@return whether it is to be run again by a later `--resume`}
  boolean isUnfinished() {
    return end == End.STOPPED || end == End.ABANDONED;
  }

  /// {@return one or two words for people}
  String word() {
    return switch (end) {
      case DONE -> "done";
      case FAILED -> "failed";
      case TIMED_OUT -> "timed out";
      case STOPPED -> "stopped";
      case ABANDONED -> "abandoned";
    };
  }
}
