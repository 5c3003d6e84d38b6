// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One look at a thread: its state and stack, and what they say about where it is.
///
/// A stack is read from the inside: calls of the JDK, then code of the user, with frames of this
/// library in between.
///
/// @param stack innermost first
/// @param cpuNanos the processor time the thread has used, -1 if nobody knows
/// @param atNanos when, by [System#nanoTime]
/// @param unwoken whether this look or one before found the interrupt gone that it was sent
record Look(
    Thread.State state,
    List<StackTraceElement> stack,
    long cpuNanos,
    long atNanos,
    boolean unwoken) {

  private static final String ROOT = "dev.curfew.";

  /// Types of the root package that run code of a user, or wait for it.
  private static final Set<String> OURS =
      Set.of(
          "Boundary",
          "Closing",
          "Curfew",
          "Detached",
          "Errand",
          "FarOff",
          "Fork",
          "ForkGroup",
          "Gathering",
          "Periodic",
          "Region",
          "Releasing",
          "Scope",
          "Shared",
          "Shield",
          "Signal",
          "Stay",
          "SystemTime",
          "TimeSource",
          "Uses",
          "Wait");

  /// How many are kept of one thread.
  private static final int KEPT = 3;

  /// Looks that are closer together tell nothing new.
  private static final long APART = 5_000_000L;

  /// {@return the last few looks with one more, which takes the place of one that was too close to
  /// the one before it}
  static List<Look> after(List<Look> before, Thread thread, boolean unwoken) {
    List<Look> all = new ArrayList<>(before);
    int last = all.size() - 1;
    if (last > 0 && all.get(last).atNanos - all.get(last - 1).atNanos < APART) {
      all.removeLast();
    }
    all.add(at(thread, unwoken));
    return List.copyOf(all.subList(Math.max(0, all.size() - KEPT), all.size()));
  }

  private static Look at(Thread thread, boolean unwoken) {
    List<StackTraceElement> stack = List.of(thread.getStackTrace());
    return new Look(thread.getState(), stack, cpu(thread), System.nanoTime(), unwoken);
  }

  private static long cpu(Thread thread) {
    if (thread.isVirtual()) {
      return -1;
    }
    try {
      return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId());
    } catch (LinkageError | UnsupportedOperationException e) {
      return -1; // another JVM, or one without the management module
    }
  }

  boolean isRunnable() {
    return state == Thread.State.RUNNABLE;
  }

  /// Whether the innermost steps are those of a virtual thread that is parked.
  boolean isParked() {
    return stack.stream()
        .limit(3)
        .anyMatch(
            frame ->
                frame.getClassName().equals("java.lang.VirtualThread")
                    && frame.getMethodName().startsWith("park"));
  }

  /// {@return the native method it is in, null if there is none}
  @Nullable StackTraceElement inNative() {
    return !stack.isEmpty() && stack.getFirst().isNativeMethod() && isRunnable()
        ? stack.getFirst()
        : null;
  }

  /// Whether it is inside of one of our own types.
  boolean isIn(String ours) {
    return stack.stream().anyMatch(frame -> isOf(frame, ours));
  }

  /// {@return the call it is in that no interrupt ends}
  Optional<Blockers.Blocker> blocker() {
    return Blockers.in(stack.stream().takeWhile(Look::isOfJdk).toList());
  }

  /// {@return the innermost code of the user that has lines}
  @Nullable StackTraceElement user() {
    return stack.stream()
        .filter(frame -> isOfUser(frame) && !frame.isNativeMethod())
        .findFirst()
        .orElse(null);
  }

  /// Whether it is inside of this method.
  boolean isInMethod(StackTraceElement method) {
    return stack.stream().anyMatch(frame -> name(frame).equals(name(method)));
  }

  /// Whether both looks have found it at the same place.
  boolean isWhere(Look other) {
    return String.valueOf(user()).equals(String.valueOf(other.user()))
        && String.valueOf(inNative()).equals(String.valueOf(other.inNative()))
        && blocker().equals(other.blocker());
  }

  /// {@return the call it is in, and the line of the user's that made it}
  String place() {
    StackTraceElement call = stack.stream().filter(Look::isTelling).findFirst().orElse(null);
    return at(call == null || isOfUser(call) ? "" : name(call));
  }

  /// {@return a call, and the line of the user's that made it}
  String at(String call) {
    StackTraceElement line = user();
    String where = line == null ? "" : line(line);
    return call.isEmpty() || where.isEmpty() ? call + where : call + " at " + where;
  }

  static String line(StackTraceElement frame) {
    String file = frame.getFileName();
    return (file == null ? frame.getClassName() : file) + ":" + frame.getLineNumber();
  }

  static String name(StackTraceElement frame) {
    String type = frame.getClassName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethodName();
  }

  static boolean isOfUser(StackTraceElement frame) {
    String type = frame.getClassName();
    boolean ofOurParts = type.startsWith(ROOT) && type.indexOf('.', ROOT.length()) > 0;
    return !isOfJdk(frame) && !ofOurParts && OURS.stream().noneMatch(each -> isOf(frame, each));
  }

  private static boolean isOfJdk(StackTraceElement frame) {
    String type = frame.getClassName();
    return type.startsWith("java.") || type.startsWith("jdk.") || type.startsWith("sun.");
  }

  private static boolean isOf(StackTraceElement frame, String ours) {
    String type = frame.getClassName();
    String name = ROOT + ours;
    return type.equals(name) || type.startsWith(name + "$");
  }

  /// The steps of parking say nothing.
  private static boolean isTelling(StackTraceElement frame) {
    String type = frame.getClassName();
    return !type.startsWith("jdk.internal.")
        && !type.startsWith("java.lang.VirtualThread")
        && !type.startsWith("java.lang.System$")
        && !type.startsWith("java.util.concurrent.locks.LockSupport")
        && !type.startsWith("java.util.concurrent.locks.AbstractQueued")
        && !type.startsWith("java.util.concurrent.ForkJoinPool");
  }
}
