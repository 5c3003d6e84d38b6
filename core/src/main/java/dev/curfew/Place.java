// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Where a woven check is, as the stack tells, and whether a stop may be thrown there.
///
/// The stack is read only while a stop is being delivered, so all this costs nothing before.
///
/// @param where the method and line of the check
/// @param steps the frames from that of the check to the first of the thread
/// @param machinery how many frames lie above that of the check
/// @param isLoop whether the check stands before a jump back, not at the start of a method
/// @param isNever whether a class is being initialised, found or linked
/// @param isShielded whether clean-up, a monitor or the JDK's own work would be cut short
record Place(
    String where,
    List<Step> steps,
    int machinery,
    boolean isLoop,
    boolean isNever,
    boolean isShielded) {

  private static final StackWalker WALKER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

  private static final StackWalker EVERYTHING =
      StackWalker.getInstance(Set.of(Option.RETAIN_CLASS_REFERENCE, Option.SHOW_HIDDEN_FRAMES));

  /// Stands between woven code and [Delivery]; defined by the agent.
  private static final String SITE = "java.lang.CurfewSite";

  private static final Set<Class<?>> MACHINERY = Set.of(Delivery.class, Place.class, Gate.class);

  /// Types of ours whose boundary takes a stop that is thrown inside.
  private static final Set<Class<?>> BOUNDARIES =
      Set.of(
          Fork.class,
          Scope.class,
          Errand.class,
          Region.class,
          Shield.class,
          Stay.class,
          Detached.class);

  private static final Module JDK = Object.class.getModule();

  private static final Set<String> FINDS_CLASSES = Set.of("loadClass", "findClass", "defineClass");

  /// One frame. What a method is called with is not asked for, here or anywhere: to tell that, the
  /// JVM would have the program's class loaders load classes.
  ///
  /// @param at where in the method, in bytes of its code
  private record Step(Class<?> type, String method, int at) {

    static Step of(StackFrame frame) {
      return new Step(frame.getDeclaringClass(), frame.getMethodName(), frame.getByteCodeIndex());
    }

    boolean isSameMethod(Step other) {
      return type.equals(other.type) && method.equals(other.method);
    }
  }

  /// {@return how many frames there are from the first of the thread to that of the check}
  int depth() {
    return steps.size();
  }

  /// Whether the frame of this check was there when something was thrown at that other place, so
  /// that what was thrown has been swallowed in it, or in one that it has called. A check that is
  /// the very same says nothing: its loop may have begun anew.
  boolean hasOutlived(Place thrown) {
    int fewer = thrown.depth() - depth();
    return fewer >= 0
        && steps.getFirst().isSameMethod(thrown.steps.get(fewer))
        && !steps.getFirst().equals(thrown.steps.get(fewer))
        && steps.subList(1, depth()).equals(thrown.steps.subList(fewer + 1, thrown.depth()));
  }

  /// {@return the place of the innermost check on the calling thread's stack}
  ///
  /// @param shields whether a frame of woven code is in clean-up or in a monitor
  static Place ofCheck(Predicate<StackFrame> shields) {
    return WALKER.walk(frames -> read(frames, shields));
  }

  /// Classes that are generated may be hidden, and are initialised all the same.
  private static boolean isInHiddenInitialiser() {
    return EVERYTHING.walk(
        frames ->
            frames.anyMatch(frame -> frame.getDeclaringClass().isHidden() && isInitialiser(frame)));
  }

  private static Place read(Stream<StackFrame> frames, Predicate<StackFrame> shields) {
    int machinery = 0;
    List<Step> steps = new ArrayList<>();
    String where = "";
    boolean loop = true;
    boolean never = false;
    boolean shielded = false;
    boolean inside = true;
    boolean ofTheJdk = true;
    for (Iterator<StackFrame> each = frames.iterator(); each.hasNext(); ) {
      StackFrame frame = each.next();
      if (steps.isEmpty() && isMachinery(frame)) {
        machinery++;
        loop &= !(frame.getClassName().equals(SITE) && frame.getMethodName().startsWith("entry"));
        continue;
      }
      if (steps.isEmpty()) {
        where = Look.name(frame.toStackTraceElement()) + " at " + line(frame);
      }
      steps.add(Step.of(frame));
      inside &= !BOUNDARIES.contains(frame.getDeclaringClass());
      ofTheJdk &= frame.getDeclaringClass().getModule().equals(JDK);
      shielded |=
          inside && (isClose(frame) || shields.test(frame) || (ofTheJdk && isInternal(frame)));
      never |= isInitialiser(frame);
    }
    return new Place(where, steps, machinery, loop, never || isInHiddenInitialiser(), shielded);
  }

  private static String line(StackFrame frame) {
    return Look.line(frame.toStackTraceElement());
  }

  private static boolean isMachinery(StackFrame frame) {
    Class<?> type = frame.getDeclaringClass();
    return MACHINERY.contains(type.getNestHost()) || type.getName().equals(SITE);
  }

  private static boolean isInitialiser(StackFrame frame) {
    return frame.getMethodName().equals("<clinit>")
        || (ClassLoader.class.isAssignableFrom(frame.getDeclaringClass())
            && FINDS_CLASSES.contains(frame.getMethodName()))
        || frame.getClassName().equals("java.lang.invoke.MethodHandleNatives");
  }

  /// What the JDK does for itself with what is woven of it, such as to look a locale up by regular
  /// expressions, may be half done for ever if it is cut short.
  private static boolean isInternal(StackFrame frame) {
    String type = frame.getClassName();
    return (type.startsWith("sun.") || type.startsWith("jdk.internal."))
        && !type.startsWith("jdk.internal.reflect.");
  }

  private static boolean isClose(StackFrame frame) {
    return frame.getMethodName().equals("close")
        && AutoCloseable.class.isAssignableFrom(frame.getDeclaringClass());
  }
}
