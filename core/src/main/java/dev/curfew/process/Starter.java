// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.IOException;

/// A way of starting a child.
sealed interface Starter permits SpawnStarter, BuildStarter {
  /// Starts it, or says which program and what is wrong.
  Leader start(Command command) throws IOException;

  /// {@return which way this is, for reports}
  String means();

  /// {@return the best way on this system}
  static Starter here() {
    return Holder.STARTER;
  }

  /// Holds what is prepared once, at the first start.
  final class Holder {
    private static final Starter STARTER = choose();

    private Holder() {}

    private static Starter choose() {
      Libc.Search search = Libc.search();
      Libc libc = search.libc();
      return libc == null ? new BuildStarter(search.why()) : new SpawnStarter(libc);
    }
  }
}
