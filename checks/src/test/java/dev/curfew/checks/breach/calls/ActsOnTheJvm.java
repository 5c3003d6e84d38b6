// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.calls;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/// Planted: streams, exits, processes and sleeps. Never called.
final class ActsOnTheJvm {

  private ActsOnTheJvm() {}

  @SuppressWarnings("SystemExitOutsideMain") // the breach that a rule must find
  static void exits() {
    System.out.println("out");
    System.err.println("err");
    System.exit(1);
    Runtime.getRuntime().exit(1);
    IntConsumer reference = Runtime.getRuntime()::halt;
    reference.accept(1);
  }

  static void processes() throws IOException {
    Process _ = new ProcessBuilder("true").start();
    Process _ = Runtime.getRuntime().exec(new String[] {"true"});
  }

  static void sleeps() throws InterruptedException {
    Thread.sleep(Duration.ofMillis(1));
    TimeUnit.MILLISECONDS.sleep(1);
  }
}
