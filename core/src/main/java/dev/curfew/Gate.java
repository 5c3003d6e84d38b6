// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What stands between checkpoints and the look they take when somebody is being stopped.
///
/// While nobody is, the call sites behind the checkpoints point at an empty method, which the JIT
/// removes: the loop around it keeps its shape and stays vectorised. A stop of code that still runs
/// swings them to a real check, and the JVM drops the compiled code that relied on the empty one.
/// That check compares the thread with those that are wanted, which the JIT takes out of loops: all
/// other threads pay next to nothing. `docs/decisions/0003` has the measurements.
///
/// There is one gate for [Curfew#checkpoint], and code that checkpoints are woven into has another:
/// the two swing apart.
///
/// Invariants
///
/// 1. The gate is open while there are holds, and for the quiet time after the last one was
///    released.
/// 2. In the volatile form the targets never change; `open` alone does.
/// 3. Flags of tokens are set before the gate opens, so a check that passes the open gate sees
///    them.
/// 4. While it is open it never closes for a thread that it was opened for. It opens for few
///    threads first, and for more than those for all: two swings at most, then one to close.
///
/// Locks: the own monitor; swinging under it waits for the JVM, so it is done on our own threads,
/// except where a thread stops itself.
final class Gate {

  private static final long SHORTEST_QUIET = 50_000_000L;
  private static final long LONGEST_QUIET = 5_000_000_000L;

  private static final MethodType TYPE = MethodType.methodType(void.class);
  private static final MethodHandle EMPTY = MethodHandles.empty(TYPE);
  private static final MutableCallSite SITE = new MutableCallSite(EMPTY);

  /// The gate of the checkpoints that a program writes itself.
  static final Gate EXPLICIT =
      new Gate(look(), List.of(SITE), GateForm.ofThisJvm(), SHORTEST_QUIET, TimeSource.system());

  /// What such a checkpoint calls; constant to the JIT.
  static final MethodHandle CHECK = SITE.dynamicInvoker();

  private final MethodHandle look;
  private final Hinge hinge;
  private final TimeSource time;
  private final GateForm form;
  private final boolean swings;
  private final long shortestQuiet;

  private volatile Wanted open = Wanted.NOBODY;

  // guarded by this
  private Wanted wanted = Wanted.NOBODY;
  private int holds;
  private long quiet;
  private long closeAt;
  private long closedAt;
  private boolean everClosed;
  private boolean closing;

  /// Whether checkpoints that do this do nothing.
  static boolean isEmpty(MethodHandle target) {
    return target.equals(EMPTY);
  }

  /// What a gate turns on.
  interface Hinge {

    /// Makes checkpoints do this from now on.
    void point(MethodHandle target);

    /// {@return whether it swings without waiting for the JVM}
    boolean isLight();
  }

  /// Call sites that swing together.
  private record Sites(List<MutableCallSite> sites) implements Hinge {
    @Override
    public void point(MethodHandle target) {
      sites.forEach(site -> site.setTarget(target));
      MutableCallSite.syncAll(sites.toArray(MutableCallSite[]::new));
    }

    @Override
    public boolean isLight() {
      return false;
    }
  }

  /// A gate that is closed, and that from now on says what checkpoints do. So far they do nothing.
  ///
  /// @param look what a checkpoint does in a thread that is wanted: a method without parameters or
  ///     value
  /// @param shortestQuiet how long it stays open after the last stop at least, in nanoseconds
  Gate(MethodHandle look, Hinge hinge, GateForm form, long shortestQuiet, TimeSource time) {
    this.look = look;
    this.hinge = hinge;
    this.form = form;
    this.time = time;
    this.shortestQuiet = shortestQuiet;
    swings = form.isFree() || hinge.isLight();
    quiet = shortestQuiet;
    closeAt = time.nanos();
    if (!swings) {
      hinge.point(target(new IfOpen(this, look)));
    }
  }

  /// A gate for sites that point at nothing, and that nothing else swings.
  Gate(
      MethodHandle look,
      List<MutableCallSite> sites,
      GateForm form,
      long shortestQuiet,
      TimeSource time) {
    this(look, new Sites(sites), form, shortestQuiet, time);
  }

  private static MethodHandle look() {
    try {
      return MethodHandles.lookup().findStatic(Gate.class, "lookHere", TYPE);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedMethod") // found by its name
  private static void lookHere() {
    Lease lease = Lease.glimpse();
    if (lease != null) {
      lease.node.check();
    }
  }

  /// {@return the form in use, and why}
  GateForm form() {
    return form;
  }

  /// Keeps the gate open for these threads, or for all, until [#release]; opens it soon.
  synchronized void hold(List<Thread> threads) {
    holds++;
    if (!covers(threads)) {
      Waker.run(this::settle);
    }
  }

  synchronized void release() {
    holds--;
    if (holds == 0) {
      closeAfterQuiet();
    }
  }

  /// Opens the gate before it returns, for the calling thread, which has just stopped itself.
  synchronized void openNow() {
    closeAt = time.nanos() + quiet;
    if (!covers(List.of(Thread.currentThread()))) {
      settle();
    }
    if (holds == 0) {
      closeAfterQuiet();
    }
  }

  /// {@return whether the gate is open for all of these; if not, it is to settle}
  private boolean covers(List<Thread> threads) {
    Wanted more = wanted.and(threads);
    boolean again = isOpen() && swings && !more.equals(wanted);
    wanted = again ? Wanted.EVERYBODY : more;
    return wanted.equals(open);
  }

  private void closeAfterQuiet() {
    closeAt = time.nanos() + quiet;
    if (!closing) {
      closing = true;
      TimeSource.Alarm _ = time.alarm(closeAt, () -> Waker.run(this::closeIfQuiet));
    }
  }

  private synchronized void closeIfQuiet() {
    closing = false;
    if (holds == 0 && closeAt - time.nanos() > 0) {
      closing = true;
      TimeSource.Alarm _ = time.alarm(closeAt, () -> Waker.run(this::closeIfQuiet));
    } else {
      settle();
    }
  }

  private synchronized void settle() {
    boolean stays = holds > 0 || closeAt - time.nanos() > 0;
    wanted = stays ? wanted : Wanted.NOBODY;
    if (!wanted.equals(open)) {
      swing(wanted);
    }
  }

  /// The quiet time doubles while stops keep coming, so that a busy program does not swing all the
  /// time.
  private void swing(Wanted next) {
    long now = time.nanos();
    if (next.isNobody()) {
      closedAt = now;
      everClosed = true;
    } else if (!isOpen()) {
      boolean soon = everClosed && now - closedAt < 2 * quiet;
      quiet = soon ? Math.min(2 * quiet, LONGEST_QUIET) : shortestQuiet;
    }
    open = next;
    if (swings) {
      hinge.point(
          next.isNobody() ? EMPTY : next.everybody() ? look : target(new IfWanted(next, look)));
    }
  }

  /// {@return whether checks are being made at present}
  boolean isOpen() {
    return !open.isNobody();
  }

  private static MethodHandle target(Record check) {
    try {
      return MethodHandles.lookup().bind(check, "check", TYPE);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("every check has a method of that name", e);
    }
  }

  /// The check in the volatile form. A record, as the JIT takes its fields for constants.
  private record IfOpen(Gate gate, MethodHandle look) {
    @SuppressWarnings({"UnusedMethod", "ReferenceEquality"}) // found by its name; nobody is one
    void check() throws Throwable {
      Wanted wanted = gate.open;
      if (wanted != Wanted.NOBODY && wanted.has(Thread.currentThread())) {
        look.invokeExact();
      }
    }
  }

  /// The check of a gate that has been opened for some.
  private record IfWanted(Wanted wanted, MethodHandle look) {
    @SuppressWarnings("UnusedMethod") // found by its name
    void check() throws Throwable {
      if (wanted.has(Thread.currentThread())) {
        look.invokeExact();
      }
    }
  }

  /// The threads that are to look when they come to a checkpoint, few of them or all.
  record Wanted(
      boolean everybody,
      @Nullable Thread first,
      @Nullable Thread second,
      @Nullable Thread third,
      @Nullable Thread fourth) {

    static final Wanted NOBODY = new Wanted(false, null, null, null, null);
    static final Wanted EVERYBODY = new Wanted(true, null, null, null, null);

    boolean isNobody() {
      return first == null && !everybody;
    }

    @SuppressWarnings("ReferenceEquality") // what a thread is equal to
    boolean has(Thread thread) {
      return everybody
          || thread == first
          || thread == second
          || thread == third
          || thread == fourth;
    }

    Wanted and(List<Thread> threads) {
      Wanted all = this;
      for (Thread each : threads) {
        all = all.has(each) ? all : all.and(each);
      }
      return all;
    }

    private Wanted and(Thread more) {
      if (first == null) {
        return new Wanted(false, more, null, null, null);
      }
      if (second == null) {
        return new Wanted(false, first, more, null, null);
      }
      if (third == null) {
        return new Wanted(false, first, second, more, null);
      }
      return fourth == null ? new Wanted(false, first, second, third, more) : EVERYBODY;
    }
  }
}
