// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One stop on its way through the tree: whom it reached, and what is done until they have all
/// ended.
///
/// The steps are those of `docs/how-a-stop-works.md`: the flags are set while the wave is
/// collected, then parked threads are unparked by the caller (if they are many, by a thread of
/// ours), blocked ones interrupted and callbacks called by our own threads, and a [Pursuit] follows
/// those who do not end.
///
/// Invariants
///
/// 1. `leases`, `before` and `callbacks` are collected by the one thread that runs [StopNode#stop],
///    and do not grow after [#begin]. A report may be asked for while they still do.
/// 2. Linked trees are stopped first, by the caller. Callbacks run children before parents and last
///    registered first.
/// 3. A thread that an earlier stop has reached is reported again, but not woken again.
///
/// Locks: the own mutex, a leaf, taken below that of a node.
final class StopWave {

  /// How long an interrupt may hang before another thread sends the next.
  private static final Relay INTERRUPTS = new Relay(Duration.ofMillis(20));

  private static final Duration CALLBACK_PATIENCE = Duration.ofSeconds(1);

  /// So many the caller wakes itself, the rest is woken by a thread of ours: to unpark a thousand
  /// takes about as long as to begin a thread.
  private static final int CALLERS_SHARE = 1_000;

  final StopNode root;
  final StopReason reason;
  private final @Nullable StopPlan plan;
  final Instant asked = Instant.now();
  final long askedNanos = System.nanoTime();

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Lease> leases = new ArrayList<>();
  private final List<Lease> before = new ArrayList<>();
  private final List<Registration> callbacks = new ArrayList<>();

  /// @param plan that of this stop, null if it has none of its own
  StopWave(StopNode root, StopReason reason, @Nullable StopPlan plan) {
    this.root = root;
    this.reason = reason;
    this.plan = plan;
  }

  /// {@return the plan that was given with the stop of this node, null if none was}
  @Nullable StopPlan planOf(StopNode node) {
    return node == root ? plan : null;
  }

  void add(Lease lease) {
    try (Mutex _ = mutex.enter()) {
      leases.add(lease);
    }
  }

  void addStoppedBefore(Lease lease) {
    try (Mutex _ = mutex.enter()) {
      before.add(lease);
    }
  }

  void addAll(List<Registration> last) {
    try (Mutex _ = mutex.enter()) {
      callbacks.addAll(last);
    }
  }

  /// Parents are reached before their children.
  StopReason reasonOf(StopNode node) {
    StopReason why = node.reason();
    return why == null ? reason : why;
  }

  /// {@return the threads that were inside, also those that were being stopped already}
  List<Lease> leases() {
    try (Mutex _ = mutex.enter()) {
      List<Lease> all = new ArrayList<>(leases);
      all.addAll(before);
      return all;
    }
  }

  private List<Lease> reached() {
    try (Mutex _ = mutex.enter()) {
      return List.copyOf(leases);
    }
  }

  /// Nothing keeps a callback after it was called.
  private List<Registration> takeCallbacks() {
    try (Mutex _ = mutex.enter()) {
      List<Registration> taken = List.copyOf(callbacks);
      callbacks.clear();
      return taken;
    }
  }

  /// Wakes and calls; returns at once.
  void begin() {
    List<Registration> calls = takeCallbacks();
    calls.stream().filter(each -> each.isLink).forEach(Registration::call);
    List<Lease> reached = reached();
    if (!reached.isEmpty()) {
      new Pursuit(reached).begin();
    }
    wakeAll(reached);
    callBack(calls);
    Lease own = Lease.current();
    if (own != null && !own.isPaused() && own.node.isBelow(root)) {
      Waker.runIfPossible(Gate.EXPLICIT::openNow); // it sees that at its next checkpoint
    }
  }

  private static void wakeAll(List<Lease> reached) {
    int share = Math.min(reached.size(), CALLERS_SHARE);
    wake(reached.subList(0, share));
    if (share < reached.size()) {
      Waker.runAnyhow(() -> wake(reached.subList(share, reached.size())));
    }
  }

  private static void wake(List<Lease> reached) {
    List<Runnable> interrupts = new ArrayList<>();
    for (Lease lease : reached) {
      if (lease.wake()) {
        interrupts.add(lease::interrupt);
      }
    }
    if (!interrupts.isEmpty()) {
      INTERRUPTS.add(interrupts);
    }
  }

  private void callBack(List<Registration> registrations) {
    List<Runnable> calls = new ArrayList<>();
    StopNode at = null;
    int from = 0;
    for (Registration callback : registrations) {
      if (callback.isLink) {
        continue;
      }
      StopNode node = callback.node();
      if (node != at) {
        from = 0;
        at = node;
      }
      calls.add(from++, new Call(callback));
    }
    if (!calls.isEmpty()) {
      new Relay(CALLBACK_PATIENCE, this::leftBehind).add(calls);
    }
  }

  /// A callback to be called; the ledger names it if it hangs.
  private record Call(Registration callback) implements Runnable {
    @Override
    public void run() {
      callback.call();
    }
  }

  private void leftBehind(Relay.LeftBehind hung) {
    if (hung.work() instanceof Call(Registration callback)) {
      StopNode node = callback.node();
      Ledger.abandon(
          node.path() + "/callback " + callback.name, hung.thread(), reasonOf(node), hung.lives());
    }
  }

  /// Sends the interrupt once more to one that looks stuck.
  static void interruptAgain(Lease lease) {
    INTERRUPTS.add(List.<Runnable>of(lease::interrupt));
  }
}
