// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Errands;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A thread that runs tasks: one of the pool's own, or a submitter that runs its task itself.
///
/// Invariants
///
/// 1. Begun by [#begin] once, by its own thread or by the one who finds that it never will run.
/// 2. A worker that rests is on the crew's list until it is called or the pool is not open any
///    more; then it ends.
/// 3. Outside of a task, the thread is in the place of an errand only while it takes the next one
///    from the queue; before it searches, rests, calls another or leaves, that has ended.
///
/// Locks: none.
final class Worker {

  /// How often the searching worker looks before it rests: some microseconds.
  private static final int LOOKS = 200;

  private static final VarHandle BEGAN = handle("began", boolean.class);
  private static final VarHandle CURRENT = handle("current", Task.class);

  private final Crew crew;
  private final boolean guest;

  // own thread
  private final Errands errands;
  private final Tally tally;
  private boolean searches = true;

  // any thread
  @SuppressWarnings("UnusedVariable") // by BEGAN
  private volatile boolean began;

  private volatile @Nullable Thread thread;
  private volatile boolean called;
  private volatile @Nullable Task<?> current;

  private Worker(Crew crew, boolean guest) {
    this.crew = crew;
    this.guest = guest;
    errands = Errands.of(crew.taskSettings());
    tally = guest ? crew.tally() : crew.newTally();
  }

  /// {@return one for a fork of the pool}
  static Worker own(Crew crew) {
    return new Worker(crew, false);
  }

  /// {@return one for the calling thread and this task alone}
  static Worker guest(Crew crew, Task<?> task) {
    Worker guest = new Worker(crew, true);
    guest.began = true;
    guest.thread = Thread.currentThread();
    guest.current = task;
    return guest;
  }

  boolean claims(Task<?> task) {
    return task.claim(errands);
  }

  boolean isGuest() {
    return guest;
  }

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Worker.class, field, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// A fork that is stopped before its thread starts never runs: whoever is first here accounts for
  /// the worker.
  boolean begin() {
    return BEGAN.compareAndSet(this, false, true);
  }

  @Nullable Thread thread() {
    return thread;
  }

  @Nullable Task<?> current() {
    return current;
  }

  /// Whether it may hold a task of which it is not decided whether it begins. To be asked once the
  /// pool is stopped: a worker that begins after that takes none.
  boolean isUndecided() {
    Task<?> task = current;
    return thread != null && (task == null || !task.isDecided());
  }

  /// Ends its rest; it searches from then on.
  void call() {
    called = true;
    LockSupport.unpark(thread);
  }

  void work() {
    if (!begin()) {
      return;
    }
    Thread self = Thread.currentThread();
    self.setName(crew.path() + "/" + self.getName());
    thread = self;
    try {
      for (Task<?> task = next(); task != null; task = next()) {
        perform(task);
        boolean _ = Thread.interrupted(); // what came for this task is not for the next
      }
    } finally {
      errands.rest();
      endSearch();
      crew.left(this);
    }
  }

  void perform(Task<?> task) {
    CURRENT.setRelease(this, task);
    try {
      task.perform(errands, tally);
    } finally {
      if (guest) {
        errands.rest();
      }
      CURRENT.setRelease(this, null); // who looks for it meanwhile finds one that has ended
    }
  }

  /// {@return the next task, claimed; null when there will be none}
  private @Nullable Task<?> next() {
    while (true) {
      boolean open = crew.isOpen();
      if (crew.isStopped()) {
        return null;
      }
      Task<?> task = look();
      if (task == null && !open) {
        return null;
      }
      if (task == null) {
        rest();
        continue;
      }
      endSearch();
      if (crew.isStopped()) {
        errands.rest();
        crew.handBack(task);
        return null;
      }
      return task;
    }
  }

  private @Nullable Task<?> look() {
    Task<?> task = crew.take(errands);
    if (task == null) {
      errands.rest();
    }
    if (task == null && crew.isOpen() && (searches || startSearch())) {
      for (int i = 0; i < LOOKS && task == null && crew.isOpen(); i++) {
        Thread.onSpinWait();
        task = crew.take(errands);
      }
    }
    return task;
  }

  private boolean startSearch() {
    searches = crew.startSearch();
    return searches;
  }

  private void endSearch() {
    if (searches) {
      searches = false;
      crew.endSearch();
    }
  }

  /// Waits until it is called or the state moves.
  private void rest() {
    called = false;
    crew.rest(this, searches);
    searches = false;
    while (!called && crew.isOpen()) {
      LockSupport.park(crew);
      boolean _ = Thread.interrupted(); // no task runs that it could be for
    }
    searches = called;
  }
}
