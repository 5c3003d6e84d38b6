// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The shutdown hooks of this JVM, which it shows only to those it has been opened to.
final class ShutdownHooks {

  static final String OPTION = "--add-opens java.base/java.lang=ALL-UNNAMED";

  private ShutdownHooks() {}

  static boolean visible() {
    return Thread.class.getModule().isOpen("java.lang", ShutdownHooks.class.getModule());
  }

  /// {@return the hooks, without those of the JDK; none if they are not visible}
  static Set<Thread> installed() {
    Set<Thread> installed = new HashSet<>();
    if (visible()) {
      for (Object hook : read()) {
        if (hook instanceof Thread thread && !ofTheJdk(thread)) {
          installed.add(thread);
        }
      }
    }
    return installed;
  }

  private static boolean ofTheJdk(Thread hook) {
    return hook.getClass() != Thread.class
        && hook.getClass().getModule().isNamed()
        && hook.getClass().getName().startsWith("java.");
  }

  private static Set<?> read() {
    try {
      Class<?> holder = Class.forName("java.lang.ApplicationShutdownHooks");
      Field hooks = holder.getDeclaredField("hooks");
      hooks.setAccessible(true);
      synchronized (holder) {
        // Null once the JVM has begun to shut down.
        return hooks.get(null) instanceof Map<?, ?> map ? Set.copyOf(map.keySet()) : Set.of();
      }
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this JDK keeps its shutdown hooks elsewhere; remove " + OPTION, e);
    }
  }
}
