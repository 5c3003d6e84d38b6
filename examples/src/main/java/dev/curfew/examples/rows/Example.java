// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

/// One thing that a program which can be stopped has to do, shown at work.
interface Example {

  /// {@return one line that says what is shown}
  String title();

  /// Does it, and says on the stage what happens as it happens.
  ///
  /// @param stage where it is shown
  /// @return one line that says what was shown, with the figures that were measured
  /// @throws Exception whatever went wrong; then the row is not ok
  String run(Stage stage) throws Exception;
}
