// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;

/// What stands between checkpoints and the look they take when somebody is being stopped.
///
/// While nobody is, the call sites behind the checkpoints point at an empty method, which the JIT
/// removes: the loop around it keeps its shape and stays vectorised. A stop of code that still runs
/// swings them to a real check, and the JVM drops the compiled code that relied on the empty one.
/// That check compares the thread with those that are wanted, which the JIT takes out of loops: all
/// other threads go on as fast. `docs/decisions/0003` has the measurements.
///
/// There is one gate for [Curfew#checkpoint], and code that checkpoints are woven into has others
/// ([Weave]): they swing apart.
///
/// Invariants
///
/// 1. The gate is open while there are holds. If its sites swing, it also stays open for the quiet
///    time after the last one was released.
/// 2. A thread that is in a hold is wanted until that is released, and may be for longer while
///    there are others; but not in a gate without a quiet time, which is open for those in holds
///    alone.
/// 3. In the volatile form `open` alone changes. A gate whose sites swing too often settles on that
///    form, until stops have been rare for long ([GateAccount]).
/// 4. Flags of tokens are set before the gate opens, so a check that passes the open gate sees
///    them.
///
/// Locks: the own mutex. Swinging inside of it waits for the JVM, mostly for some 60 µs, and keeps
/// its carrier meanwhile, as it does while it puts together who is wanted, milliseconds where they
/// are thousands; alarms are set and events told outside.
final class Gate {

  static final long SHORTEST_QUIET = 50_000_000L;
  private static final long LONGEST_QUIET = 5_000_000_000L;
  private static final long CALM = 300_000_000_000L;

  private static final MethodType TYPE = MethodType.methodType(void.class);
  private static final MethodHandle EMPTY = MethodHandles.empty(TYPE);
  private static final MutableCallSite SITE = new MutableCallSite(EMPTY);

  /// The gate of the checkpoints that a program writes itself.
  static final Gate EXPLICIT =
      new Gate(
          "explicit",
          look(),
          new Sites(List.of(SITE)),
          GateForm.ofThisJvm(),
          SHORTEST_QUIET,
          TimeSource.system());

  /// What such a checkpoint calls; constant to the JIT.
  static final MethodHandle CHECK = SITE.dynamicInvoker();

  private final String name;
  private final MethodHandle look;
  private final Hinge hinge;
  private final long shortestQuiet;
  private final TimeSource time;

  private volatile Wanted open = Wanted.NOBODY;
  private volatile GateForm form;
  private final GateForm natural;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final GateAccount account = new GateAccount();
  private final IdentityHashMap<Object, List<Thread>> holds = new IdentityHashMap<>();
  private long quiet;
  private long closeAt;
  private boolean closing;
  private boolean calming;
  private final List<Runnable> rest = new ArrayList<>();

  /// What a gate turns on.
  interface Hinge {

    /// Makes checkpoints do this from now on.
    void point(MethodHandle target);

    /// {@return whether it swings without waiting for the JVM}
    boolean isLight();
  }

  /// Call sites of the same type, which swing together.
  record Sites(List<MutableCallSite> sites) implements Hinge {
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
  /// @param name for events
  /// @param look what a checkpoint does in a thread that is wanted: a method without parameters or
  ///     value
  /// @param shortestQuiet how long it stays open after the last stop at least, in nanoseconds
  Gate(
      String name,
      MethodHandle look,
      Hinge hinge,
      GateForm form,
      long shortestQuiet,
      TimeSource time) {
    this.name = name;
    this.look = look;
    this.hinge = hinge;
    this.form = form;
    natural = form;
    this.shortestQuiet = shortestQuiet;
    quiet = shortestQuiet;
    this.time = time;
    closeAt = time.nanos();
    if (!swings()) {
      hinge.point(IfOpen.CHECK.bindTo(new IfOpen(this, look)));
    }
  }

  private boolean swings() {
    return form.isFree() || hinge.isLight();
  }

  /// Whether checkpoints that do this do nothing.
  static boolean isEmpty(MethodHandle target) {
    return target.equals(EMPTY);
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

  /// {@return whether checks are being made at present}
  boolean isOpen() {
    return !open.isNobody();
  }

  boolean isOpenFor(Thread thread) {
    return open.has(thread);
  }

  /// {@return what it has done since the start of the JVM}
  ///
  /// @param woven what an agent has to say
  StopReport.Checkpoints figures(List<String> woven) {
    return account.figures(form, time.nanos(), woven);
  }

  /// Keeps the gate open for these threads until [#release]; opens it before it returns.
  ///
  /// @param holder who holds it: of one holder the last call counts
  void hold(Object holder, List<Thread> threads) {
    List<Thread> all = List.copyOf(threads);
    change(
        () -> {
          holds.put(holder, all);
          if (isExact() || !open.hasAll(all)) {
            adjust();
          }
        });
  }

  void release(Object holder) {
    change(
        () -> {
          if (holds.remove(holder) != null && swings()) {
            closeAt = time.nanos() + quiet;
          }
          adjust();
        });
  }

  /// Changes something inside, and does outside what comes of it.
  private void change(Runnable inside) {
    List<Runnable> outside;
    try (Mutex _ = mutex.enter()) {
      inside.run();
      outside = List.copyOf(rest);
      rest.clear();
    }
    outside.forEach(Runnable::run);
  }

  /// Alarms come before events: those only tell.
  ///
  /// @param undo if no alarm can be had: the next one who comes by tries again
  private void later(long at, Runnable then, Runnable undo) {
    rest.addFirst(() -> ring(at, then, () -> change(undo)));
  }

  private void ring(long at, Runnable then, Runnable undo) {
    boolean set = false;
    try {
      TimeSource.Alarm _ = time.alarm(at, () -> Waker.runAnyhow(then));
      set = true;
    } finally {
      if (!set) {
        undo.run();
      }
    }
  }

  /// Opens the gate before it returns, for the calling thread, which has just stopped itself, and
  /// for the time that a [Pursuit] needs to hold it.
  void openNow() {
    Object holder = new Object();
    hold(holder, List.of(Thread.currentThread()));
    Runnable over = () -> release(holder);
    ring(time.nanos() + SHORTEST_QUIET, over, over);
  }

  private void adjust() {
    long now = time.nanos();
    if (!fits()) {
      swing(wanted());
    } else if (holds.isEmpty() && isOpen() && closeAt - now <= 0) {
      swing(Wanted.NOBODY);
    } else if (holds.isEmpty() && isOpen() && !closing) {
      closing = true;
      later(closeAt, this::closeIfQuiet, () -> closing = false);
    }
  }

  /// Whether it is open for whom it has to be. To be narrower costs a swing, and is not worth that
  /// where nobody has to be left in peace.
  private boolean fits() {
    return isExact() ? open.isSame(wanted()) : holds.values().stream().allMatch(open::hasAll);
  }

  private boolean isExact() {
    return shortestQuiet == 0;
  }

  private Wanted wanted() {
    return Wanted.of(holds.values().stream().flatMap(List::stream).toList());
  }

  private void closeIfQuiet() {
    change(
        () -> {
          closing = false;
          adjust();
        });
  }

  private void swing(Wanted next) {
    long now = time.nanos();
    boolean opens = !isOpen();
    String change = next.covers(open) ? "widened" : "narrowed";
    open = next;
    long took = swings() ? point(next.isNobody() ? EMPTY : whileOpen(next)) : 0;
    if (next.isNobody()) {
      long wasOpen = account.closed(now);
      long since = Duration.ofNanos(quiet).toMillis();
      tell("closed", () -> "no stop for " + since + " ms", took, wasOpen);
      freeWhenCalm(now + CALM);
    } else if (opens) {
      quiet = account.hasClosedSince(now - 2 * quiet) ? doubled(quiet) : shortestQuiet;
      account.opened(now);
      tell("opened", () -> "wanted: " + next, took, 0);
    } else {
      tell(change, () -> "wanted: " + next, took, 0);
    }
    if (form.isFree() && account.isTooMany(now)) {
      settle();
    }
  }

  /// A busy program is not to swing all the time.
  private static long doubled(long quiet) {
    return Math.min(2 * quiet, LONGEST_QUIET);
  }

  private void settle() {
    form = new GateForm(false, "stops came too often for swinging");
    quiet = shortestQuiet;
    long took = point(IfOpen.CHECK.bindTo(new IfOpen(this, look)));
    long swings = account.swings();
    tell("settled", () -> swings + " swings so far", took, 0);
  }

  private void freeWhenCalm(long at) {
    if (!form.equals(natural) && !calming) {
      calming = true;
      later(at, () -> change(this::freeIfCalm), () -> calming = false);
    }
  }

  private void freeIfCalm() {
    calming = false;
    if (isOpen()) {
      return; // to be asked again when it closes
    }
    long calmAt = account.closedAt() + CALM;
    if (calmAt - time.nanos() > 0) {
      freeWhenCalm(calmAt);
    } else {
      form = natural;
      long took = point(EMPTY);
      tell("freed", () -> "no stop for " + Duration.ofNanos(CALM).toMinutes() + " min", took, 0);
    }
  }

  private MethodHandle whileOpen(Wanted next) {
    if (next.everybody()) {
      return look;
    }
    Wanted.Table many = next.table();
    return many == null
        ? IfWanted.CHECK.bindTo(new IfWanted(next, look))
        : IfAmongMany.CHECK.bindTo(new IfAmongMany(many, look));
  }

  /// {@return how long that took, in nanoseconds}
  private long point(MethodHandle target) {
    long began = System.nanoTime();
    hinge.point(target);
    long took = System.nanoTime() - began;
    account.swung(time.nanos(), took);
    return took;
  }

  /// The recorder's module may be missing.
  private void tell(String change, Supplier<String> cause, long swing, long wasOpen) {
    if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
      rest.add(() -> GateEvent.tell(name, change, cause.get(), swing, wasOpen));
    }
  }

  /// Found once: to look a method up takes longer than all the rest that is done here.
  private static MethodHandle found(Class<? extends Record> form) {
    try {
      return MethodHandles.lookup().findVirtual(form, "check", TYPE);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("every check has a method of that name", e);
    }
  }

  /// The check in the volatile form. A record, as the JIT takes its fields for constants.
  private record IfOpen(Gate gate, MethodHandle look) {
    static final MethodHandle CHECK = found(IfOpen.class);

    @SuppressWarnings({"UnusedMethod", "ReferenceEquality"}) // found by its name; nobody is one
    void check() throws Throwable {
      Wanted wanted = gate.open;
      if (wanted != Wanted.NOBODY && wanted.has(Thread.currentThread())) {
        look.invokeExact();
      }
    }
  }

  /// The check of a gate that has been opened for many: so near to the table, for the JIT goes only
  /// so deep.
  private record IfAmongMany(Wanted.Table table, MethodHandle look) {
    static final MethodHandle CHECK = found(IfAmongMany.class);

    @SuppressWarnings("UnusedMethod") // found by its name
    void check() throws Throwable {
      if (table.has(Thread.currentThread())) {
        look.invokeExact();
      }
    }
  }

  /// The check of a gate that has been opened for few.
  private record IfWanted(Wanted wanted, MethodHandle look) {
    static final MethodHandle CHECK = found(IfWanted.class);

    @SuppressWarnings("UnusedMethod") // found by its name
    void check() throws Throwable {
      if (wanted.has(Thread.currentThread())) {
        look.invokeExact();
      }
    }
  }
}
