// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.Optional;

/// A watch-only view of one stop request; whoever holds it can look, but not ask.
///
/// Level-triggered: once stopped, it stays stopped, and every [#check] throws. Get one from a
/// [StopSource], a [Scope], a [Fork] or [Curfew#token].
///
/// **Threads.** Any.
///
/// **Cost.** [#isStopped] and [#check] are one volatile read; no parent is walked, no clock is
/// read.
public final class StopToken {

  final StopNode node;

  StopToken(StopNode node) {
    this.node = node;
  }

  /// {@return whether a stop has been asked for}
  public boolean isStopped() {
    return node.reason() != null;
  }

  /// {@return why, or empty while nobody has asked}
  public Optional<StopReason> reason() {
    return Optional.ofNullable(node.reason());
  }

  /// Throws if a stop has been asked for, every time.
  ///
  /// @throws StoppedException if it has
  public void check() {
    node.check();
  }

  /// Registers something to be called once when the stop is asked for; at once, by the calling
  /// thread, if that has happened already.
  ///
  /// **Threads.** Called by a thread of this library, the last registered first and children before
  /// parents, outside all locks. One that throws goes to its thread's uncaught-exception handler;
  /// one that takes longer than a second is left behind, and is in the [Ledger] by its name until
  /// it ends. Neither keeps the others from being called.
  ///
  /// @param name what it does, for reports
  /// @param callback quick; starts the end of something, does not wait for it
  /// @return takes the registration back; closing it does not wait for a callback that runs
  public Registration onStop(String name, Runnable callback) {
    return node.register(name, callback);
  }

  @Override
  public String toString() {
    StopReason reason = node.reason();
    return node.path() + (reason == null ? ": not stopped" : ": stopped, " + reason.chain());
  }
}
