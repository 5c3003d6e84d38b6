// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How a scope is left: its forks end, its resources are released, its thread is unbound, and what
/// its boundary throws is put together.
///
/// Invariants
///
/// 1. Whatever foreign code throws on the way, the thread is unbound and the node unlinked.
/// 2. Resources are released after the forks have ended; if one had to be abandoned, when it has.
/// 3. Nothing is dropped: failures of forks, of releases and the account of stragglers are attached
///    to what is thrown; the account once.
///
/// Locks: none of its own; all but [#report] runs on the thread that opened the scope.
final class Closing {

  private final StopNode node;
  private final ForkGroup group;
  private final Lease lease;
  private final TimeSource.@Nullable Alarm alarm;
  private final Holdings holdings;

  // owner thread only
  private boolean stragglersTold;

  // any thread
  private final Queue<Registration> links = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  Closing(
      StopNode node,
      ForkGroup group,
      Lease lease,
      TimeSource.@Nullable Alarm alarm,
      Duration release) {
    this.node = node;
    this.group = group;
    this.lease = lease;
    this.alarm = alarm;
    this.holdings = new Holdings(node, release);
  }

  Holdings holdings() {
    return holdings;
  }

  /// Takes back a registration with another tree when the scope has ended.
  void keep(Registration link) {
    links.add(link);
    if (over) { // written before the links are closed
      link.close();
    }
  }

  /// Its stragglers are known to whoever got the value of the scope; closing does not throw for
  /// them.
  void toldOfStragglers() {
    stragglersTold = true;
  }

  /// Ends the lambda form.
  ///
  /// @param bodyThrew what the body threw, null if it returned
  /// @return what the boundary throws instead, or null
  @Nullable RuntimeException leave(@Nullable Throwable bodyThrew) {
    Throwable thrown = lease.endedBy(bodyThrew);
    if (thrown != null && node.reason() != null && StopShape.matches(thrown)) {
      node.markSeen();
    }
    RuntimeException leftOpen = null;
    List<Throwable> releases = new ArrayList<>(0);
    try {
      leftOpen = closeInner(lease);
      if (thrown == null) {
        group.awaitForks();
      }
    } finally {
      // Lazily, and there inside of a finally: an exception may be unable to describe itself.
      end(() -> whyItIsLeft(thrown), releases, () -> !throwsStop(thrown));
    }
    RuntimeException verdict = group.boundary().verdict(thrown);
    if (verdict == null && thrown == null) {
      verdict = leftOpen;
    }
    verdict = withFailures(verdict, thrown, releases);
    if (verdict == null && thrown != null && group.hasStragglers()) {
      addStragglers(thrown);
      return null;
    }
    return withStragglers(verdict);
  }

  /// Ends the second form.
  ///
  /// @return what closing throws, or null
  @Nullable RuntimeException close() {
    List<Throwable> releases = new ArrayList<>(0);
    // who closes is looked for only if forks run, for to walk the stack takes longer than all else
    end(
        () -> closed("left before join", StopReason.Origin.here()),
        releases,
        () -> node.reason() == null);
    boolean told = stragglersTold;
    RuntimeException verdict = withFailures(null, null, releases);
    return told ? verdict : withStragglers(verdict);
  }

  /// Whether the boundary is about to throw a stop: what is behind it is clean-up, which an
  /// interrupt would break.
  private boolean throwsStop(@Nullable Throwable thrown) {
    return node.reason() != null
        && (thrown == null ? group.boundary().isCut() : StopShape.matches(thrown));
  }

  /// Ends the scope.
  ///
  /// @param rearm asked last: whether the stop of a scope around is to interrupt what comes next
  private void end(
      Supplier<StopReason> ifForksRun, List<Throwable> releases, BooleanSupplier rearm) {
    group.close();
    try {
      if (alarm != null) {
        alarm.cancel();
      }
      group.endForks(ifForksRun);
    } finally {
      try {
        if (!group.afterLast(holdings::releaseLate)) {
          releases.addAll(holdings.releaseAll());
        }
      } finally {
        over = true;
        links.forEach(Registration::close);
        lease.close(rearm.getAsBoolean()); // our own code: StopShape bears broken exceptions
        group.bodyInside(false);
        node.remove();
      }
    }
  }

  /// Somebody who interrupts the body from outside stops its scope, as in [ForkGroup#awaitForks].
  private StopReason whyItIsLeft(@Nullable Throwable thrown) {
    if (thrown != null && StopShape.isForeignInterrupt(thrown)) {
      return thrown instanceof StoppedException stopped
          ? stopped.reason()
          : new StopReason.ForeignInterrupt(ours());
    }
    return closed(
        thrown == null
            ? "its body returned"
            : "its body threw " + ForkFailedException.describe(thrown),
        ours());
  }

  private StopReason.Origin ours() {
    return StopReason.Origin.ours(lease.thread.getName(), node.path());
  }

  private StopReason closed(String how, StopReason.Origin origin) {
    return new StopReason.ScopeClosed(node.path(), how, origin);
  }

  /// Ends the scopes that were opened inside of a body and are open still when it ends, so that no
  /// fork of theirs outlives it unseen.
  ///
  /// @param body the place of the body, null outside all scopes
  /// @return what tells of them, null if there was none; their forks have ended, or are in the
  ///     ledger
  static @Nullable RuntimeException closeInner(@Nullable Lease body) {
    RuntimeException leftOpen = null;
    for (Lease at = Lease.glimpse(); at != null && at != body; at = Lease.glimpse()) {
      if (!(at.node.owner instanceof Scope scope)) {
        break;
      }
      Closing inner = scope.closing();
      List<Throwable> releases = new ArrayList<>(0);
      inner.end(
          () -> inner.closed("left open by " + place(body), inner.ours()), releases, () -> true);
      RuntimeException one =
          new IllegalStateException(
              scope.path() + " was left open: use try-with-resources for Scope.open");
      releases.forEach(one::addSuppressed);
      if (leftOpen != null) {
        one.addSuppressed(leftOpen);
      }
      leftOpen = one;
    }
    return leftOpen;
  }

  private static String place(@Nullable Lease body) {
    return body == null ? Thread.currentThread().getName() : body.node.path();
  }

  private @Nullable RuntimeException withFailures(
      @Nullable RuntimeException verdict, @Nullable Throwable thrown, List<Throwable> releases) {
    if (releases.isEmpty()) {
      return verdict;
    }
    Throwable carrier = verdict != null ? verdict : thrown;
    if (carrier != null) {
      releases.forEach(carrier::addSuppressed);
      return verdict;
    }
    RuntimeException failed =
        new IllegalStateException(
            "a resource of " + node.path() + " was not released properly", releases.getFirst());
    releases.stream().skip(1).forEach(failed::addSuppressed);
    return failed;
  }

  @Nullable RuntimeException withStragglers(@Nullable RuntimeException verdict) {
    if (!group.hasStragglers()) {
      return verdict;
    }
    StopReason reason = node.reason();
    if (reason == null) {
      return verdict;
    }
    stragglersTold = true;
    if (verdict == null) {
      return new AbandonedException(report(reason));
    }
    addStragglers(verdict);
    return verdict;
  }

  private void addStragglers(Throwable carrier) {
    StopReason reason = node.reason();
    for (Throwable kept : carrier.getSuppressed()) {
      if (kept instanceof AbandonedException) {
        return; // it comes from join
      }
    }
    if (reason != null && !(carrier instanceof AbandonedException)) {
      carrier.addSuppressed(new AbandonedException(report(reason)));
    }
  }

  /// {@return how the stop has gone so far}
  ///
  /// @param asked the reason to name if the scope has none of its own yet
  StopReport report(StopReason asked) {
    return report(node, asked, group.endOfStop());
  }

  /// {@return how the stop of a scope or an errand has gone so far}
  static StopReport report(StopNode node, StopReason asked, Deadline end) {
    StopReason reason = node.reason();
    StopWave wave = node.wave();
    long since = node.askedNanos();
    List<StopReport.Part> parts = new ArrayList<>();
    long took = 0;
    for (Lease reached : wave == null ? List.<Lease>of() : wave.leases()) {
      if (reached.node.isBelow(node)) {
        parts.add(reached.part(since));
        long ended = reached.endedNanos();
        took = Math.max(took, (ended == 0 ? System.nanoTime() : ended) - since);
      }
    }
    return new StopReport(
        node.path(),
        reason == null ? asked : reason,
        wave == null ? Instant.now() : wave.asked,
        Duration.ofNanos(end.atNanos() - node.askedAt()),
        Duration.ofNanos(took),
        parts);
  }
}
