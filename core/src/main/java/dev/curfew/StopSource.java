// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.ArrayList;
import java.util.List;

/// The handle that asks for a stop; everybody else gets the [#token].
///
/// A source stands alone: it belongs to no scope. Work that is forked belongs in a [Scope], which
/// has a token of its own. Only a source that is linked to tokens needs closing: they know it
/// until then.
///
/// **Threads.** Any. The split of source and token is .NET's.
public final class StopSource implements AutoCloseable {

  private final StopNode node;
  private final StopToken token;
  private final List<Registration> links = new ArrayList<>(0);

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

  /// {@return a new source that is stopped when any of these tokens is, or by itself}
  ///
  /// @param name what is to be stopped by it, for reports
  /// @param tokens the tokens, of whatever trees; the first that is stopped is the reason
  public static StopSource linkedTo(String name, StopToken... tokens) {
    StopSource source = new StopSource(name);
    for (StopToken above : tokens) {
      source.links.add(Link.of(above, source.node));
    }
    return source;
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

  /// Takes back the links: from here on only [#stop] stops it.
  @Override
  public void close() {
    links.forEach(Registration::close);
  }

  @Override
  public String toString() {
    return token.toString();
  }
}
