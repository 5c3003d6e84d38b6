// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// The handle that asks for a stop; everybody else gets the [#token].
///
/// A source stands alone: it belongs to no scope and needs no closing. Work that is forked belongs
/// in a [Scope], which has a token of its own.
///
/// **Threads.** Any. The split of source and token is .NET's.
public final class StopSource {

  private final StopNode node;
  private final StopToken token;

  private StopSource(String name) {
    node = StopNode.alone(name);
    token = new StopToken(node);
  }

  /// {@return a new source that nobody has stopped}
  ///
  /// @param name what is to be stopped by it, for reports
  public static StopSource named(String name) {
    return new StopSource(name);
  }

  /// {@return the view of this source for those who may only watch}
  public StopToken token() {
    return token;
  }

  /// Asks for the stop and returns at once. The first reason is kept.
  ///
  /// @param reason why
  /// @return whether this call was the first
  public boolean stop(StopReason reason) {
    return node.stop(reason);
  }

  @Override
  public String toString() {
    return token.toString();
  }
}
