// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.file.Files;
import java.nio.file.Path;

/// `--weave`: which classes of the jobs get checkpoints, and the agent that puts them in.
///
/// An agent has to be there before the classes are loaded, so it comes with the JVM: `./curfew`
/// starts it for jobs in this JVM, and a JVM of their own is started with it.
///
/// @param patterns as the agent takes them
record Woven(String patterns) {

  /// Where `./curfew` says that the agent is.
  static final String AGENT = "dev.curfew.agent.jar";

  /// The class by which an agent that is there can be known.
  private static final String SITE = "java.lang.CurfewSite";

  /// Looks whether there is an agent in this JVM.
  ///
  /// @throws UserError if there is none
  void checkAgent() {
    try {
      Object _ = Class.forName(SITE, false, null);
    } catch (ClassNotFoundException e) {
      throw new UserError(
          "--weave needs the agent in this JVM: start the runner by ./curfew, or its JVM with"
              + " -javaagent:curfew-agent.jar=include="
              + patterns);
    }
  }

  /// {@return the option that starts a JVM with the agent}
  ///
  /// @throws UserError if nobody has said where the agent is
  String option() {
    String jar = System.getProperty(AGENT, "");
    if (!Files.isRegularFile(Path.of(jar))) {
      throw new UserError(
          "--weave with --isolate needs the agent's jar: start the runner by ./curfew, or its JVM"
              + " with -D"
              + AGENT
              + "=curfew-agent.jar"
              + (jar.isEmpty() ? "" : " (" + jar + " is no file)"));
    }
    return "-javaagent:" + Path.of(jar).toAbsolutePath() + "=include=" + patterns;
  }
}
