// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.layers.sync;

/// Planted: uses a layer that it must not use.
public final class SyncUsesPool {

  /// The use.
  public static final String USES =
      dev.curfew.checks.breach.layers.pool.PoolUsesShutdown.class.getName();

  private SyncUsesPool() {}
}
