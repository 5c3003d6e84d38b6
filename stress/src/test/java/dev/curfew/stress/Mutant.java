// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

import java.util.List;

/// The bugs that are planted, each in a machine that must not have it, and who has to find it.
///
/// The one table to look at when a source has changed: an [Edit] whose text is gone fails.
enum Mutant {
  /// The stop looks for children before it sets the flag.
  CHILDREN_BEFORE_REASON(
      "TokenTreeStress.ChildAddedDuringStop",
      new Edit(
          "StopNode.java",
          "    StopWave stop = new StopWave(this, why);",
          "    List<StopNode> early = children();\n    StopWave stop = new StopWave(this, why);"),
      new Edit(
          "StopNode.java",
          "for (StopNode child : above.children())",
          "for (StopNode child : above == this ? early : above.children())")),

  /// A new child looks at its parent's flag before it is linked.
  CHILD_LOOKS_TOO_EARLY(
      "TokenTreeStress.ChildAddedDuringStop",
      new Edit(
          "StopNode.java",
          "    synchronized (this) {\n      child.next = firstChild;",
          "    boolean late = reason != null;\n    synchronized (this) {\n      child.next = firstChild;"),
      new Edit(
          "StopNode.java",
          "      if (reason != null) {\n        child.askedNanos",
          "      if (late) {\n        child.askedNanos")),

  /// A stop leaves a node alone that another one has marked.
  SECOND_STOP_TURNS_BACK(
      "TokenTreeStress.TwoStops",
      new Edit(
          "StopNode.java",
          "    boolean first = mark(why, stop);",
          "    boolean first = mark(why, stop);\n    if (!first) {\n      return false;\n    }")),

  /// Children unlink themselves without the monitor of their parent.
  REMOVE_WITHOUT_LOCK(
      "TokenTreeStress.NeighboursLeave",
      new Edit(
          "StopNode.java",
          "    synchronized (above) {\n      if (previous",
          "    {\n      if (previous")),

  /// A new callback looks at the flag before it is linked.
  REGISTER_LOOKS_TOO_EARLY(
      "RegistrationStress.RegisteredDuringStop",
      new Edit(
          "StopNode.java",
          "    synchronized (this) {\n      if (reason == null) {\n        registration.previous",
          "    boolean early = reason == null;\n    synchronized (this) {\n      if (early) {\n"
              + "        registration.previous")),

  /// Callbacks unlink themselves without the monitor of their node.
  UNREGISTER_WITHOUT_LOCK(
      "RegistrationStress.NeighboursClose",
      new Edit("StopNode.java", "synchronized void unregister(", "void unregister(")),

  /// The same, met by a stop.
  UNREGISTER_WITHOUT_LOCK_DURING_STOP(
      "RegistrationStress.ClosedDuringStop",
      new Edit("StopNode.java", "synchronized void unregister(", "void unregister(")),

  /// A thread that leaves does not wait for the interrupt that is on its way.
  NO_FENCE(
      "LeaseStress.InterruptAgainstClose",
      new Edit("Lease.java", "if (now != INTERRUPTING) {", "if (now != CLOSED) {")),

  /// Nor for the unblocker.
  NO_FENCE_FOR_UNBLOCKERS(
      "LeaseStress.UnblockerAgainstClose",
      new Edit("Lease.java", "if (now != INTERRUPTING) {", "if (now != CLOSED) {")),

  /// The flag is said to be ours, whoever has set it.
  EVERY_FLAG_IS_OURS(
      "LeaseStress.ForeignInterrupt",
      new Edit("Lease.java", "} else if (!thread.isInterrupted()) {", "} else {")),

  /// The end of a pause trusts what its beginning has seen.
  STALE_RESUME(
      "LeaseStress.StopAgainstResume",
      new Edit(
          "Lease.java",
          "  void pause() {\n",
          "  private boolean due;\n\n  void pause() {\n    due = node.reason() != null;\n"),
      new Edit(
          "Lease.java",
          "if (rearm && interruptible && node.reason() != null && acquire(RUNNING)) {",
          "if (rearm && interruptible && due && acquire(RUNNING)) {")),

  /// The end of a pause says that the thread runs and looks at the flag after that, but the
  /// processor may turn it round. Rare: one round in some ten thousand.
  RESUME_WITHOUT_BARRIER(
      "LeaseStress.StopAgainstResume",
      new Edit(
          "Lease.java",
          "    STATE.setVolatile(this, RUNNING);",
          "    STATE.setRelease(this, RUNNING);")),

  /// Forks are counted down without the monitor.
  LIVE_WITHOUT_LOCK(
      "ForkGroupStress.ForksEndTogether",
      new Edit(
          "ForkGroup.java", "    synchronized (this) {\n      live--;", "    {\n      live--;")),

  /// A fork is counted when it is made, and not as the scope is seen open.
  COUNTED_TOO_LATE(
      "ForkGroupStress.ForkAgainstClose",
      new Edit("ForkGroup.java", "    live++;\n    if", "    if"),
      new Edit(
          "ForkGroup.java",
          "      fork.start();",
          "      synchronized (this) {\n        live++;\n      }\n      fork.start();")),

  /// The last fork wakes who waits, and counts itself out after that.
  WOKEN_TOO_EARLY(
      "ForkGroupStress.AwaitAgainstEnd",
      new Edit("ForkGroup.java", "    boolean last;\n", "    allEnd.wake();\n    boolean last;\n"),
      new Edit("ForkGroup.java", "    if (last) {\n      allEnd.wake();\n    }\n", "")),

  /// Holds are counted without the monitor.
  HOLD_WITHOUT_LOCK(
      "GateStress.HeldIsOpen",
      new Edit("Gate.java", "static synchronized void hold()", "static void hold()")),

  /// The gate is swung by what was wanted a moment ago.
  GATE_SETTLES_WITHOUT_LOCK(
      "GateStress.HeldIsOpen",
      new Edit(
          "Gate.java",
          "private static synchronized void settle() {",
          "private static void settle() {"),
      new Edit(
          "Gate.java",
          "private static synchronized void closeIfQuiet() {",
          "private static void closeIfQuiet() {"),
      new Edit(
          "Gate.java",
          "    if (wanted != open) {\n      swing(wanted);\n    }",
          "    synchronized (Gate.class) {\n      if (wanted != open) {\n        swing(wanted);\n"
              + "      }\n    }")),

  /// A claim reads, and whoever claimed a task writes it down when it begins or ends it.
  CLAIM_IN_TWO_STEPS(
      "PoolStress.RunAgainstStop",
      new Edit(
          "pool/Task.java",
          "    return CLAIM.compareAndSet(this, WAITING, CLAIMED);",
          "    return claim == WAITING;"),
      new Edit("pool/Task.java", "    scope = own;\n", "    claim = CLAIMED;\n    scope = own;\n"),
      new Edit(
          "pool/Task.java",
          "    settle(stopped(reason), null);",
          "    claim = CLAIMED;\n    settle(stopped(reason), null);")),

  /// A submitter does not look at the state once more.
  SUBMIT_LOOKS_ONCE(
      "PoolStress.SubmitAgainstStop",
      new Edit(
          "pool/Crew.java",
          "    if (state != State.OPEN && task.claim()) {",
          "    if (state == null && task.claim()) {"));

  private final String test;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of, and edits are records of text
  private final List<Edit> edits;

  Mutant(String test, Edit... edits) {
    this.test = test;
    this.edits = List.of(edits);
  }

  String test() {
    return test;
  }

  List<Edit> edits() {
    return edits;
  }
}
