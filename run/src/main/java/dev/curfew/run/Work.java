// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Scope;
import java.time.Duration;

/// What is done for each input.
///
/// **Threads.** Several workers call it at the same time.
interface Work {

  /// Makes one attempt.
  ///
  /// **Stopping.** Returns soon after the attempt's scope is stopped, at the latest when the grace
  /// is over, unless what it runs cannot be stopped at all.
  ///
  /// @param item the job
  /// @param attempt the scope of this attempt: stopped with the run, or by its own time-out
  /// @param output takes what the job prints
  /// @return how it went; it throws nothing for what a job does
  Result attempt(Item item, Scope attempt, Spool output);

  /// {@return why this input cannot be given to a job, empty if it can}
  ///
  /// @param input any input
  String problem(Input input);

  /// Ends at once, by force, whatever still runs, without waiting for it.
  void force();

  /// {@return how long an attempt may take beyond the grace, for what forces it}
  Duration margin();

  /// {@return how many jobs may be put down as started before they are; 1 unless they are tiny}
  int claimsAhead();
}
