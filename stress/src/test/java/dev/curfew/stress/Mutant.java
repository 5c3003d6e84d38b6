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
          "    boolean first;\n    try (Mutex _ = mutex.enter()) {\n",
          """
              boolean first;
              if (hasChildren()) {
                above.add(this);
              }
              try (Mutex _ = mutex.enter()) {
          """),
      new Edit(
          "StopNode.java",
          "    if (hasChildren()) { // only now that the reason is set\n      above.add(this);\n    }\n",
          "")),

  /// The same, met by a fork that is begun without a mutex.
  FORKS_BEFORE_REASON(
      "TokenTreeStress.ForkAddedDuringStop",
      new Edit(
          "StopNode.java",
          "    boolean first;\n    try (Mutex _ = mutex.enter()) {\n",
          """
              boolean first;
              if (hasChildren()) {
                above.add(this);
              }
              try (Mutex _ = mutex.enter()) {
          """),
      new Edit(
          "StopNode.java",
          "    if (hasChildren()) { // only now that the reason is set\n      above.add(this);\n    }\n",
          "")),

  /// A fork that is begun without a mutex does not look above.
  FORK_LOOKS_AT_ITSELF_ALONE(
      "TokenTreeStress.ForkAddedDuringStop",
      new Edit(
          "StopNode.java",
          "    Asked stop = above == null ? null : above.asked;\n    if (above != null",
          "    Asked stop = asked;\n    if (above != null")),

  /// A new child looks at its parent's flag before it is linked.
  CHILD_LOOKS_TOO_EARLY(
      "TokenTreeStress.ChildAddedDuringStop",
      new Edit(
          "StopNode.java",
          "    Asked stop;\n    try (Mutex _ = mutex.enter()) {\n",
          "    Asked stop = asked;\n    try (Mutex _ = mutex.enter()) {\n"),
      new Edit(
          "StopNode.java",
          "      children = Children.with(child, children);\n      stop = asked;\n",
          "      children = Children.with(child, children);\n")),

  /// A stop leaves a node alone that another one has marked.
  SECOND_STOP_TURNS_BACK(
      "TokenTreeStress.TwoStops",
      new Edit(
          "StopNode.java",
          "    boolean first = mark(why, stop, above);",
          """
              boolean first = mark(why, stop, above);
              if (!first) {
                return false;
              }\
          """)),

  /// Children are added without the mutex of their parent.
  ADD_WITHOUT_LOCK(
      "TokenTreeStress.NeighboursCome",
      new Edit(
          "StopNode.java",
          "    try (Mutex _ = mutex.enter()) {\n      children = Children",
          "    {\n      children = Children")),

  /// A child that leaves clears its slot once more, when it may be somebody else's.
  CLEARED_TWICE(
      "TokenTreeStress.LeavesAsAnotherComes",
      new Edit(
          "Children.java",
          "    slots.setRelease(slot, null);",
          "    slots.setRelease(slot, null);\n    Thread.yield();\n    slots.setRelease(slot, null);")),

  /// The list of callbacks is made for a node that has just been stopped.
  CALLBACKS_MADE_WITHOUT_LOCK(
      "RegistrationStress.RegisteredDuringStop",
      new Edit(
          "StopNode.java",
          "Callbacks firstCallbacks() {\n    try (Mutex _ = mutex.enter()) {",
          "Callbacks firstCallbacks() {\n    {")),

  /// A new callback looks whether the list was taken before it has the list for itself.
  REGISTER_LOOKS_TOO_EARLY(
      "RegistrationStress.RegisteredDuringStop",
      new Edit(
          "Callbacks.java",
          "    try (Mutex _ = first.enter()) {\n",
          "    if (first.taken) {\n      return false;\n    }\n    try (Mutex _ = first.enter()) {\n"),
      new Edit(
          "Callbacks.java",
          "      if (taken) {\n        return false;\n      }\n      if (timed)",
          "      if (timed)")),

  /// Callbacks unlink themselves without the mutex of their lane.
  UNREGISTER_WITHOUT_LOCK(
      "RegistrationStress.NeighboursClose",
      new Edit(
          "Callbacks.java",
          "registration) {\n      try (Mutex _ = enter()) {\n        if (!taken) {",
          "registration) {\n      {\n        if (!taken) {")),

  /// The same, met by a stop.
  UNREGISTER_WITHOUT_LOCK_DURING_STOP(
      "RegistrationStress.ClosedDuringStop",
      new Edit(
          "Callbacks.java",
          "registration) {\n      try (Mutex _ = enter()) {\n        if (!taken) {",
          "registration) {\n      {\n        if (!taken) {")),

  /// A thread that leaves does not wait for the interrupt that is on its way.
  NO_FENCE(
      "LeaseStress.InterruptAgainstClose",
      new Edit("Lease.java", "if (now != INTERRUPTING) {", "if (now != CLOSED) {")),

  /// Nor for the unblocker.
  NO_FENCE_FOR_UNBLOCKERS(
      "LeaseStress.UnblockerAgainstClose",
      new Edit("Lease.java", "if (now != INTERRUPTING) {", "if (now != CLOSED) {")),

  /// Who enters a lease that counts as running from the start says so once more.
  RUNNING_ONCE_MORE(
      "LeaseStress.InterruptAgainstEnter",
      new Edit(
          "Lease.java",
          "    if (state != PAUSED) { // it is all",
          "    if (state != PAUSED) {\n      STATE.setVolatile(this, RUNNING); // it is all")),

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
      new Edit("Lease.java", "if (!rearm || node.reason() == null) {", "if (!rearm || !due) {")),

  /// The end of a pause says that the thread runs and looks at the flag after that, but the
  /// processor may turn it round. Rare: one round in some ten thousand.
  RESUME_WITHOUT_BARRIER(
      "LeaseStress.StopAgainstResume",
      new Edit(
          "Lease.java",
          "    STATE.setVolatile(this, RUNNING);",
          "    STATE.setRelease(this, RUNNING);")),

  /// A last stay asks for the stop, and closes after that.
  ENDED_TOO_EARLY(
      "LeaseStress.StopAgainstLastClose",
      new Edit(
          "Lease.java",
          "    fence(CLOSED);\n    if (node.reason() != null) {",
          "    boolean asked = node.reason() != null;\n    fence(CLOSED);\n    if (asked) {")),

  /// Forks are counted out in two steps.
  HEADS_IN_TWO_STEPS(
      "ForkGroupStress.ForksEndTogether",
      new Edit(
          "Headcount.java",
          "    words.getAndAdd(ENDED, aside ? ONE_ASIDE : ONE);",
          "    words.set(ENDED, words.get(ENDED) + (aside ? ONE_ASIDE : ONE));")),

  /// Those who are not the opener count their forks without the mutex.
  COUNTED_WITHOUT_LOCK(
      "ForkGroupStress.ForksEndTogether",
      new Edit(
          "ForkGroup.java",
          "      try (Mutex _ = mutex.enter()) {\n        in = heads.raise(aside);",
          "      {\n        in = heads.raise(aside);")),

  /// A fork is counted after the scope was seen open, and not as it is.
  COUNTED_TOO_LATE(
      "ForkGroupStress.ForkAgainstClose",
      new Edit(
          "ForkGroup.java",
          "      try (Mutex _ = mutex.enter()) {\n        in = heads.raise(aside);",
          "      {\n        in = heads.raise(aside);"),
      new Edit(
          "Headcount.java",
          "    return !isClosed() && add(OTHERS, aside);",
          "    boolean open = !isClosed();\n    Thread.yield();\n    return open && add(OTHERS, aside);")),

  /// The last fork wakes who waits, and counts itself out after that.
  WOKEN_TOO_EARLY(
      "ForkGroupStress.AwaitAgainstEnd",
      new Edit("ForkGroup.java", "    heads.lower(", "    allEnd.wake();\n    heads.lower("),
      new Edit(
          "ForkGroup.java",
          "    if (allEnd.isAwaited() && isCalledFor(heads.workLeft())) {\n      allEnd.wake();\n    }\n",
          "")),

  /// Those in a slot are woken, and it is over after that.
  SLOT_OVER_TOO_LATE(
      "FarOffStress.ComesAsAnotherLeaves",
      new Edit(
          "FarOff.java",
          "      over = true;\n      waiting.forEach(LockSupport::unpark);",
          "      waiting.forEach(LockSupport::unpark);\n      over = true;")),

  /// A thread that has waited for the lock of the alarms parks without a look.
  NO_LOOK_AFTER_LOCK(
      "FarOffStress.WokenAtTheLock",
      new Edit("FarOff.java", "!over.getAsBoolean() && !slot.over", "!slot.over")),

  /// The gate is told to open, and the hold is put down after that.
  HELD_TOO_LATE(
      "GateStress.HeldIsOpen",
      new Edit(
          "Gate.java",
          """
                    holds.put(holder, all);
                    if (isExact() || !open.hasAll(all)) {
                      adjust();
                    }
                  });
          """,
          """
                    if (isExact() || !open.hasAll(all)) {
                      adjust();
                    }
                  });
              change(() -> holds.put(holder, all));
          """)),

  /// The gate is closed by what was so a moment ago.
  GATE_CLOSES_IN_TWO_STEPS(
      "GateStress.HeldIsOpen",
      new Edit(
          "Gate.java",
          """
                      closeAt = time.nanos() + quiet;
                    }
                    adjust();
                  });
          """,
          """
                      closeAt = time.nanos() + quiet;
                    }
                  });
              boolean[] closes = new boolean[1];
              change(
                  () ->
                      closes[0] =
                          fits() && holds.isEmpty() && isOpen() && closeAt - time.nanos() <= 0);
              change(
                  () -> {
                    if (closes[0]) {
                      swing(Wanted.NOBODY);
                    } else {
                      adjust();
                    }
                  });
          """)),

  /// A claim reads, and whoever claimed a task writes it down when it ends it.
  CLAIM_IN_TWO_STEPS(
      "PoolStress.RunAgainstStop",
      new Edit(
          "pool/Task.java",
          "    return PLACE.compareAndSet(this, null, NOWHERE);",
          "    return place == null;"),
      new Edit(
          "pool/Task.java",
          "    Outcome<?> before = complete(how, failure);",
          "    place = NOWHERE;\n    Outcome<?> before = complete(how, failure);"),
      new Edit(
          "pool/Promise.java",
          "    throw new AssertionError(this + \" has ended twice\");",
          "    end = how;\n    return null;"),
      new Edit(
          "pool/Task.java",
          "      throw new AssertionError(name() + \" is performed without an errand\");",
          "      return;")),

  /// Those who take from the queue look who is first, and move on after that.
  TAKEN_IN_TWO_STEPS(
      "BacklogStress.TakeTogether",
      new Edit(
          "pool/Backlog.java",
          "} else if (from.counts.compareAndSet(Segment.TAKEN, slot, slot + 1)) {",
          "} else {\n          from.counts.set(Segment.TAKEN, slot + 1);")),

  /// Those who put draw the same number.
  DRAWN_IN_TWO_STEPS(
      "BacklogStress.PutTogether",
      new Edit(
          "pool/Backlog.java",
          "int slot = into.counts.getAndIncrement(Segment.PUT);",
          "int slot = into.counts.get(Segment.PUT);\n"
              + "      into.counts.set(Segment.PUT, slot + 1);")),

  /// Who finds a number drawn and its slot still empty says that nothing waits.
  GIVES_UP_TOO_EARLY(
      "BacklogStress.PutAgainstTake",
      new Edit("pool/Backlog.java", "          pause(looks);\n", "          return null;\n")),

  /// A submitter does not look at the state once more.
  SUBMIT_LOOKS_ONCE(
      "PoolStress.SubmitAgainstStop",
      new Edit(
          "pool/Crew.java",
          "    if (state != State.OPEN && task.claim()) {",
          "    if (state == null && task.claim()) {")),

  /// A user looks whether the resource is retired, and is counted after that.
  USER_COUNTED_TOO_LATE(
      "SharedStress.UseAgainstClose",
      new Edit(
          "Uses.java",
          "    } while (!count.compareAndSet(now, now + 1));",
          "    } while (now < 0);"),
      new Edit(
          "Uses.java",
          "    users.add(use);\n",
          "    users.add(use);\n    count.incrementAndGet();\n")),

  /// Who retires the resource looks for users, and keeps new ones out after that.
  RETIRED_IN_TWO_STEPS(
      "SharedStress.LeaveAgainstRetire",
      new Edit(
          "Uses.java",
          "    if (count.getAndUpdate(now -> now | RETIRED) == 0) {",
          "    int before = count.get();\n    count.addAndGet(RETIRED);\n    if (before == 0) {")),

  /// A user leaves, and looks after that whether it was the last.
  LAST_USER_LOOKS_LATE(
      "SharedStress.UsersLeaveTogether",
      new Edit(
          "Uses.java",
          "    if (count.decrementAndGet() == RETIRED) {",
          "    count.decrementAndGet();\n    if (count.get() == RETIRED) {")),

  /// A receiver that is stopped does not look whether it was given something.
  STOPPED_WITH_AN_ITEM(
      "ChannelStress.ReceiveAgainstStop",
      new Edit(
          "sync/Line.java",
          "if (place.state == State.WAITING) {",
          "if (place.state != State.REFUSED) {")),

  /// Nor does a sender look whether its item was taken.
  STOPPED_WITHOUT_AN_ITEM(
      "ChannelStress.SendAgainstStop",
      new Edit(
          "sync/Line.java",
          "if (place.state == State.WAITING) {",
          "if (place.state != State.REFUSED) {")),

  /// A sender looks whether the channel is closed before it has it for itself.
  SENT_TOO_LATE(
      "ChannelStress.SendAgainstClose",
      new Edit("sync/Exchange.java", "    boolean refused;\n", "    boolean refused = closed;\n"),
      new Edit("sync/Exchange.java", "      refused = closed;\n", "")),

  /// Who comes looks whether a mutex is free, and takes it after that.
  ENTERED_IN_TWO_STEPS(
      "MutexStress.OneAtATime",
      new Edit(
          "mutex/Mutex.java",
          "    if (!TAKEN.compareAndSet(this, 0, 1)) {",
          """
              boolean free = taken == 0;
              if (free) {
                taken = 1;
              } else {"""));

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
