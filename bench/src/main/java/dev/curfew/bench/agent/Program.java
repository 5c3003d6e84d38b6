// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

/// A program of others.
public interface Program {

  /// What the agent is to weave for all of them.
  String INCLUDE = "com.sun.tools.javac.**:java.util.regex.**:org.h2.**:org.mozilla.**";

  /// Does a piece of real work, some tenths of a second of it.
  ///
  /// @return whether the result is right
  /// @throws Exception if it fails
  boolean work() throws Exception;

  /// Runs for long, if not for ever.
  ///
  /// @throws Exception if it fails, or is stopped
  void deaf() throws Exception;

  /// {@return the program of that name}
  ///
  /// @param name `javac`, `regex`, `H2` or one of Rhino's two
  /// @throws Exception if it cannot be set up
  static Program of(String name) throws Exception {
    return switch (name) {
      case "javac" -> new Compiling();
      case "regex" -> new Matching();
      case "H2" -> new Querying();
      case "Rhino, interpreted" -> new Scripting(true);
      case "Rhino, compiled" -> new Scripting(false);
      default -> throw new IllegalArgumentException(name);
    };
  }
}
