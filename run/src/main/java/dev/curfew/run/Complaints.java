// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// What the runner itself has to say, on standard error, each line with its name in front.
final class Complaints {

  private Complaints() {}

  static void say(String line) {
    System.err.println("curfew: " + line);
  }

  /// Says what an exception has to say to people.
  static void say(Throwable problem) {
    String message = problem.getMessage();
    say(message == null ? problem.toString() : message);
  }
}
