// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How a list is run.
///
/// @param jobs how many at a time
/// @param timeout how long one attempt may take
/// @param deadline how long the whole run may take
/// @param grace from asking a job to end until it is killed; not negative
/// @param halt when to give up before the list has ended
/// @param tries how often a failing job is tried in all, at least 1
/// @param tag whether each line of output gets the input in front
/// @param keepOrder whether output comes in the order of the inputs
/// @param journal the file of the journal; empty if nothing is kept beyond the run
/// @param selection which jobs of the list are taken up; `ALL` means a new journal
/// @param settle what is done with processes that a killed runner left behind
/// @param sync whether the journal survives a power loss too
/// @param progress whether standard error tells how far the run is; empty: if it is a terminal
/// @param json whether standard output carries one JSON line per event instead of plain output
/// @param report the file of the report
/// @param job how each job is handled
record RunSettings(
    JobCount jobs,
    Optional<TimeOut> timeout,
    Optional<Duration> deadline,
    Duration grace,
    Halt halt,
    int tries,
    boolean tag,
    boolean keepOrder,
    Optional<Path> journal,
    Selection selection,
    Settle settle,
    boolean sync,
    Optional<Boolean> progress,
    boolean json,
    Optional<Path> report,
    JobSettings job) {

  /// What is done with processes that a killed runner left behind, before their jobs are run again.
  enum Settle {
    /// Asked to end, and killed after the grace.
    KILL,
    /// Waited for.
    WAIT
  }
}
