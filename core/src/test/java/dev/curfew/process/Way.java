// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import java.io.IOException;
import java.time.Duration;

/// Both ways of starting a child.
enum Way {
  NATIVE("posix_spawn, each child in a session of its own") {
    @Override
    ChildProcess start(Command command) throws IOException {
      return ChildProcess.start(command);
    }
  },

  BUILT("ProcessBuilder, no session of its own (a test)") {
    @Override
    ChildProcess start(Command command) throws IOException {
      var table = new ProcTable();
      return ChildProcess.start(
          command, new BuildStarter("a test"), table, new HandleKernel(table));
    }
  };

  static final StopPlan SHORT = StopPlan.within(Duration.ofMillis(50));
  static final StopPlan LONG = StopPlan.within(Duration.ofMinutes(1));

  final String means;

  Way(String means) {
    this.means = means;
  }

  abstract ChildProcess start(Command command) throws IOException;

  Fork<Exit> fork(Scope scope, String name, Command command, StopPlan plan) {
    return ChildProcess.fork(scope, name, new Ladder(() -> start(command), plan, Exit::succeeded));
  }
}
