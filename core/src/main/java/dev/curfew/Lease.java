// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The right to wake one thread while it works for one node of the tree, and the record of how it
/// took it.
///
/// The leases of a thread form a stack, the innermost is the thread's place in the tree
/// ([#current]).
///
/// Invariants
///
/// 1. We interrupt a thread only in state RUNNING or INTERRUPTED of an interruptible lease, passing
///    through INTERRUPTING; so after [#close] no interrupt of ours is on its way to the thread.
/// 2. [#close] and [#pause] take back an interrupt that we sent, and only that: where the flag is
///    set already we send none. One that somebody else sends while ours is out cannot be told apart
///    and merges with it.
/// 3. A paused lease (not entered yet, in an own wait, or an inner lease is active) is woken by
///    unpark alone. One that its thread runs for from beginning to end ([#ofAll]) counts as running
///    before it is entered: an interrupt stays with a thread that has not begun, so to enter it
///    takes no barrier.
/// 4. The node's reason is set before [#wake] reads the state, and [#resume] writes the state
///    before it reads the reason: whichever comes second sees the other, and no wake-up is lost.
///    Likewise the reason is set before a stop asks [#isOpen], and [#closeLast] closes before it
///    reads the reason: a lease that a stop has reached knows when it ended.
/// 5. Only the owner thread enters PAUSED, RUNNING and CLOSED.
/// 6. An unblocker is called as an interrupt is sent, and always by a thread of ours. It only
///    starts its action, and fences that itself.
///
/// Locks: none.
final class Lease {

  static final int PAUSED = 0; // making a lease writes no volatile field: that would be a barrier
  static final int RUNNING = 1;
  static final int INTERRUPTING = 2;
  static final int INTERRUPTED = 3;
  static final int CLOSED = 4;

  /// How long a thread that leaves waits for an interrupt that is on its way.
  private static final long FENCE_NANOS = 1_000_000_000L;

  private static final ThreadLocal<@Nullable Lease> CURRENT = new ThreadLocal<>();
  private static final VarHandle STATE = handle("state", int.class);
  private static final VarHandle INNER = handle("inner", Lease.class);
  private static final VarHandle ENTERED = handle("entered", boolean.class);

  final StopNode node;
  final Thread thread;
  private final boolean interruptible;

  /// What frees the thread where an interrupt is not to be used; called as an interrupt would be.
  private final @Nullable Runnable unblocker;

  // owner thread only
  private @Nullable Lease outer;

  // the stay that pauses this one; written by the owner thread, read by those that follow it
  @SuppressWarnings("UnusedVariable") // through its handle
  private @Nullable Lease inner;

  // owner thread only
  private boolean noticed;

  // written by the owner thread, read by those that follow it
  private boolean entered;

  // any thread
  private volatile int state;

  // whether the thread's flag is ours; written before INTERRUPTING is left
  private volatile boolean ours;

  private volatile long seenNanos;
  private volatile long endedNanos;
  private volatile @Nullable List<Look> looks;
  private volatile @Nullable Notes notes; // written by the thread itself
  private volatile @Nullable Delivery delivery; // likewise
  private volatile @Nullable Pursuit pursuit;

  // guarded by the node's mutex
  @Nullable Lease next;

  /// A lease that its node knows from now on, and that its thread has still to enter.
  Lease(StopNode node, Thread thread, boolean interruptible) {
    this(node, thread, interruptible, null);
  }

  /// A lease whose thread is freed by an action instead.
  Lease(StopNode node, Thread thread, Runnable unblocker) {
    this(node, thread, false, unblocker);
  }

  /// {@return a lease of a new thread that runs nothing else}
  static Lease ofAll(StopNode node, Thread thread) {
    Lease lease = new Lease(node, thread, true);
    STATE.set(lease, RUNNING);
    return lease;
  }

  private Lease(StopNode node, Thread thread, boolean interruptible, @Nullable Runnable unblocker) {
    this.node = node;
    this.thread = thread;
    this.interruptible = interruptible;
    this.unblocker = unblocker;
  }

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Lease.class, field, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// {@return the calling thread's place in the tree, null outside all scopes}
  static @Nullable Lease current() {
    Lease lease = CURRENT.get();
    if (lease != null) {
      lease.noticed = true;
    }
    return lease;
  }

  /// {@return the same, for a caller that keeps nothing of it}
  static @Nullable Lease glimpse() {
    return CURRENT.get();
  }

  /// Whether anybody may have kept something of it: only by [#current] does one get hold of a node
  /// that is not stopped. For the thread itself.
  boolean isNoticed() {
    return noticed;
  }

  /// {@return the first place the calling thread has entered, null outside all scopes}
  static @Nullable Lease outermost() {
    Lease lease = current();
    while (lease != null && lease.outer != null) {
      lease = lease.outer;
    }
    return lease;
  }

  /// Puts a note down where the calling thread works. Shields and blocking regions are passed over:
  /// they are over before the report is made.
  static void note(String text) {
    Lease at = CURRENT.get();
    while (at != null
        && (at.node.owner instanceof Shield || (at.outer != null && at.outer.node == at.node))) {
      at = at.outer;
    }
    if (at != null) {
      at.noticed = true; // no other task has its place after it
      Notes before = at.notes;
      at.notes = before == null ? Notes.of(text) : before.and(text);
    }
  }

  /// {@return how the stop is delivered to code that never checks; for the thread itself}
  Delivery delivery() {
    Delivery made = delivery;
    if (made == null) {
      made = new Delivery(this);
      delivery = made;
    }
    return made;
  }

  /// Whether a stop was thrown into foreign code a moment ago, which is to be left in peace.
  boolean isInGrace() {
    Delivery made = delivery;
    return made != null && made.isInGrace();
  }

  /// Whether the thread has come to a woven check since it was asked to stop.
  boolean cameToCheck() {
    return delivery != null;
  }

  /// Whether a stop has been thrown into foreign code, here.
  boolean wasDelivered() {
    Delivery made = delivery;
    return made != null && made.last() != null;
  }

  /// {@return how long the peace still lasts, in nanoseconds, not negative}
  long graceLeft() {
    Delivery made = delivery;
    return made == null ? 0 : made.graceLeft();
  }

  /// {@return what the body of this stay was ended by: a stop that was delivered to foreign code
  /// counts, whatever that code has made of it}
  ///
  /// @param thrown what the body threw, null if it returned
  @Nullable Throwable endedBy(@Nullable Throwable thrown) {
    Delivery made = delivery;
    DeliveredStop stop = made == null ? null : made.last();
    if (stop == null || (thrown != null && StopShape.matches(thrown))) {
      return thrown;
    }
    if (thrown != null) {
      stop.addSuppressed(thrown);
    }
    return stop;
  }

  /// Ends a body that has swallowed a stop and returned as if nothing had been.
  void throwIfDelivered() {
    if (endedBy(null) instanceof DeliveredStop stop) {
      throw stop;
    }
  }

  @Nullable Pursuit pursuit() {
    return pursuit;
  }

  void followedBy(Pursuit follower) {
    pursuit = follower;
  }

  /// Makes this the calling thread's place. Its node knows it already; a stop that has come takes
  /// effect in the next blocking call.
  void enter() {
    ENTERED.setOpaque(this, true);
    if (state != PAUSED) { // it is all that the thread does
      CURRENT.set(this);
      return;
    }
    outer = CURRENT.get();
    if (outer != null) {
      outer.noticed = true;
      outer.pause();
      INNER.setRelease(outer, this);
    }
    CURRENT.set(this);
    resume(true);
  }

  /// Ends the thread's stay; from here on no interrupt of ours can reach it.
  void close() {
    close(true);
  }

  /// Ends the thread's stay.
  ///
  /// @param rearm as in [#resume], for the stay around this one
  void close(boolean rearm) {
    fence(CLOSED);
    discard();
    leave(rearm);
  }

  /// Ends the stay for which the node was made: it ends with it, so the lease is not unlinked, and
  /// a stop that still finds it passes it over.
  void closeLast() {
    fence(CLOSED);
    if (node.reason() != null) { // read after CLOSED is set; a stop sets it before it looks here
      endedNanos = System.nanoTime();
    }
    leave(true);
  }

  private void leave(boolean rearm) {
    if (outer == null) {
      CURRENT.remove();
    } else {
      if (wasDelivered() && outer.node.reason() != null) {
        outer.delivery().leaveForCleanUp();
      }
      CURRENT.set(outer);
      INNER.setRelease(outer, (Lease) null);
      outer.resume(rearm);
    }
  }

  /// Ends a stay that was never entered, or has just been left.
  void discard() {
    STATE.setVolatile(this, CLOSED);
    endedNanos = System.nanoTime();
    node.removeLease(this);
  }

  /// For an own wait, which is woken by unpark, or while an inner lease is active.
  void pause() {
    fence(PAUSED);
  }

  /// Ends a pause.
  ///
  /// @param rearm whether a stop that came meanwhile is to interrupt the next blocking call; not
  ///     wanted where the caller is about to throw
  void resume(boolean rearm) {
    STATE.setVolatile(this, RUNNING);
    if (!rearm || node.reason() == null) {
      return;
    }
    if (unblocker != null) {
      StopWave.interruptAgain(this);
    } else if (interruptible && acquire(RUNNING)) {
      send();
    }
  }

  private void fence(int target) {
    long start = 0;
    while (true) {
      int now = state;
      if (now != INTERRUPTING) {
        if (STATE.compareAndSet(this, now, target)) {
          takeBack();
          return;
        }
        continue;
      }
      start = start == 0 ? System.nanoTime() : start;
      if (System.nanoTime() - start > FENCE_NANOS && STATE.compareAndSet(this, now, INTERRUPTED)) {
        continue; // it hangs in a channel's close, after it has set the flag
      }
      Thread.onSpinWait();
    }
  }

  private void takeBack() {
    if (ours) {
      ours = false;
      boolean _ = Thread.interrupted();
    }
  }

  private boolean acquire(int from) {
    return STATE.compareAndSet(this, from, INTERRUPTING);
  }

  /// Wakes the thread by unpark if that is enough.
  ///
  /// @return whether it takes an interrupt
  boolean wake() {
    int now = state;
    if (now == PAUSED) {
      LockSupport.unpark(thread);
      return false;
    }
    return (interruptible || unblocker != null) && now != CLOSED;
  }

  /// Interrupts the thread if it still stays; called on our own threads only.
  void interrupt() {
    if (acquire(RUNNING) || acquire(INTERRUPTED)) {
      send();
    } else if (state == PAUSED) {
      LockSupport.unpark(thread);
    }
  }

  /// A flag that is set already wakes the thread as well as ours would, and is to stay.
  private void send() {
    try {
      if (unblocker != null) {
        unblocker.run();
      } else if (!thread.isInterrupted()) {
        ours = true;
        thread.interrupt();
      }
    } finally {
      STATE.compareAndSet(this, INTERRUPTING, INTERRUPTED);
    }
  }

  boolean isOpen() {
    return state != CLOSED;
  }

  /// Whether the thread has still to enter; for the thread itself.
  boolean isNew() {
    return !entered;
  }

  /// Whether the thread computes, as far as can be told from outside: here or in a stay inside of
  /// this one, such as a shield, from which it comes back.
  boolean looksBusy() {
    return isOpen() && !isInOwnWait() && thread.getState() == Thread.State.RUNNABLE;
  }

  /// Whether the thread is in a wait of ours, or has still to enter, here or in a stay inside.
  boolean isInOwnWait() {
    Lease at = this;
    for (Lease deeper = at.innerStay(); deeper != null; deeper = at.innerStay()) {
      at = deeper;
    }
    return at.isPaused() || !(boolean) ENTERED.getOpaque(at);
  }

  private @Nullable Lease innerStay() {
    return (Lease) INNER.getAcquire(this);
  }

  /// Whether it swallowed the stop, went on, and waits for something outside of this library.
  boolean swallowedTheStop() {
    int at = state;
    if (unblocker != null) {
      return at == INTERRUPTED; // it may have come before the call that it is to free
    }
    Thread.State now = thread.getState();
    return interruptible
        && (at == RUNNING || at == INTERRUPTED)
        && (now == Thread.State.WAITING || now == Thread.State.TIMED_WAITING)
        && !thread.isInterrupted();
  }

  /// Whether our interrupt, or the one that an inner stay was sent, is gone.
  private boolean tookTheInterrupt() {
    int now = state;
    return interruptible
        && (now == PAUSED || (now == INTERRUPTED && ours))
        && !thread.isInterrupted();
  }

  boolean hasSeen() {
    return seenNanos != 0;
  }

  /// Looks at the thread because it is late. A look that is lost to another one at the same moment
  /// does no harm.
  ///
  /// @return the last few looks, the oldest first
  List<Look> look() {
    List<Look> kept = looks;
    List<Look> before = kept == null ? List.of() : kept;
    boolean unwoken = !before.isEmpty() && before.getLast().unwoken();
    List<Look> all = Look.after(before, thread, unwoken || tookTheInterrupt());
    looks = all;
    return all;
  }

  boolean isInterruptible() {
    return interruptible;
  }

  boolean isPaused() {
    return state == PAUSED;
  }

  /// The stop has taken effect in the thread, for the report.
  void markSeen() {
    if (seenNanos == 0) {
      seenNanos = System.nanoTime();
    }
  }

  /// {@return this thread's line in the report of a stop}
  ///
  /// @param asked when the stop was asked for, by [System#nanoTime]
  StopReport.Part part(long asked) {
    boolean reporter =
        thread.equals(Thread.currentThread()); // it has come here, so it is on its way out
    long ended = reporter && endedNanos == 0 ? System.nanoTime() : endedNanos;
    Optional<StopReport.Straggler> straggler =
        ended == 0 ? Optional.of(Diagnosis.straggler(this, asked)) : Optional.empty();
    String outcome =
        node.owner instanceof Fork<?> fork ? fork.outcome().map(Outcome::word).orElse("") : "";
    return new StopReport.Part(
        node.path(),
        since(asked, seenNanos),
        since(asked, ended),
        outcome,
        straggler,
        notes(ended != 0));
  }

  private List<String> notes(boolean hasEnded) {
    Notes known = notes;
    List<String> own = known == null ? List.of() : known.all();
    Delivery made = delivery;
    if (made == null) {
      return own; // as in almost all of a million
    }
    List<String> all = new ArrayList<>(made.notes(hasEnded));
    all.addAll(own);
    return all;
  }

  private static Optional<Duration> since(long asked, long then) {
    return then == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(Math.max(0, then - asked)));
  }

  /// {@return when the stay ended, by [System#nanoTime]; 0 if it has not}
  long endedNanos() {
    return endedNanos;
  }
}
