// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.StopReason;
import java.util.Optional;

/// What the process that started this one has handed down.
///
/// Its deadline needs no call: every scope that lies in no other has it, see
/// [dev.curfew.Deadline#VARIABLE]. Why it wants this process to end cannot be known when that
/// starts, and a signal carries nothing; so `CURFEW_REASON` names a file, which is there from the
/// moment the TERM is sent.
///
/// ```java
/// Runtime.getRuntime().addShutdownHook(new Thread(() ->
///     app.stop(ParentProcess.stopReason().orElseGet(() -> StopReason.shutdown("SIGTERM")))));
/// ```
public final class ParentProcess {
  private ParentProcess() {}

  /// {@return why the parent process has asked this one to end, as the stop of a parent; empty if
  /// it has not, was not started by Curfew, or left something that cannot be read}
  ///
  /// Of the reason there its first cause has come along: kind, text and origin. Kinds that name
  /// forks of the other process come as requests.
  public static Optional<StopReason> stopReason() {
    return Optional.ofNullable(System.getenv(Command.REASON_VARIABLE)).flatMap(ReasonFile::read);
  }
}
