// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Why a thread did not stop in time, as far as its stack tells, and what to do about it.
///
/// ```
/// blocked where nothing frees it: Socket.read at Loader.java:31 - wrap it in Curfew.blocking(…)
/// ```
///
/// It is a diagnosis, not a proof: it comes from a few looks at the thread while it was late. The
/// run-time verdict on what swallowed a cancellation is what users of Kotlin's coroutines ask for.
///
/// @param kind what kept it
/// @param place the call and the line of code it is in; empty if the stack does not tell
/// @param advice what to change, one line
/// @param looks how many looks at the thread agree
public record Verdict(Kind kind, String place, String advice, int looks) {

  @Override
  public String toString() {
    return kind.words + (place.isEmpty() ? "" : ": " + place) + " - " + advice;
  }

  /// What keeps a thread from stopping.
  public enum Kind {

    /// It computes in changing places, and none of them looks at the token.
    NEVER_CHECKED("never checked"),

    /// It computes in one method that does not look at the token.
    CPU_BOUND("computes without a check"),

    /// It saw the stop or took its interrupt, and goes on.
    SWALLOWED("swallowed the stop and went on"),

    /// It waits for something, and no interrupt ends that wait.
    BLOCKED("blocked where nothing frees it"),

    /// It does clean-up that a stop does not cut short before its budget is over.
    IN_SHIELD("in a shield"),

    /// It is inside of a native method, which the JVM cannot end.
    IN_NATIVE("in native code"),

    /// It waits for its own forks, or for a process: those are late, not it.
    WAITING_FOR_CHILD("waiting for a child"),

    /// It was woken, but gets no turn: other virtual threads hold all carriers.
    STARVED("woken, but gets no turn"),

    /// It has had no time yet to react.
    TOO_SOON("asked only just now");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /// {@return the kind as reports put it}
    public String words() {
      return words;
    }
  }
}
