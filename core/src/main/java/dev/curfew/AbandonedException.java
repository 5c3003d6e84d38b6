// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Thrown, or attached as a suppressed exception, when forks did not end within the plan of a stop.
///
/// They are in the [Ledger] until they do. The message is the report, with the stack of each.
public final class AbandonedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient StopReport report;

  AbandonedException(StopReport report) {
    super(report.text());
    this.report = report;
  }

  /// {@return how the stop went, with what is stuck where}
  public StopReport report() {
    return report;
  }
}
