// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.layers.agent;

/// Planted: uses a layer that it must not use.
public final class AgentUsesRun {

  /// The use.
  public static final String USES =
      dev.curfew.checks.breach.layers.run.RunUsesObserve.class.getName();

  private AgentUsesRun() {}
}
