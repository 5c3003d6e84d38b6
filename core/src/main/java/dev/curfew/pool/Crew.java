// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.Deadline;
import dev.curfew.Errands;
import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The workers and the queue of one pool, and the state that both obey.
///
/// Invariants
///
/// 1. The state only moves from OPEN to DRAINING to STOPPED, or from OPEN to STOPPED. `stop` is set
///    before it is STOPPED.
/// 2. A submitter puts its task into the queue and looks at the state after that; if the pool is
///    not open any more, it tries to claim its own task. So every task is run, ended or handed back
///    by the one who claimed it, or refused by its submitter.
/// 3. No body begins after STOPPED was seen; a worker that holds a claimed task then hands it back.
/// 4. At most one worker is searching, and a submitter calls another one only if none is. Who stops
///    searching clears the flag before it looks at the queue, and who rests is on the list before
///    it does: a task in the queue always has a worker that will look. The idea is Go's.
/// 5. `live` counts the workers that have not left and the tasks that submitters run themselves. It
///    is raised before the thread starts, and nothing of the pool runs when it is zero.
///
/// Locks: that of `idle` and the own one, for moves of the state; both are leaves.
final class Crew {

  private enum State {
    OPEN,
    DRAINING,
    STOPPED
  }

  private static final Duration UNDECIDED = Duration.ofSeconds(1);
  private static final long LOOK_AGAIN = 20_000L;

  private final String path;
  private final PoolSettings settings;
  private final ScopeSettings taskSettings;
  private final Tally tally = Tally.shared();
  private final Keeper keeper;

  // any thread
  private final Backlog queue = new Backlog();
  private final Slots slots;
  private final AtomicInteger live = new AtomicInteger();
  private final AtomicBoolean searching = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Tally> tallies = new ConcurrentLinkedQueue<>();
  private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<Returned> returned = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Returned> unclaimed = new ConcurrentLinkedQueue<>();

  private final Mutex idleMutex = new Mutex();

  // guarded by their mutex; the counts are read by any thread
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();
  private volatile int resting;
  private volatile int started;

  private final Mutex mutex = new Mutex();

  // written under the mutex
  private volatile State state = State.OPEN;
  private volatile @Nullable Stop stop;

  /// A stop as it was asked for: the first reason, the earliest ends.
  ///
  /// @param reason why
  /// @param drained when running tasks are told
  /// @param end when what still runs is abandoned
  record Stop(StopReason reason, Deadline drained, Deadline end) {
    Stop earlier(Stop other) {
      return new Stop(reason, drained.earlier(other.drained), end.earlier(other.end));
    }
  }

  private record Returned(Task<?> task, HandedBack work) {}

  Crew(String path, PoolSettings settings) {
    this.path = path;
    this.settings = settings;
    ScopeSettings plain = ScopeSettings.DEFAULT.withPlan(settings.plan());
    taskSettings = settings.deadline().map(plain::withDeadline).orElse(plain);
    slots = new Slots(settings.queue());
    keeper = new Keeper(this);
  }

  String path() {
    return path;
  }

  PoolSettings settings() {
    return settings;
  }

  ScopeSettings taskSettings() {
    return taskSettings;
  }

  /// {@return the one of those who are no workers of the pool}
  Tally tally() {
    return tally;
  }

  /// {@return a worker's own}
  Tally newTally() {
    Tally own = Tally.owned();
    tallies.add(own);
    return own;
  }

  private TaskCounts counts() {
    TaskCounts all = tally.counts();
    for (Tally each : tallies) {
      all = each.plus(all);
    }
    return all;
  }

  Keeper keeper() {
    return keeper;
  }

  /// {@return a number for a task that is not in the queue, and has to be called something}
  long number() {
    return queue.skip();
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  boolean isStopped() {
    return state == State.STOPPED;
  }

  /// {@return whether nothing of the pool runs}
  boolean isEmpty() {
    return live.get() == 0;
  }

  @Nullable Stop stop() {
    return stop;
  }

  // submitting

  /// Puts a task into the queue, or does what the settings say when it is full.
  ///
  /// @throws RejectedExecutionException if the pool is not open, or full and told to refuse
  void submit(Task<?> task) {
    if (state != State.OPEN) {
      throw refused(task);
    }
    if (!slots.tryTake() && !makeRoom(task)) {
      return;
    }
    task.accept();
    queue.put(task);
    try {
      call();
    } catch (RuntimeException | Error noThread) {
      if (task.claim()) { // nobody has it, and the submitter is told
        throw noThread;
      }
    }
    if (state != State.OPEN && task.claim()) {
      throw refused(task);
    }
  }

  /// @return whether there is a place now; if not, the task was run here
  private boolean makeRoom(Task<?> task) {
    switch (settings.whenFull()) {
      case WAIT -> {
        if (slots.take(this::isOpen)) {
          return true;
        }
        if (state != State.OPEN) {
          throw refused(task);
        }
        throw new RejectedExecutionException(
            "%s is full (%d tasks wait), and the thread was interrupted while '%s' waited for a place"
                .formatted(path, settings.queue(), task.name()));
      }
      case REFUSE ->
          throw new RejectedExecutionException(
              "%s is full (%d tasks wait): '%s' was refused; submit it later, or open the pool"
                      .formatted(path, settings.queue(), task.name())
                  + " with a longer queue or another WhenFull");
      case RUN_HERE -> runHere(task);
    }
    return false;
  }

  private void runHere(Task<?> task) {
    Worker guest = Worker.guest(this, task); // known to a stop from before the state is read
    live.incrementAndGet();
    workers.add(guest);
    try {
      if (state != State.OPEN || !guest.claims(task)) {
        throw refused(task);
      }
      task.accept();
      guest.perform(task);
    } finally {
      left(guest);
    }
  }

  private RejectedExecutionException refused(Task<?> task) {
    boolean _ = task.claim();
    Stop why = stop;
    return new RejectedExecutionException(
        "%s takes no more tasks, '%s' was refused: %s"
            .formatted(
                path, task.name(), why == null ? "shutdown was called" : why.reason().chain()));
  }

  // calling workers

  /// Sees to it that somebody looks at the queue.
  private void call() {
    if (searching.get() || (resting == 0 && started == settings.workers())) {
      return;
    }
    if (!searching.compareAndSet(false, true)) {
      return;
    }
    Worker next;
    try (Mutex _ = idleMutex.enter()) {
      next = idle.poll();
      resting = idle.size();
      if (next == null && started == settings.workers()) {
        searching.set(false); // all are busy, and look when they are done
        return;
      }
      if (next == null) {
        live.incrementAndGet();
        countStarted(1);
      }
    }
    if (next == null) {
      start(Worker.own(this));
    } else {
      next.call();
    }
  }

  private void start(Worker worker) {
    workers.add(worker);
    boolean begun = false;
    try {
      Scope scope = keeper.scope();
      var _ = scope.fork("worker-" + started, worker::work);
      begun = true;
    } catch (StoppedException | IllegalStateException closed) {
      if (state == State.OPEN) {
        throw closed;
      }
    } finally {
      if (!begun) {
        try (Mutex _ = idleMutex.enter()) {
          countStarted(-1);
        }
        searching.set(false);
        strike(worker);
      }
    }
  }

  /// To be called under the mutex of `idle`.
  private void countStarted(int more) {
    int now = started;
    started = now + more;
  }

  /// Accounts for a worker that has not begun and never will.
  private void strike(Worker worker) {
    if (worker.begin()) {
      left(worker);
    }
  }

  /// Accounts for all of those, once the scope has ended.
  void strikeUnbegun() {
    workers.forEach(this::strike);
  }

  /// {@return a task that is claimed now, null if none waits}
  ///
  /// @param row the errands of the worker that takes it; null to hand it back
  @Nullable Task<?> take(@Nullable Errands row) {
    for (Task<?> task = queue.poll(); task != null; task = queue.poll()) {
      slots.release();
      if (row == null ? task.claim() : task.claim(row)) {
        return task;
      }
    }
    return null;
  }

  boolean startSearch() {
    return searching.compareAndSet(false, true);
  }

  void endSearch() {
    searching.set(false);
    if (!queue.isEmpty()) {
      try {
        call();
      } catch (OutOfMemoryError noThread) {
        // what waits is done by those who are there
      }
    }
  }

  /// Puts a worker on the list of those who can be called.
  void rest(Worker worker, boolean searches) {
    try (Mutex _ = idleMutex.enter()) {
      idle.push(worker);
      resting = idle.size();
    }
    if (searches) {
      searching.set(false);
    }
    if (!queue.isEmpty()) {
      call();
    }
  }

  void left(Worker worker) {
    workers.remove(worker);
    if (live.decrementAndGet() == 0) {
      keeper.wake();
    }
  }

  // stopping

  /// Takes no more tasks, and ends when the queue is empty.
  void shutdown() {
    try (Mutex _ = mutex.enter()) {
      if (state != State.OPEN) {
        return;
      }
      state = State.DRAINING;
    }
    wakeAll();
  }

  /// Takes no more tasks, hands back what waits, and has the keeper do the rest.
  void stop(StopReason reason, StopPlan plan, Duration drain) {
    Duration share = drain.compareTo(plan.within()) < 0 ? drain : plan.within();
    Stop asked = new Stop(reason, Deadline.after(share), Deadline.after(plan.within()));
    try (Mutex _ = mutex.enter()) {
      Stop known = stop;
      stop = known == null ? asked : known.earlier(asked);
      state = State.STOPPED;
    }
    for (Task<?> task = take(null); task != null; task = take(null)) {
      handBack(task);
    }
    wakeAll();
    keeper.hurry();
  }

  private void wakeAll() {
    slots.wakeAll();
    workers.forEach(worker -> LockSupport.unpark(worker.thread()));
    keeper.wake();
  }

  /// Gives back a claimed task whose body never began.
  void handBack(Task<?> task) {
    Stop why = stop;
    if (why == null) {
      throw new AssertionError(task.name() + " was handed back by a pool that is not stopped");
    }
    Returned back = new Returned(task, task.handBack());
    returned.add(back);
    unclaimed.add(back);
    task.endHandedBack(new StopReason.ParentStopped(path, why.reason()));
  }

  /// {@return what was handed back so far, in the order of submission}
  List<HandedBack> handedBack() {
    return sorted(returned).stream().map(Returned::work).toList();
  }

  /// {@return each of them once, as the runnables that were submitted, where they were}
  List<Runnable> claimHandedBack() {
    awaitUndecided();
    List<Returned> mine = new ArrayList<>();
    for (Returned next = unclaimed.poll(); next != null; next = unclaimed.poll()) {
      mine.add(next);
    }
    return sorted(mine).stream().map(each -> each.task.plain(each.work)).toList();
  }

  /// A worker that has just taken a task hands it back or begins it: a matter of microseconds, if
  /// it has a processor.
  private void awaitUndecided() {
    Deadline end = Deadline.after(UNDECIDED);
    while (workers.stream().anyMatch(Worker::isUndecided) && !end.hasPassed()) {
      LockSupport.parkNanos(this, LOOK_AGAIN);
    }
  }

  private static List<Returned> sorted(Collection<Returned> back) {
    return back.stream()
        .sorted(Comparator.comparingLong((Returned each) -> each.task.number()))
        .toList();
  }

  /// {@return what became of the tasks so far; empty if nobody has asked for a stop}
  Optional<PoolReport> report() {
    return Optional.ofNullable(stop)
        .map(asked -> new PoolReport(path, counts(), handedBack(), keeper.report(asked)));
  }

  @Override
  public String toString() {
    return "%s, %d of %d workers, %s"
        .formatted(state.name().toLowerCase(Locale.ROOT), started, settings.workers(), counts());
  }

  /// Calls for each task that runs now, and says whether its submitter runs it.
  void eachRunning(BiConsumer<Task<?>, Boolean> action) {
    for (Worker worker : workers) {
      Task<?> task = worker.current();
      if (task != null) {
        action.accept(task, worker.isGuest());
      }
    }
  }

  /// {@return whether the calling thread runs a task of this pool}
  boolean isInside() {
    return mine().findAny().isPresent();
  }

  /// {@return the task that the calling thread runs, null if it runs none of this pool}
  @Nullable Task<?> current() {
    return mine().map(Worker::current).filter(Objects::nonNull).findAny().orElse(null);
  }

  private Stream<Worker> mine() {
    Thread self = Thread.currentThread();
    return workers.stream().filter(worker -> self.equals(worker.thread()));
  }
}
