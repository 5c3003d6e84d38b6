// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;

/// How long a stop may take, from the request to the account of what did not end.
///
/// The span becomes one absolute deadline when the stop is asked for; a second stop can only bring
/// it forward.
///
/// @param within how long until what still runs is abandoned; not negative
public record StopPlan(Duration within) {

  /// Longer ones are cut to it: a century is for ever, and leave room to calculate.
  private static final Duration LONGEST = Duration.ofDays(365L * 100);

  /// 25 seconds: platforms kill at 30, and the report has to be out by then. The reasoning is
  /// Sidekiq's.
  public static final StopPlan DEFAULT = new StopPlan(Duration.ofSeconds(25));

  /// Checks the span, and cuts it to a century.
  public StopPlan {
    if (within.isNegative()) {
      throw new IllegalArgumentException("a stop cannot end before it began: within " + within);
    }
    within = within.compareTo(LONGEST) > 0 ? LONGEST : within;
  }

  /// {@return a plan that gives up after this span}
  ///
  /// @param within how long until what still runs is abandoned; not negative
  public static StopPlan within(Duration within) {
    return new StopPlan(within);
  }
}
