// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

/// A pool of two workers.
public interface Pools extends AutoCloseable {

  /// Runs a task some time, without a handle.
  ///
  /// @param task what to run
  void execute(Runnable task);

  /// Runs a task some time; makes a handle on which one could wait for it.
  ///
  /// @param task what to run
  void submit(Runnable task);

  @Override
  void close();
}
