// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

/// Starts tasks that block, and stops them.
@FunctionalInterface
public interface Stops {

  /// Starts the tasks, waits until all block, asks them to stop, and returns when all are joined.
  ///
  /// @param tasks what to start; told when the stop is asked for
  /// @throws Exception if something else happened
  void stop(Blocked tasks) throws Exception;
}
