// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.util.Optional;

/// Thrown to the caller of an isolated task that gave no answer. A stop or a deadline is not among
/// the reasons: those come as they do everywhere.
///
/// Nothing of the other JVM is in it but text: no class of what was thrown there is loaded here.
public final class IsolatedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final String remoteType;
  private final String details;

  /// What went wrong.
  public enum Kind {
    /// The task threw an exception.
    THREW,
    /// The JVM ended without an answer: by `System.exit`, by a signal, by a crash.
    DIED,
    /// The JVM ended because its heap was full.
    OUT_OF_MEMORY,
    /// The JVM could not be started, or not be given its arguments.
    NOT_STARTED,
    /// The answer was not what the task promises, or too large.
    REFUSED
  }

  IsolatedException(Kind kind, String message, String remoteType, String details) {
    super(message);
    this.kind = kind;
    this.remoteType = remoteType;
    this.details = details;
  }

  /// {@return what went wrong}
  public Kind kind() {
    return kind;
  }

  /// {@return the name of the class of what the task threw; empty if it threw nothing}
  public Optional<String> remoteType() {
    return remoteType.isEmpty() ? Optional.empty() : Optional.of(remoteType);
  }

  /// {@return the stack trace of what the task threw, or else the last 4 KB that the JVM wrote to
  /// its standard error}
  public String details() {
    return details;
  }
}
