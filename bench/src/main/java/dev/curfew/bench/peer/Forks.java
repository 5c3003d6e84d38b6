// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer;

/// Forks tasks and joins them.
@FunctionalInterface
public interface Forks {

  /// Runs a task so many times, each as a fork of its own, and returns when all have ended.
  ///
  /// @param n how many forks
  /// @param task what each of them does
  /// @throws Exception if one failed
  void forkAndJoin(int n, Runnable task) throws Exception;
}
