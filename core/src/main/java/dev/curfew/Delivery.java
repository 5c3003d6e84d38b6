// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.StackWalker.StackFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// How a stop reaches code that never checks: through the checkpoints an agent has woven into it,
/// in measured doses.
///
/// An explicit checkpoint throws each time, for its author knows of stops. Foreign code does not: a
/// stop that is thrown at every check breaks its clean-up, leaves its locks locked and its classes
/// unusable. So the stop is thrown once, then there is a silent grace for `finally`, `close` and
/// unlocking, and if the code has swallowed it and goes on, it is thrown again where that helps: in
/// the outermost frame that still loops. JShell and Scala's REPL throw at every check instead;
/// `docs/agent.md` compares.
///
/// Invariants
///
/// 1. Nothing is thrown into a class initialiser or what it calls, nor while a class is being
///    found or linked: the class would be dead for the life of the JVM.
/// 2. Nothing is thrown into clean-up or a monitor, as far as the weave knows them, nor into what
///    the JDK does for itself, until they have held the stop back for [#PATIENCE] graces. Below the
///    innermost stay of ours they do not count: its boundary takes what is thrown.
/// 3. After the throws of a round all checks of the thread are silent for one grace, and the gate
///    is closed for it. A stay around the one that was thrown into is silent for a grace, too.
/// 4. From the second throw on it is the outermost frame that was seen looping that gets it. If an
///    outer one swallows it and loops, too, it is thrown there at once: that loop may be so slow
///    that it was not seen before. Each such throw halves what is left of the round, so loops that
///    take turns at swallowing are left in peace as well.
/// 5. Checks that are refused cost the thread at most half of its time, soon a tenth.
/// 6. A check that is passed while another one is looking does nothing: a clock of the user's, say,
///    may be woven too.
///
/// Locks: none; all but [#notes] and [#graceLeft] is for the thread alone.
final class Delivery {

  /// How many graces clean-up and monitors may hold a stop back.
  static final int PATIENCE = 2;

  static final long SHORTEST_GRACE = 50_000_000L;
  static final long LONGEST_GRACE = 400_000_000L;

  /// So many graces fit into the time the stop is given.
  private static final int GRACES = 8;

  private static final long UNBOUNDED = 10_000_000_000L;

  /// How long to watch which frames loop.
  static final long WATCH = 20_000_000L;

  /// How many checks are looked at for an outer loop that has swallowed what was thrown.
  private static final int AFTERMATH = 200;

  /// How many times its cost a refusal keeps a thread from asking again: the first once, the second
  /// twice, and so on up to this. What holds a stop back is mostly over soon.
  private static final int REFUSAL = 10;

  private static final long SHORTEST_REFUSAL = 100_000L;

  private final Lease lease;
  private final TimeSource time;
  private final long grace;

  // own thread
  private boolean looking;
  private long heldBackSince;
  private boolean heldBack;
  private long watchedSince;
  private boolean watching;
  private int refusals;
  private int outermost;
  private @Nullable Place thrown;

  // written by the own thread
  private volatile long silentUntil;
  private volatile boolean silent;
  private volatile long graceUntil;
  private volatile int aftermath;
  private volatile List<Made> made = List.of();
  private volatile @Nullable DeliveredStop last;

  /// One throw.
  ///
  /// @param where the line of code
  /// @param after how long after the stop was asked for
  private record Made(String where, Duration after) {}

  Delivery(Lease lease) {
    this.lease = lease;
    this.time = lease.node.time;
    long asked = lease.node.askedAt();
    long end = lease.node.boundedAbove(new Deadline(time, asked + UNBOUNDED)).atNanos();
    this.grace = Math.clamp((end - asked) / GRACES, SHORTEST_GRACE, LONGEST_GRACE);
  }

  /// What a woven check does while the gate is open for its thread.
  static void atCheck() {
    Lease lease = Lease.glimpse();
    if (lease == null || lease.isPaused()) {
      return;
    }
    StopReason reason = lease.node.reason();
    if (reason != null) {
      lease.delivery().atCheck(reason, Weave.shields());
    }
  }

  /// @param shields whether a frame of woven code is in clean-up or in a monitor
  void atCheck(StopReason reason, Predicate<StackFrame> shields) {
    if (looking) {
      return;
    }
    looking = true;
    try {
      look(reason, shields);
    } finally {
      looking = false;
    }
  }

  private void look(StopReason reason, Predicate<StackFrame> shields) {
    long now = time.nanos();
    if (isSilent(now)) {
      return;
    }
    Place place = Place.ofCheck(shields);
    int left = aftermath;
    if (left > 0) {
      follow(place, reason, now, left - 1);
    } else if (place.isNever() || (place.isShielded() && isHeldBack(now))) {
      refuse(now);
    } else if (made.isEmpty() || isOutermost(place, now)) {
      deliver(place, reason, now, made.isEmpty() ? 0 : AFTERMATH);
    }
  }

  /// Whether checks are silent at this time, and the gate need not be open for this thread.
  boolean isSilent(long now) {
    return silent && now - silentUntil < 0;
  }

  /// Whether the grace after a throw is not over.
  boolean isInGrace() {
    return graceLeft() > 0;
  }

  /// {@return how much of the grace is left, in nanoseconds, not negative}
  long graceLeft() {
    return last == null || aftermath > 0 ? 0 : Math.max(0, graceUntil - time.nanos());
  }

  private void silence(long until) {
    silentUntil = until;
    silent = true;
  }

  private boolean isHeldBack(long now) {
    if (!heldBack) {
      heldBack = true;
      heldBackSince = now;
    }
    return now - heldBackSince < PATIENCE * grace;
  }

  private void refuse(long began) {
    long now = time.nanos();
    refusals = Math.min(REFUSAL, refusals + 1);
    silence(now + Math.max(SHORTEST_REFUSAL, refusals * (now - began)));
  }

  /// Watches for a moment which frames come by, and says yes to the outermost of them when it comes
  /// by again. If it does not, it was left meanwhile: then watches anew.
  private boolean isOutermost(Place place, long now) {
    long watched = now - watchedSince;
    if (!watching || watched > 2 * WATCH + grace) {
      watching = true;
      watchedSince = now;
      outermost = Integer.MAX_VALUE;
      watched = 0;
    }
    if (place.isLoop()) { // an entry is no sign of a loop; but if none is seen, it recurses
      outermost = Math.min(outermost, place.depth());
    }
    return watched >= WATCH && place.depth() <= outermost;
  }

  /// Looks for the loop that has swallowed what was thrown a moment ago.
  private void follow(Place place, StopReason reason, long now, int left) {
    aftermath = left;
    Place before = thrown;
    boolean loops = before != null && place.isLoop() && place.hasOutlived(before);
    if (loops && !place.isNever() && !place.isShielded()) {
      deliver(place, reason, now, left / 2);
    }
    if (left == 0) {
      leaveInPeace(now);
    }
  }

  private void leaveInPeace(long now) {
    thrown = null;
    heldBack = false;
    watching = false;
    graceUntil = now + grace;
    silence(graceUntil);
    Pursuit.delivered(lease);
  }

  /// @param more how many checks are looked at afterwards
  private void deliver(Place place, StopReason reason, long now, int more) {
    List<Made> all = new ArrayList<>(made);
    all.add(new Made(place.where(), Duration.ofNanos(now - lease.node.askedAt())));
    DeliveredStop stop = new DeliveredStop(reason, place.machinery());
    last = stop;
    made = List.copyOf(all);
    lease.markSeen();
    thrown = place;
    aftermath = more;
    if (more == 0) {
      leaveInPeace(now);
    }
    throw stop;
  }

  /// A stop was thrown in a stay inside of this one: what comes now is clean-up here as well.
  void leaveForCleanUp() {
    graceUntil = time.nanos() + grace;
    silence(graceUntil);
  }

  /// {@return what was thrown last, null if nothing was}
  @Nullable DeliveredStop last() {
    return last;
  }

  /// {@return what was delivered where, for the report, a line each}
  ///
  /// @param ended whether the thread has left, so that the last one was not swallowed
  List<String> notes(boolean ended) {
    List<Made> all = made;
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      boolean swallowed = i + 1 < all.size() || (!ended && !isInGrace());
      lines.add(
          String.format(
              Locale.ROOT,
              "stop delivered at %s after %.1f ms%s",
              all.get(i).where,
              all.get(i).after.toNanos() / 1e6,
              swallowed ? ", swallowed" : ""));
    }
    return lines;
  }
}
