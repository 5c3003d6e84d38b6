// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// What the exit code of the runner says; of those that apply, the first of this order counts:
/// abandoned, stopped, failed, done.
enum ExitCode {
  /// Every job of the journal is done.
  DONE(0),
  /// Some jobs failed.
  FAILED(1),
  /// The command line cannot be carried out; nothing was started.
  USAGE(2),
  /// Stopped or out of time; the rest can be resumed.
  STOPPED(3),
  /// Something could not be stopped and was left behind.
  ABANDONED(4);

  final int code;

  ExitCode(int code) {
    this.code = code;
  }
}
