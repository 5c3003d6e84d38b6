// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.layers.pool;

/// Planted: uses a layer that it must not use.
public final class PoolUsesShutdown {

  /// The use.
  public static final String USES =
      dev.curfew.checks.breach.layers.shutdown.ShutdownUsesRun.class.getName();

  private PoolUsesShutdown() {}
}
