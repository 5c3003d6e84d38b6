// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The tree behind every token: scopes, forks and sources are nodes of it.
///
/// Invariants
///
/// 1. A node's reason is set once and never changes.
/// 2. When [#stop] returns, every node that was below the stopped one is stopped, also where
///    another stop that came earlier has not come so far yet.
/// 3. A child that is added to a stopped node is stopped before anything runs in it: by who adds
///    it, under the mutex, or by its own thread. That says that it runs before it looks at the
///    node above; a stop sets the reason above before it looks for children.
/// 4. Children, leases and callbacks are unlinked when they end; a node keeps nothing of them.
/// 5. Nothing foreign runs under a mutex: what a stop has to wake and to call is collected first.
///
/// Locks: each node's own mutex, held for a few field writes; never two at once. That of a
/// [StopWave] is taken inside of it, those of [Callbacks] outside.
final class StopNode {

  private static final VarHandle OWNED = handle();

  /// What everything hangs from that was opened outside all scopes.
  static final StopNode ROOT = new StopNode("", null, null, TimeSource.system(), null);

  private final String name;
  final @Nullable StopNode parent;

  /// The scope, fork, shield or detached call that this node belongs to; null for the root and for
  /// sources.
  final @Nullable Object owner;

  final TimeSource time;

  /// The earliest deadline of this node and those above, if there is one.
  final @Nullable Deadline deadline;

  // any thread; written once, under the mutex
  private volatile @Nullable Asked asked;

  // written by the thread that makes the owner, when it is whole
  private volatile boolean owned;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private @Nullable Children children;
  private @Nullable Lease firstLease;

  // written by the thread that opened the owner
  private volatile @Nullable Children forks;

  // written once, under the mutex, before a stop
  private volatile @Nullable Callbacks callbacks;

  // written by who adds this node, before anybody else knows it, and when it ends
  @Nullable Children row;
  int slot;

  /// A stop as it has reached one node.
  ///
  /// @param reason why
  /// @param nanos when it was asked for, by [System#nanoTime]
  /// @param at the same on the node's own clock
  /// @param wave the stop, null for one that was stopped from the start
  private record Asked(StopReason reason, long nanos, long at, @Nullable StopWave wave) {}

  private StopNode(
      String name,
      @Nullable StopNode parent,
      @Nullable Object owner,
      TimeSource time,
      @Nullable Deadline deadline) {
    this.name = name;
    this.parent = parent;
    this.owner = owner;
    this.time = time;
    this.deadline = deadline;
  }

  private static VarHandle handle() {
    try {
      return MethodHandles.lookup().findVarHandle(StopNode.class, "owned", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// {@return a node outside the tree}
  static StopNode alone(String name) {
    return new StopNode(name, null, null, TimeSource.system(), null);
  }

  /// {@return a node that is named after one above it, and is not stopped with it}
  static StopNode shielded(String name, StopNode above, Object owner, Deadline end) {
    return new StopNode(name, above, owner, end.time(), end);
  }

  /// {@return a new child, linked, and stopped if this node is}
  StopNode addChild(String name, Object owner, TimeSource time, @Nullable Deadline own) {
    StopNode child = new StopNode(name, this, owner, time, earliest(time, own));
    link(child);
    return child;
  }

  /// {@return a new child that one thread works for from beginning to end, by its [#ownLease]}
  StopNode addChild(
      String name,
      Object owner,
      TimeSource time,
      @Nullable Deadline own,
      Thread worker,
      boolean interruptible) {
    StopNode child = new StopNode(name, this, owner, time, earliest(time, own));
    child.firstLease = new Lease(child, worker, interruptible); // nobody else knows the child yet
    link(child);
    return child;
  }

  /// The same for the forks that are begun by the thread that opened the owner: without a mutex,
  /// so their threads call [#lookAbove]. No other thread may call it.
  ///
  /// @param alone whether the worker runs nothing but this
  StopNode addFork(String name, Object owner, Thread worker, boolean alone) {
    StopNode child = new StopNode(name, this, owner, time, deadline);
    child.firstLease = alone ? Lease.ofAll(child, worker) : new Lease(child, worker, true);
    Children known = forks;
    Children now = Children.with(child, known);
    if (now != known) {
      forks = now;
    }
    return child;
  }

  /// Follows the node above if that was stopped while this one was added. For the thread that works
  /// for it, once it has entered.
  ///
  /// @return why it is stopped, null if it is not
  @Nullable StopReason lookAbove() {
    StopNode above = parent;
    Asked stop = above == null ? null : above.asked;
    if (above != null && stop != null) {
      above.stopFromTheStart(this, stop);
    }
    return reason();
  }

  private void stopFromTheStart(StopNode child, Asked stop) {
    StopReason why = new StopReason.ParentStopped(path(), stop.reason);
    Asked inherited = new Asked(why, System.nanoTime(), child.time.nanos(), null);
    try (Mutex _ = child.mutex.enter()) {
      if (child.asked == null) {
        child.asked = inherited;
      }
    }
  }

  private @Nullable Deadline earliest(TimeSource time, @Nullable Deadline own) {
    Deadline inherited = deadline != null && deadline.time().equals(time) ? deadline : null;
    return own == null ? inherited : inherited == null ? own : own.earlier(inherited);
  }

  private void link(StopNode child) {
    Asked stop;
    try (Mutex _ = mutex.enter()) {
      children = Children.with(child, children);
      stop = asked;
    }
    if (stop != null) {
      stopFromTheStart(child, stop);
    }
  }

  /// Unlinks this node from its parent, when the fork or scope has ended; its callbacks go with it.
  /// Called by whoever ends it, one thread at most.
  void remove() {
    Callbacks known = callbacks;
    if (known != null) {
      known.drop();
    }
    Children in = row;
    if (in != null) {
      row = null;
      in.clear(slot);
    }
  }

  @Nullable StopReason reason() {
    Asked stop = asked;
    return stop == null ? null : stop.reason;
  }

  /// {@return this deadline, or the end of a scope here or above that keeps a reserve, if that is
  /// earlier}
  Deadline notBeyondEnd(Deadline asked) {
    for (StopNode at = this; at != null; at = at.parent) {
      if (at.owner instanceof Scope scope) {
        Deadline end = scope.group().hardEnd();
        return end == null ? asked : asked.earlier(end);
      }
    }
    return asked;
  }

  /// {@return when the stop was asked for, by [System#nanoTime]}
  long askedNanos() {
    Asked stop = asked;
    return stop == null ? 0 : stop.nanos;
  }

  /// {@return when the stop was asked for, on the node's own clock}
  long askedAt() {
    Asked stop = asked;
    return stop == null ? 0 : stop.at;
  }

  /// {@return the stop that reached this node, null if it was stopped from the start or not at all}
  @Nullable StopWave wave() {
    Asked stop = asked;
    return stop == null ? null : stop.wave;
  }

  /// {@return the plan that its stop was asked for with, null if there was none}
  @Nullable StopPlan planOfStop() {
    StopWave stop = wave();
    return stop == null ? null : stop.planOf(this);
  }

  void check() {
    StopReason why = reason();
    if (why != null) {
      markSeen();
      throw endsQuietly() ? StoppedException.inFork(why) : new StoppedException(why);
    }
  }

  /// Whether nobody sees what a stop throws inside, because it becomes an outcome.
  private boolean endsQuietly() {
    return owner instanceof Errand
        || (owner instanceof Fork<?> fork && fork.kind() != Fork.Kind.GUEST);
  }

  /// Notes for the report that the calling thread has seen the stop of this node.
  void markSeen() {
    Lease lease = Lease.current();
    if (lease != null && lease.node.isBelow(this)) {
      lease.markSeen();
    }
  }

  /// Stops this node and everything below, wakes and calls; returns without waiting for any of it.
  ///
  /// @return whether it was this call that stopped the node
  boolean stop(StopReason why) {
    return stop(why, null);
  }

  /// As [#stop(StopReason)].
  ///
  /// @param plan until when what is below may take, if this call is the first; null for what the
  ///     owner's settings say
  boolean stop(StopReason why, @Nullable StopPlan plan) {
    Objects.requireNonNull(why, "a stop needs a reason");
    StopWave stop = new StopWave(this, why, plan);
    ArrayDeque<StopNode> above = new ArrayDeque<>();
    boolean first = mark(why, stop, above);
    for (StopNode node = above.poll(); node != null; node = above.poll()) {
      StopReason inherited = new StopReason.ParentStopped(node.path(), stop.reasonOf(node));
      for (StopNode child : node.children()) {
        boolean _ = child.mark(inherited, stop, above);
      }
    }
    stop.begin();
    return first;
  }

  /// @param above is given this node if there are some below it
  private boolean mark(StopReason why, StopWave stop, ArrayDeque<StopNode> above) {
    long at = time.equals(TimeSource.system()) ? stop.askedNanos : time.nanos();
    boolean first;
    try (Mutex _ = mutex.enter()) {
      first = asked == null;
      if (first) {
        asked = new Asked(why, stop.askedNanos, at, stop);
      }
      eachInside(first ? stop::add : stop::addStoppedBefore);
    }
    if (hasChildren()) { // only now that the reason is set
      above.add(this);
    }
    Callbacks known = callbacks; // none are made after the reason was set
    if (first && known != null) {
      stop.addAll(known.take());
    }
    return first;
  }

  /// One that has just ended may still be here, see [Lease#closeLast].
  private void eachInside(Consumer<Lease> action) {
    for (Lease lease = firstLease; lease != null; lease = lease.next) {
      if (lease.isOpen()) {
        action.accept(lease);
      }
    }
  }

  private boolean hasChildren() {
    try (Mutex _ = mutex.enter()) {
      return children != null || forks != null;
    }
  }

  List<StopNode> children() {
    try (Mutex _ = mutex.enter()) {
      List<StopNode> all = new ArrayList<>();
      for (Children row : new Children[] {forks, children}) {
        if (row != null) {
          row.addTo(all);
        }
      }
      return all;
    }
  }

  /// The scope or fork of this node is whole, and may be looked at by other threads.
  void ownerReady() {
    OWNED.setRelease(this, true);
  }

  /// Calls for each node below whose owner is whole; one that is being made has nothing yet.
  void eachBelow(Consumer<StopNode> action) {
    for (StopNode child : children()) {
      if (child.owned) {
        action.accept(child);
      }
      child.eachBelow(action);
    }
  }

  /// For the maker of the node alone, before anything runs inside: until then nobody changes the
  /// list, and so no mutex is needed.
  ///
  /// @return the lease that came with the node
  Lease ownLease() {
    Lease own = firstLease;
    if (own == null) {
      throw new AssertionError(path() + " has no lease of its own");
    }
    return own;
  }

  /// Links a lease, so that a stop finds the thread.
  ///
  /// @return whether it was in time; if not, the stop is over for it and it has to look for itself
  boolean addLease(Lease lease) {
    try (Mutex _ = mutex.enter()) {
      lease.next = firstLease;
      firstLease = lease;
      return asked == null;
    }
  }

  /// They are few: those of the thread that works for the node, which is in the innermost.
  void removeLease(Lease lease) {
    try (Mutex _ = mutex.enter()) {
      if (firstLease == lease) {
        firstLease = lease.next;
        return;
      }
      for (Lease at = firstLease; at != null; at = at.next) {
        if (at.next == lease) {
          at.next = lease.next;
          return;
        }
      }
    }
  }

  Registration register(String name, Runnable callback) {
    return register(name, callback, false);
  }

  /// Has something of ours that stops another tree called by whoever stops this one, at once.
  Registration link(String name, Runnable follow) {
    return register(name, follow, true);
  }

  private Registration register(String name, Runnable callback, boolean isLink) {
    Objects.requireNonNull(callback, "a callback is missing");
    Registration registration = new Registration(this, name, callback, isLink);
    Callbacks known = callbacks;
    if (known == null) {
      known = firstCallbacks();
    }
    if (known == null || !known.add(registration)) {
      registration.call();
    }
    return registration;
  }

  /// {@return null if the stop has come already}
  private @Nullable Callbacks firstCallbacks() {
    try (Mutex _ = mutex.enter()) {
      if (callbacks == null && asked == null) {
        callbacks = new Callbacks();
      }
      return callbacks;
    }
  }

  /// {@return when what lives in this stopped scope or errand is abandoned; null if this is neither
  /// or not stopped}
  private @Nullable Deadline endOfStop() {
    if (asked == null) {
      return null;
    }
    return switch (owner) {
      case Scope scope -> scope.group().endOfStop();
      case Errand errand -> errand.endOfStop();
      case null, default -> null;
    };
  }

  /// {@return this deadline, or the end of the stop of the next stopped scope or errand above,
  /// whichever is earlier}
  Deadline boundedAbove(Deadline mine) {
    for (StopNode above = parent; above != null; above = above.parent) {
      Deadline end = above.endOfStop();
      if (end != null) {
        return mine.earlier(end);
      }
    }
    return mine;
  }

  /// Whether this node is the other one or lies below it.
  boolean isBelow(StopNode other) {
    for (StopNode node = this; node != null; node = node.parent) {
      if (node == other) {
        return true;
      }
    }
    return false;
  }

  /// {@return its name; an errand knows it itself, and makes it only when somebody asks}
  String name() {
    return owner instanceof Errand errand ? errand.name() : name;
  }

  /// {@return the names from the root down, joined by slashes}
  String path() {
    if (parent == null || parent == ROOT) {
      return name();
    }
    return parent.path() + "/" + name();
  }

  @Override
  public String toString() {
    return path();
  }
}
