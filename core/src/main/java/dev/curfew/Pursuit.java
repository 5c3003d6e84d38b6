// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// Follows the threads that a stop has reached until they have all ended: opens the gate for those
/// that still compute, and wakes again those that swallowed the wake-up and are blocked once more.
///
/// Invariants
///
/// 1. The first look is after about 1 ms, so that a stop of blocked threads never opens the gate;
///    later if the stop is so large that its threads need longer to be woken, sooner if they are
///    few and one of them has computed ever since the stop was asked for.
/// 2. The gate is held while a thread computes at two looks in a row, or at one if they are few:
///    threads of a large stop may still be on their way out at the first. It is held, too, for the
///    first seconds while any thread outside our own waits lives, and released when all have ended.
/// 3. Of woven code, the gates near to where the thread is are opened first, and all only when that
///    was in vain or it has swallowed the stop: the others would lose their compiled code for it.
///    Hatches come before doors, which nobody needs if the thread passes a hatch at once.
/// 4. A thread is interrupted again at most [#AGAIN] times, with doubling pauses, and only when it
///    has none pending and waits outside of this library: the token stays the truth, this only
///    cures a swallowed wake-up.
///
/// Locks: none; one look at a time, on a thread of ours that all pursuits share.
final class Pursuit {

  private static final long GLANCE = 200_000L;
  private static final long AT_HATCH = 100_000L;
  private static final long FIRST_LOOK = 1_000_000L;
  private static final long FIRST_LOOK_EACH = 300L;
  private static final long LAST_PAUSE = 1_000_000_000L;
  private static final long GATE_AFTER = 50_000_000L;
  private static final long GATE_UNTIL = 10_000_000_000L;
  private static final long FIRST_AGAIN = 50_000_000L;
  private static final int AGAIN = 5;
  private static final long LOOKS_AFTER = 10_000_000L;
  private static final int LOOKED_AT = 16;

  /// Of how many classes the woven gates are opened at the first look, and how many times as many
  /// at each look after that, until it would be more than the other; then all.
  private static final int FIRST_CLASSES = 4;

  private static final int MOST_CLASSES = 16;

  /// So few threads have had their turn on a processor after the first pause, if they wanted one.
  private static final int FEW = 2 * Runtime.getRuntime().availableProcessors();

  /// One thread for all looks: many stops at once are no reason for many threads.
  private static final Relay LOOKS = new Relay(Duration.ofSeconds(1));

  private final long began = System.nanoTime();

  private final List<Lease> computing;

  // used once, by the first look
  private final Map<Lease, Collection<Gate>> around = new HashMap<>();

  // one look at a time
  private List<Lease> unseen;
  private final List<Chase> chases = new ArrayList<>();
  private long pause;
  private int turn;
  private final Hold explicit = new Hold(Gate.EXPLICIT);
  private final Map<Gate, Hold> woven = new HashMap<>();

  /// @param reached is kept until the first look, not copied
  Pursuit(List<Lease> reached) {
    unseen = reached;
    pause = Math.max(FIRST_LOOK, FIRST_LOOK_EACH * reached.size());
    computing =
        reached.size() > FEW ? List.of() : reached.stream().filter(Lease::looksBusy).toList();
  }

  /// To be called just before the threads are woken: afterwards nobody knows which of them compute.
  /// Where no thread can be had nobody looks, and the token stays the truth.
  void begin() {
    Waker.runIfPossible(this::beginLooking);
  }

  private void beginLooking() {
    if (computing.isEmpty()) {
      lookAt(began + pause);
    } else {
      LOOKS.add(List.<Runnable>of(this::prepare));
    }
  }

  /// Finds out where they are, and waits here for the glance: to be called back for it would take
  /// two more threads, and as long again.
  private void prepare() {
    Weave weave = Weave.find();
    if (weave != null) {
      computing.forEach(lease -> around.put(lease, weave.around(lease.thread, FIRST_CLASSES)));
    }
    LockSupport.parkNanos(this, began + GLANCE - System.nanoTime());
    glance();
  }

  private void glance() {
    if (computing.stream().anyMatch(Lease::looksBusy)) {
      lookNow();
    } else {
      lookAt(began + pause);
    }
  }

  private void lookAt(long then) {
    int next = ++turn;
    doAt(then, () -> look(next));
  }

  private static void doAt(long then, Runnable work) {
    TimeSource.Alarm _ = TimeSource.system().alarm(then, () -> LOOKS.add(List.of(work)));
  }

  /// Tells whoever follows this thread that a stop was thrown into foreign code: it is to have a
  /// closed gate while it cleans up.
  static void delivered(Lease lease) {
    Pursuit follower = lease.pursuit();
    if (follower != null) {
      LOOKS.add(List.<Runnable>of(follower::lookNow));
    }
  }

  private void lookNow() {
    look(turn);
  }

  /// @param mine is not carried out any more if another look has come before it
  private void look(int mine) {
    if (mine != turn) {
      return;
    }
    chases.removeIf(chase -> !chase.lease.isOpen());
    sortUnseen();
    if (chases.isEmpty() && unseen.isEmpty()) {
      holdGates(List.of());
      return;
    }
    long now = System.nanoTime();
    boolean few = chases.size() <= FEW;
    List<Chase> needGate = new ArrayList<>();
    for (Chase chase : chases) {
      if (chase.needsGate(now - began, few)) {
        needGate.add(chase);
      }
      chase.wakeAgain(now);
    }
    holdGates(needGate);
    keepLooks(now - began);
    pause = Math.min(2 * pause, LAST_PAUSE);
    lookAt(Math.min(now + pause, endOfGrace(needGate, now)));
  }

  /// Threads into which a stop has just been thrown are left in peace by woven checks, and by them
  /// alone: an explicit one is the work of somebody who knows of stops. Woven checks come first:
  /// they are for what nothing else stops.
  private void holdGates(List<Chase> needed) {
    Weave weave = needed.isEmpty() && woven.isEmpty() ? null : Weave.find();
    if (weave != null) {
      holdWoven(weave, needed.stream().filter(Chase::isInPursuit).toList());
    }
    explicit.on(needed.stream().map(Chase::thread).toList());
  }

  /// Gate by gate, as that may take long, and is over for a thread that the first has reached.
  private void holdWoven(Weave weave, List<Chase> needed) {
    Map<Gate, List<Chase>> wanted = new LinkedHashMap<>();
    for (Chase chase : needed) {
      for (Gate gate : needed.size() > FEW ? weave.gates() : chase.widen(weave)) {
        wanted.computeIfAbsent(gate, _ -> new ArrayList<>()).add(chase);
      }
    }
    woven.forEach((gate, hold) -> hold.onlyIf(wanted.containsKey(gate)));
    needed.forEach(Chase::beforeHatches);
    boolean waits = open(wanted, weave::isHatch, Chase::isInPursuit) && needed.size() <= FEW;
    if (waits) {
      LockSupport.parkNanos(this, AT_HATCH); // they are passed every few microseconds, if at all
    }
    boolean _ =
        open(
            wanted,
            gate -> !weave.isHatch(gate),
            chase -> chase.isInPursuit() && !(waits && chase.cameThroughHatch()));
    woven.values().removeIf(hold -> !hold.holds);
  }

  /// @return whether one of them is held now that was not before
  private boolean open(
      Map<Gate, List<Chase>> wanted, Predicate<Gate> which, Predicate<Chase> whom) {
    boolean opened = false;
    for (Map.Entry<Gate, List<Chase>> each : wanted.entrySet()) {
      if (which.test(each.getKey())) {
        Hold hold = woven.computeIfAbsent(each.getKey(), Hold::new);
        boolean before = hold.holds;
        hold.on(each.getValue().stream().filter(whom).map(Chase::thread).toList());
        opened |= hold.holds && !before;
      }
    }
    return opened;
  }

  private static long endOfGrace(List<Chase> needed, long now) {
    return now
        + needed.stream()
            .map(chase -> chase.lease)
            .filter(Lease::isInGrace)
            .mapToLong(Lease::graceLeft)
            .min()
            .orElse(LAST_PAUSE);
  }

  /// Most have ended, or are on their way out of a wait of ours, where nothing is to be done.
  private void sortUnseen() {
    List<Lease> waiting = new ArrayList<>();
    for (Lease lease : unseen) {
      if (lease.isInOwnWait()) {
        waiting.add(lease);
      } else if (lease.isOpen()) {
        Collection<Gate> near = around.getOrDefault(lease, List.of());
        chases.add(new Chase(lease, began + FIRST_AGAIN, near));
        lease.followedBy(this);
      }
    }
    unseen = waiting;
  }

  /// For the verdicts of the report; of a few, since all of a large stop would take too long.
  private void keepLooks(long age) {
    if (age > LOOKS_AFTER) {
      int late = Math.min(LOOKED_AT, chases.size());
      chases.subList(0, late).forEach(chase -> keepLook(chase.lease));
      unseen.subList(0, Math.min(LOOKED_AT - late, unseen.size())).forEach(Pursuit::keepLook);
    }
  }

  private static void keepLook(Lease lease) {
    List<Look> _ = lease.look();
  }

  /// What this pursuit holds of a gate.
  private final class Hold {

    private final Gate gate;
    private boolean holds;

    Hold(Gate gate) {
      this.gate = gate;
    }

    void on(List<Thread> threads) {
      if (!threads.isEmpty()) {
        gate.hold(Pursuit.this, threads);
      } else if (holds) {
        gate.release(Pursuit.this);
      }
      holds = !threads.isEmpty();
    }

    void onlyIf(boolean wanted) {
      if (!wanted) {
        on(List.of());
      }
    }
  }

  private static final class Chase {

    final Lease lease;
    private final Set<Gate> gates = new LinkedHashSet<>();
    private int mostClasses = FIRST_CLASSES;
    private boolean cameSooner;
    private boolean wasBusy;
    private int again;
    private long againAt;

    /// @param near gates of woven code that the thread is in, none if nobody has looked
    Chase(Lease lease, long againAt, Collection<Gate> near) {
      this.lease = lease;
      this.againAt = againAt;
      gates.addAll(near);
    }

    Thread thread() {
      return lease.thread;
    }

    /// Whether it has not ended, and is not to be left in peace, whatever it is in the middle of.
    boolean isInPursuit() {
      return lease.isOpen() && !lease.isInGrace();
    }

    void beforeHatches() {
      cameSooner = lease.cameToCheck();
    }

    /// Whether it has come to its first check since then: it is about to stop, or will be back.
    boolean cameThroughHatch() {
      return !cameSooner && lease.cameToCheck();
    }

    /// {@return what its woven checks are behind: at first those near to where it is, later all}
    ///
    /// To be asked after [#needsGate].
    Collection<Gate> widen(Weave weave) {
      if (lease.wasDelivered() || mostClasses > MOST_CLASSES) {
        return weave.gates();
      }
      if (mostClasses > FIRST_CLASSES || gates.isEmpty()) {
        gates.addAll(weave.around(thread(), mostClasses));
      }
      if (wasBusy) { // one that is blocked would reach no other check either
        mostClasses *= FIRST_CLASSES;
      }
      return gates;
    }

    boolean needsGate(long age, boolean few) {
      boolean busy = lease.looksBusy();
      boolean stays = busy && (wasBusy || few);
      wasBusy = busy;
      boolean lingers = age > GATE_AFTER && age < GATE_UNTIL && !lease.isInOwnWait();
      return stays || lingers;
    }

    void wakeAgain(long now) {
      if (again < AGAIN && now - againAt > 0 && lease.swallowedTheStop()) {
        StopWave.interruptAgain(lease);
        againAt = now + (FIRST_AGAIN << ++again);
      }
    }
  }
}
