// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Tells from a few looks at a late thread, and from how it took its stop, what keeps it.
///
/// Invariants
///
/// 1. A thread is called blocked only if all looks have found it in the same place; one that moves
///    between them runs.
/// 2. A call that an interrupt ends is never blamed: who waits in one has swallowed the interrupt,
///    or got none.
///
/// Locks: none.
final class Diagnosis {

  private static final List<String> OWN_FORKS = List.of("ForkGroup", "Closing");

  /// Waits for a child process; its thread is named after that.
  private static final String CHILD = "process.Ladder";

  private final Lease lease;
  private final List<Look> looks;
  private final Look now;
  private final boolean still;

  private Diagnosis(Lease lease, List<Look> looks) {
    this.lease = lease;
    this.looks = looks;
    this.now = looks.getLast();
    this.still = looks.stream().allMatch(now::isWhere);
  }

  /// Looks once more, and judges.
  ///
  /// @param asked when the stop was asked for, by [System#nanoTime]
  static StopReport.Straggler straggler(Lease lease, long asked) {
    Diagnosis diagnosis = new Diagnosis(lease, lease.look());
    Look now = diagnosis.now;
    return new StopReport.Straggler(
        lease.thread.getName(),
        now.state(),
        now.stack(),
        Duration.ofNanos(Math.max(0, now.atNanos() - asked)),
        diagnosis.verdict());
  }

  /// {@return what these looks say}
  static Verdict verdict(Lease lease, List<Look> looks) {
    return new Diagnosis(lease, looks).verdict();
  }

  private Verdict verdict() {
    return Stream.of(atTheEdge(), inOurHands(), starved(), blocker(), monitor())
        .flatMap(Optional::stream)
        .findFirst()
        .orElseGet(() -> now.isRunnable() || !still ? running() : waiting());
  }

  private Optional<Verdict> atTheEdge() {
    boolean edge = now.state() == Thread.State.NEW || now.state() == Thread.State.TERMINATED;
    return when(edge, Verdict.Kind.TOO_SOON, "", "it has not begun, or is just ending");
  }

  /// Where a stop is kept from it on purpose.
  private Optional<Verdict> inOurHands() {
    boolean waitsForForks = OWN_FORKS.stream().anyMatch(now::isIn) && now.isIn("Wait");
    return when(
            now.isIn(CHILD),
            Verdict.Kind.WAITING_FOR_CHILD,
            lease.thread.getName(),
            "it has been asked to end, and is killed before the plan is over")
        .or(this::inShield)
        .or(
            () ->
                when(
                    waitsForForks,
                    Verdict.Kind.WAITING_FOR_CHILD,
                    now.place(),
                    "look at the late forks below it"));
  }

  private Optional<Verdict> inShield() {
    return when(
        now.isIn("Shield"),
        Verdict.Kind.IN_SHIELD,
        now.place(),
        "it may use up its budget: make that shorter, or the clean-up quicker");
  }

  private Optional<Verdict> starved() {
    boolean ready = looks.stream().allMatch(look -> look.isRunnable() && look.isParked());
    return when(
        ready && (now.isIn("Wait") ? !lease.hasSeen() : !hasSwallowed()),
        Verdict.Kind.STARVED,
        now.place(),
        "give what computes platform threads: it holds all carriers of virtual ones");
  }

  private Optional<Verdict> blocker() {
    return still
        ? now.blocker().map(call -> verdict(call.kind(), now.at(call.what()), call.advice()))
        : Optional.empty();
  }

  private Optional<Verdict> monitor() {
    boolean always = looks.stream().allMatch(look -> look.state() == Thread.State.BLOCKED);
    return when(
        still && always,
        Verdict.Kind.BLOCKED,
        now.at("entering synchronized"),
        "use a ReentrantLock and lockInterruptibly()");
  }

  private Verdict running() {
    if (hasSwallowed()) {
      return swallowed();
    }
    StackTraceElement inNative = now.inNative();
    if (inNative != null && still) {
      return verdict(
          Verdict.Kind.IN_NATIVE,
          now.at(Look.name(inNative)) + (computes() ? ", computing" : ""),
          "use Curfew.detached, which leaves it behind, or a process, which can be killed");
    }
    StackTraceElement loop = commonMethod();
    StackTraceElement inner = now.user();
    boolean one = loop != null && inner != null && Look.name(loop).equals(Look.name(inner));
    return verdict(
        one && looks.size() > 1 ? Verdict.Kind.CPU_BOUND : Verdict.Kind.NEVER_CHECKED,
        loop == null ? now.place() : Look.name(loop) + " at " + Look.line(loop),
        "call Curfew.checkpoint() in its loop, or weave one in");
  }

  private Verdict waiting() {
    if (now.isIn("Region")) {
      return verdict(
          Verdict.Kind.BLOCKED,
          now.place(),
          "the Unblocking of its Curfew.blocking does not free it: choose another");
    }
    if (hasSwallowed()) {
      return swallowed();
    }
    return lease.isInterruptible()
        ? verdict(Verdict.Kind.TOO_SOON, now.place(), "it is being woken: give the plan longer")
        : verdict(
            Verdict.Kind.BLOCKED,
            now.place(),
            "no interrupt is sent here: use a wait of Curfew, or Curfew.blocking");
  }

  /// Of a stay around another one it is sure only after a while.
  private boolean hasSwallowed() {
    boolean unsure = lease.isPaused() && (looks.size() < 2 || now.isIn("Region"));
    return lease.hasSeen() || (!unsure && looks.stream().anyMatch(Look::unwoken));
  }

  private Verdict swallowed() {
    return verdict(
        Verdict.Kind.SWALLOWED,
        now.place(),
        "let StoppedException and InterruptedException pass; put clean-up into Curfew.shield");
  }

  private boolean computes() {
    Look first = looks.getFirst();
    long cpu = now.cpuNanos() - first.cpuNanos();
    return first.cpuNanos() >= 0 && looks.size() > 1 && 2 * cpu > now.atNanos() - first.atNanos();
  }

  /// {@return the innermost method of the user's that it was in all the time}
  private @Nullable StackTraceElement commonMethod() {
    return now.stack().stream()
        .filter(Look::isOfUser)
        .filter(frame -> looks.stream().allMatch(look -> look.isInMethod(frame)))
        .findFirst()
        .orElse(null);
  }

  private Optional<Verdict> when(boolean so, Verdict.Kind kind, String place, String advice) {
    return so ? Optional.of(verdict(kind, place, advice)) : Optional.empty();
  }

  private Verdict verdict(Verdict.Kind kind, String place, String advice) {
    return new Verdict(kind, place, advice, looks.size());
  }
}
