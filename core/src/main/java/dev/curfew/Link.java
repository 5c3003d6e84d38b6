// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// Has one tree stopped with another: its flags are set when the stop of the other one returns.
final class Link {

  private Link() {}

  /// {@return takes the link back}
  ///
  /// @param above whose stop is followed
  /// @param below what is stopped with it
  static Registration of(StopToken above, StopNode below) {
    return above.node.link("stop " + below.path(), () -> follow(above, below));
  }

  private static void follow(StopToken above, StopNode below) {
    StopReason why = above.node.reason();
    if (why != null) {
      boolean _ = below.stop(new StopReason.ParentStopped(above.node.path(), why));
    }
  }
}
