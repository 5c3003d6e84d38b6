// SPDX-License-Identifier: Apache-2.0
package dev.curfew.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// One thread at a time, for a few field writes; nobody inherits it.
///
/// ```java
/// try (Mutex _ = mutex.enter()) {
///   waiting.add(item);
/// }
/// ```
///
/// A monitor and a `ReentrantLock` have a queue: who leaves wakes an heir, and those behind the
/// heir wait until it has come and gone. Where the heir is a virtual thread, and all carriers are
/// busy with code that never checks, it does not come, and the platform threads behind it wait as
/// long: the ones that are there to stop that code. JDK 25 keeps them for ever (JDK-8369019), later
/// ones for up to a second at a time, and a `ReentrantLock` for ever in all of them. Here who comes
/// looks until it is free. The one inside runs, for virtual threads are not preempted, and is out
/// again sooner than a thread could be put to sleep.
///
/// So what is done inside is short, waits for nothing, calls nothing foreign, makes no thread and
/// sets no alarm, and does not enter the same mutex again, which would never end. To enter another
/// one is fine.
///
/// **Threads.** Any. What one thread did inside, the next one sees. An interrupt is not seen, and
/// an unpark that was meant for something else is not lost.
///
/// **Cost.** One atomic step to enter and a plain write to leave: half of what a monitor takes.
public class Mutex implements AutoCloseable {

  private static final VarHandle TAKEN = handle();

  /// Looks before a platform thread lets others have its processor: one inside may be without.
  private static final int LOOKS = 100;

  /// And before it sleeps between looks: then the one inside does more than it should.
  private static final int YIELDS = 1_000;

  private static final long NAP = 50_000;

  // any thread
  private volatile int taken;

  /// It is free.
  public Mutex() {}

  private static VarHandle handle() {
    try {
      return MethodHandles.lookup().findVarHandle(Mutex.class, "taken", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// Comes in, as soon as nobody is inside.
  ///
  /// @return this, to be closed
  public Mutex enter() {
    if (!TAKEN.compareAndSet(this, 0, 1)) {
      enterAfterOthers();
    }
    return this;
  }

  @SuppressWarnings("ThreadPriorityCheck") // no order depends on it
  private void enterAfterOthers() {
    boolean virtual = Thread.currentThread().isVirtual();
    int looks = 0;
    do {
      while (taken != 0) {
        looks++;
        if (virtual || looks < LOOKS) {
          Thread.onSpinWait(); // a virtual one must keep its carrier: it may be inside of another
        } else if (looks < LOOKS + YIELDS) {
          Thread.yield();
        } else {
          LockSupport.parkNanos(this, NAP);
        }
      }
    } while (!TAKEN.compareAndSet(this, 0, 1));
    if (looks >= LOOKS + YIELDS) {
      LockSupport.unpark(Thread.currentThread()); // in place of one that a nap may have used up
    }
  }

  /// Goes out.
  @Override
  public void close() {
    TAKEN.setRelease(this, 0);
  }
}
