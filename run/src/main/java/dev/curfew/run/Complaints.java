// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.time.Duration;

/// What the runner itself has to say, on standard error, each line with its name in front.
///
/// **Threads.** Any. Nobody waits longer than a second for one who does not read.
final class Complaints {

  private static final Voice VOICE =
      new Voice(() -> System.err, Complaints::thread, Duration.ofSeconds(1));

  private Complaints() {}

  /// Says a line; it is written when this returns, if anybody reads.
  static void say(String line) {
    VOICE.say("curfew: " + line);
  }

  /// Says what an exception has to say to people.
  static void say(Throwable problem) {
    String message = problem.getMessage();
    say(message == null ? problem.toString() : message);
  }

  /// The same for one who has more urgent things to do; it comes before what is said later.
  static void sayWithoutWaiting(String line) {
    VOICE.sayWithoutWaiting("curfew: " + line);
  }

  /// It has nothing of the job that whoever complains may be running: neither its output, nor its
  /// thread group, where it would count as left behind.
  private static Thread thread(Runnable body) {
    ThreadGroup top = Thread.currentThread().getThreadGroup();
    while (top != null && top.getParent() != null) {
      top = top.getParent();
    }
    return Thread.ofPlatform()
        .group(top)
        .inheritInheritableThreadLocals(false)
        .daemon()
        .name("curfew-says")
        .unstarted(body);
  }
}
