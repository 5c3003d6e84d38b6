// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.StackWalker.StackFrame;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.util.Arrays;
import java.util.stream.Stream;

/// What a woven check does during a test, on its own thread alone: it calls an action.
///
/// Opens `java.lang.CurfewSite` without an agent; the tests' JVM opens `java.lang` for that.
final class Checks implements AutoCloseable {

  /// What an action throws to stop the code.
  @SuppressWarnings("serial")
  static final class Stop extends Error {
    Stop() {
      super("stop");
    }
  }

  interface Action {
    void run(String site);
  }

  private static final MethodHandle EMPTY = MethodHandles.empty(MethodType.methodType(void.class));

  private final Thread owner = Thread.currentThread();
  private final MutableCallSite[] doors = (MutableCallSite[]) ofSite("DOORS");
  private final MethodHandle[] hatches = (MethodHandle[]) ofSite("HATCHES");
  private final Action action;

  int loops;
  int entries;

  private Checks(Action action) {
    this.action = action;
  }

  static Checks calling(Action action) {
    Checks checks = new Checks(action);
    checks.point(checks.handle());
    return checks;
  }

  static Checks counting() {
    return calling(_ -> {});
  }

  /// Stops the code once it has passed so many.
  static Checks stoppingAfter(int count) {
    int[] left = {count};
    return calling(
        _ -> {
          if (left[0]-- == 0) {
            throw new Stop();
          }
        });
  }

  private MethodHandle handle() {
    try {
      return MethodHandles.lookup()
          .findVirtual(Checks.class, "check", MethodType.methodType(void.class))
          .bindTo(this);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a part of the test is missing", e);
    }
  }

  @SuppressWarnings("UnusedMethod") // found by its name
  private void check() {
    if (!Thread.currentThread().equals(owner)) {
      return;
    }
    if (Site.isLoop(StackWalker.getInstance().walk(Checks::passed))) {
      loops++;
      action.run("loop");
    } else {
      entries++;
      action.run("entry");
    }
  }

  /// {@return the method of the site that woven code has called}
  private static String passed(Stream<StackFrame> frames) {
    return frames
        .filter(frame -> frame.getClassName().equals("java.lang.CurfewSite"))
        .map(StackFrame::getMethodName)
        .findFirst()
        .orElseThrow();
  }

  private void point(MethodHandle target) {
    for (MutableCallSite door : doors) {
      door.setTarget(target);
    }
    Arrays.fill(hatches, target);
  }

  @Override
  public void close() {
    point(EMPTY);
  }

  private static Object ofSite(String field) {
    try {
      return siteClass().getField(field).get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a part of the test is missing", e);
    }
  }

  static synchronized Class<?> siteClass() {
    try {
      return Class.forName("java.lang.CurfewSite", true, null);
    } catch (ClassNotFoundException e) {
      try {
        return MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup())
            .defineClass(Site.classFile());
      } catch (IllegalAccessException denied) {
        throw new AssertionError(denied);
      }
    }
  }
}
