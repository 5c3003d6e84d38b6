// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Scope;
import dev.curfew.StoppedException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A few threads of a worker that call the source: to hand back, to drop, to renew.
///
/// They are platform threads, and forks of the outer scope, which ends last: neither busy carriers
/// nor the stop of the items keep an item from being handed back.
///
/// Invariants
///
/// 1. At most [#MOST] of them work at the same time, not counting those that were left behind
///    because a call did not end within its budget.
/// 2. `active` counts those. It is raised before one starts and lowered once: by itself when it
///    found nothing to do, or by who left it behind. Who lowers it looks at the queue after that.
/// 3. Once closed, or when no thread is to be had, a message is run by who brings it. Who is called
///    by the timer leaves it to the next who brings or has done one.
///
/// Locks: none.
final class Tellers {

  private static final int MOST = 8;

  /// One call of the source.
  ///
  /// @param run makes it; gets what leaves its teller behind, so that others go on
  /// @param drop called instead if nobody will
  record Message(Consumer<Runnable> run, Runnable drop) {}

  // any thread
  private final Queue<Message> urgent = new ConcurrentLinkedQueue<>();
  private final Queue<Message> messages = new ConcurrentLinkedQueue<>();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger numbers = new AtomicInteger();
  private volatile @Nullable Scope scope;

  /// Gives them the scope that they are forks of.
  void open(Scope own) {
    scope = own;
  }

  /// Has this done by one of them, soon.
  void send(Message message) {
    send(messages, message);
  }

  /// Has this done before what waits to be done.
  void sendFirst(Message message) {
    send(urgent, message);
  }

  /// Runs this here and now as if one of them did; once closed, as what the calling thread is.
  ///
  /// @param call throws nothing
  void runHere(String name, Runnable call) {
    AtomicBoolean runs = new AtomicBoolean();
    Scope own = scope;
    if (own != null) {
      try {
        own.bind(
                name,
                () -> {
                  runs.set(true);
                  call.run();
                })
            .run();
      } catch (StoppedException | IllegalStateException closed) {
        // as below
      }
    }
    if (!runs.get()) {
      call.run();
    }
  }

  private void send(Queue<Message> to, Message message) {
    if (scope == null) {
      message.run.accept(() -> {});
      return;
    }
    to.add(message);
    if (scope == null) { // closed meanwhile
      new Teller(false).run();
    } else {
      call(true);
    }
  }

  /// Has this done by one of them; for the timer, whose thread never does it.
  void sendByTimer(Message message) {
    urgent.add(message);
    call(false);
  }

  /// Calls no more of them, and drops what they have not begun.
  void close() {
    scope = null;
    for (Message message = next(); message != null; message = next()) {
      message.drop.run();
    }
  }

  private @Nullable Message next() {
    Message first = urgent.poll();
    return first == null ? messages.poll() : first;
  }

  /// @param here whether the calling thread may do it if nobody else can
  private void call(boolean here) {
    while (!(urgent.isEmpty() && messages.isEmpty())) {
      int now = active.get();
      if (now >= MOST) {
        return;
      }
      if (active.compareAndSet(now, now + 1)) {
        start(new Teller(true), here);
        return;
      }
    }
  }

  private void start(Teller teller, boolean here) {
    Scope own = scope;
    boolean begun = false;
    try {
      if (own != null) {
        var _ = own.fork("teller-" + numbers.incrementAndGet(), teller);
        begun = true;
      }
    } catch (StoppedException | IllegalStateException | OutOfMemoryError noThread) {
      // who brings the message runs it
    } finally {
      if (!begun && here) {
        teller.run();
      } else if (!begun) {
        active.decrementAndGet();
      }
    }
  }

  /// One of them.
  private final class Teller implements Runnable {

    private final AtomicBoolean counted;

    Teller(boolean counts) {
      counted = new AtomicBoolean(counts);
    }

    @Override
    public void run() {
      try {
        do {
          Message next = next();
          if (next == null) {
            return;
          }
          next.run.accept(this::leaveBehind);
        } while (counted.get());
      } finally {
        boolean _ = leave();
        call(true); // also by one that was left behind: for what nobody could be found to do
      }
    }

    /// {@return whether it was counted until now}
    private boolean leave() {
      boolean first = counted.compareAndSet(true, false);
      if (first) {
        active.decrementAndGet();
      }
      return first;
    }

    /// For the timer.
    private void leaveBehind() {
      if (leave()) {
        call(false);
      }
    }
  }
}
