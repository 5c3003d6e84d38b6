// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How each job of a run is handled.
///
/// @param backoff how long a failed job waits for its next try
/// @param delay the least time between two starts, zero for none
/// @param site where commands run
/// @param results the folder that the jobs' output is kept in
/// @param jobLog the file with a line for each job that has ended
record JobSettings(
    Backoff backoff,
    Duration delay,
    Site site,
    Optional<Path> results,
    Optional<JobLog.Target> jobLog) {}
