// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.management.ManagementFactory;

/// The one call site behind every [Curfew#checkpoint].
///
/// While nobody is stopping it points at an empty method, which the JIT removes: the loop around it
/// keeps its shape and stays vectorised. A stop of code that still runs swings it to the real
/// check, and the JVM drops the compiled code that relied on the empty one. `docs/decisions/0003`
/// has the measurements.
///
/// A loop without instructions of ours keeps its safepoint poll only where the JVM strip-mines
/// counted loops; where it does not, swinging would wait for the loop, so there the site is one
/// volatile read and never swings. `-Ddev.curfew.gate=free` or `volatile` overrides what is found.
///
/// Invariants
///
/// 1. The gate is open while there are holds, and for the quiet time after the last one was
///    released.
/// 2. In the volatile form the target never changes; `open` alone does.
/// 3. Flags of tokens are set before the gate opens, so a check that passes the open gate sees
///    them.
///
/// Locks: the class monitor; swinging under it waits for the JVM, so it is done on our own threads,
/// except where a thread stops itself.
final class Gate {

  private static final String PROPERTY = "dev.curfew.gate";
  private static final long SHORTEST_QUIET = 50_000_000L;
  private static final long LONGEST_QUIET = 5_000_000_000L;

  private static final MethodHandle EMPTY = method("empty");
  private static final MethodHandle LOOK = method("look");
  private static final boolean FREE = choosesFree();
  private static final MutableCallSite SITE =
      new MutableCallSite(FREE ? EMPTY : method("lookIfOpen"));

  /// What a checkpoint calls; constant to the JIT.
  static final MethodHandle CHECK = SITE.dynamicInvoker();

  private static volatile boolean open;

  // guarded by the class monitor
  private static int holds;
  private static long quiet = SHORTEST_QUIET;
  private static long closeAt;
  private static long closedAt;
  private static boolean closing;

  private Gate() {}

  private static MethodHandle method(String name) {
    try {
      return MethodHandles.lookup().findStatic(Gate.class, name, MethodType.methodType(void.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedMethod") // found by its name
  private static void empty() {}

  @SuppressWarnings("UnusedMethod") // found by its name
  private static void lookIfOpen() {
    if (open) {
      look();
    }
  }

  private static void look() {
    Lease lease = Lease.glimpse();
    if (lease != null) {
      lease.node.check();
    }
  }

  /// {@return the form in use: `free` or `volatile`}
  static String form() {
    return FREE ? "free" : "volatile";
  }

  private static boolean choosesFree() {
    String asked = System.getProperty(PROPERTY, "");
    if (!asked.isEmpty()) {
      return asked.equals("free");
    }
    try {
      HotSpotDiagnosticMXBean vm =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return vm != null
          && Boolean.parseBoolean(vm.getVMOption("UseCountedLoopSafepoints").getValue())
          && Long.parseLong(vm.getVMOption("LoopStripMiningIter").getValue()) > 1;
    } catch (LinkageError | IllegalArgumentException e) {
      return false; // another JVM, or one without the management module
    }
  }

  /// Keeps the gate open until [#release]; opens it soon.
  static synchronized void hold() {
    holds++;
    if (!open) {
      Waker.run(Gate::settle);
    }
  }

  static synchronized void release() {
    holds--;
    if (holds == 0) {
      closeAfterQuiet();
    }
  }

  /// Opens the gate before it returns, for a thread that has just stopped itself.
  static synchronized void openNow() {
    if (!open) {
      swing(true);
    }
    if (holds == 0) {
      closeAfterQuiet();
    }
  }

  private static void closeAfterQuiet() {
    closeAt = System.nanoTime() + quiet;
    if (!closing) {
      closing = true;
      TimeSource.Alarm _ = TimeSource.system().alarm(closeAt, () -> Waker.run(Gate::closeIfQuiet));
    }
  }

  private static synchronized void closeIfQuiet() {
    closing = false;
    if (holds == 0 && closeAt - System.nanoTime() > 0) {
      TimeSource.Alarm _ = TimeSource.system().alarm(closeAt, () -> Waker.run(Gate::closeIfQuiet));
      closing = true;
    } else {
      settle();
    }
  }

  private static synchronized void settle() {
    boolean wanted = holds > 0 || closeAt - System.nanoTime() > 0;
    if (wanted != open) {
      swing(wanted);
    }
  }

  /// The quiet time doubles while stops keep coming, so that a busy program does not swing all the
  /// time.
  private static void swing(boolean opens) {
    long now = System.nanoTime();
    if (opens) {
      boolean soon = closedAt != 0 && now - closedAt < 2 * quiet;
      quiet = soon ? Math.min(2 * quiet, LONGEST_QUIET) : SHORTEST_QUIET;
    } else {
      closedAt = now;
    }
    open = opens;
    if (FREE) {
      SITE.setTarget(opens ? LOOK : EMPTY);
      MutableCallSite.syncAll(new MutableCallSite[] {SITE});
    }
  }

  /// {@return whether checks are being made at present, for tests}
  static boolean isOpen() {
    return open;
  }
}
