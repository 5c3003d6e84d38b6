// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import java.util.function.UnaryOperator;

/// The kind of thread that a test's forks run on.
enum Kind {
  PLATFORM,
  VIRTUAL;

  /// A body that gets the scope to fork in.
  @FunctionalInterface
  interface Play {
    void in(Scope scope) throws Exception;
  }

  ScopeSettings on(ScopeSettings settings) {
    return this == PLATFORM ? settings.withPlatformThreads() : settings;
  }

  void play(Play play) throws Exception {
    play(settings -> settings, play);
  }

  void play(UnaryOperator<ScopeSettings> change, Play play) throws Exception {
    Object _ =
        Scope.<Object, Exception>run(
            "play",
            settings -> change.apply(on(settings)),
            scope -> {
              play.in(scope);
              return "";
            });
  }
}
