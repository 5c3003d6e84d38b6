// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.layers;

/// Planted: uses a layer that it must not use.
public final class RootUsesObserve {

  /// The use.
  public static final String USES =
      dev.curfew.checks.breach.layers.observe.ObserveUsesPool.class.getName();

  private RootUsesObserve() {}
}
