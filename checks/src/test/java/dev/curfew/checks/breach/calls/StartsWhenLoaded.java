// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.calls;

/// Planted: would start a thread and install a hook by being loaded. Never loaded.
final class StartsWhenLoaded {

  static final Thread STARTED = started();
  static final Runnable LATER = () -> Thread.ofVirtual().unstarted(() -> {}).start();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {}));
  }

  private StartsWhenLoaded() {}

  private static Thread started() {
    Thread thread = new Thread(() -> {});
    thread.start();
    return thread;
  }
}
