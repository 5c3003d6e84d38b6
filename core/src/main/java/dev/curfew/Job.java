// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// One unit of a job list written in Java: what `curfew run --java` calls once per input.
///
/// **Stopping.** The job runs inside a fork of its own, so every checkpoint, every Curfew wait and
/// every interruptible JDK call in it ends when the run is stopped. The token is the same request,
/// for code that would rather look at it directly.
///
/// **Threads.** Called on a platform thread; several jobs run at the same time, each on its own
/// instance.
@FunctionalInterface
public interface Job {

  /// Does the work for one input.
  ///
  /// @param input the input, exactly as it was given
  /// @param stop tells whether this job is asked to stop, and why
  /// @throws Exception whatever made the job fail; it is reported, and the job counts as failed
  void run(String input, StopToken stop) throws Exception;
}
