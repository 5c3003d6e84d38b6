// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Where a woven check is, as the stack tells, and whether a stop may be thrown there.
///
/// The stack is read only while a stop is being delivered, so all this costs nothing before.
///
/// @param where the method and line of the check
/// @param depth how many frames there are from the first of the thread to that of the check
/// @param machinery how many frames lie above that of the check
/// @param isLoop whether the check stands before a jump back, not at the start of a method
/// @param isNever whether a class is being initialised, found or linked
/// @param isShielded whether clean-up or a monitor would be cut short
record Place(
    String where, int depth, int machinery, boolean isLoop, boolean isNever, boolean isShielded) {

  private static final StackWalker WALKER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

  /// Stands between woven code and [Delivery]; defined by the agent.
  private static final String SITE = "java.lang.CurfewSite";

  /// Types of ours whose boundary takes a stop that is thrown inside.
  private static final Set<Class<?>> BOUNDARIES =
      Set.of(Fork.class, Scope.class, Errand.class, Region.class, Shield.class, Detached.class);

  private static final Set<String> FINDS_CLASSES = Set.of("loadClass", "findClass", "defineClass");

  /// {@return the place of the innermost check on the calling thread's stack}
  ///
  /// @param shields whether a frame of woven code is in clean-up or in a monitor
  static Place ofCheck(Predicate<StackFrame> shields) {
    return WALKER.walk(frames -> read(frames, shields));
  }

  private static Place read(Stream<StackFrame> frames, Predicate<StackFrame> shields) {
    int machinery = 0;
    int depth = 0;
    String where = "";
    boolean loop = true;
    boolean never = false;
    boolean shielded = false;
    boolean inside = true;
    for (Iterator<StackFrame> each = frames.iterator(); each.hasNext(); ) {
      StackFrame frame = each.next();
      if (depth == 0 && isMachinery(frame)) {
        machinery++;
        loop &= !(frame.getClassName().equals(SITE) && frame.getMethodName().equals("entry"));
        continue;
      }
      if (depth++ == 0) {
        where = Look.name(frame.toStackTraceElement()) + " at " + line(frame);
      }
      inside &= !BOUNDARIES.contains(frame.getDeclaringClass());
      shielded |= inside && (isClose(frame) || shields.test(frame));
      never |= isInitialiser(frame);
    }
    return new Place(where, depth, machinery, loop, never, shielded);
  }

  private static String line(StackFrame frame) {
    return Look.line(frame.toStackTraceElement());
  }

  private static boolean isMachinery(StackFrame frame) {
    Class<?> type = frame.getDeclaringClass();
    return type == Delivery.class || type == Place.class || type.getName().equals(SITE);
  }

  private static boolean isInitialiser(StackFrame frame) {
    return frame.getMethodName().equals("<clinit>")
        || (ClassLoader.class.isAssignableFrom(frame.getDeclaringClass())
            && FINDS_CLASSES.contains(frame.getMethodName()))
        || frame.getClassName().equals("java.lang.invoke.MethodHandleNatives");
  }

  private static boolean isClose(StackFrame frame) {
    return frame.getMethodName().equals("close")
        && frame.getDescriptor().equals("()V")
        && AutoCloseable.class.isAssignableFrom(frame.getDeclaringClass());
  }
}
