// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import dev.curfew.AbandonedException;
import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.Errand;
import dev.curfew.ForkFailedException;
import dev.curfew.Scope;
import dev.curfew.Signal;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopReport;
import dev.curfew.StopSource;
import dev.curfew.StopToken;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The thread that owns the scope of a pool, walks down the plan of a stop, and leaves last.
///
/// A scope is closed by the thread that opened it, and a pool by any: so it has a thread for that.
///
/// Invariants
///
/// 1. The workers are forks of the scope, so one stop of it tells them all.
/// 2. `left` is set when the plan is over or nothing runs; `terminated` is counted down when
///    nothing runs after that.
/// 3. Whoever shortens a stop writes it before it reads `told`, and the keeper writes `told` before
///    it reads the stop.
///
/// Locks: none.
final class Keeper {

  private static final Duration OPENING = Duration.ofSeconds(30);

  private final Crew crew;
  private final Thread thread;
  private final CountDownLatch terminated = new CountDownLatch(1);

  // written by the keeper
  private volatile @Nullable Scope scope;
  private volatile boolean told;
  private volatile boolean left;
  private volatile List<Told> inside = List.of();

  // any thread
  private volatile @Nullable StopSource link;
  private final Signal changed = new Signal();

  /// A task that was running when the stop told it.
  ///
  /// @param task the task
  /// @param own its place
  /// @param guest whether its submitter runs it, in the submitter's own scope
  private record Told(Task<?> task, Errand own, boolean guest) {}

  Keeper(Crew crew) {
    this.crew = crew;
    thread =
        Thread.ofPlatform()
            .daemon()
            .name(crew.path() + "/keeper")
            .inheritInheritableThreadLocals(false)
            .unstarted(this::run);
  }

  /// Opens the scope, and has the pool stopped with the scope of the caller.
  void open() {
    thread.start();
    if (!changed.awaitShielded(Deadline.after(OPENING), () -> scope != null)) {
      crew.shutdown(); // one that starts all the same has nothing to keep
      throw new IllegalStateException(
          crew.path() + " could not be opened: its thread did not start within " + OPENING);
    }
    String what = "stop pool " + crew.path();
    StopSource follows =
        StopSource.linkedTo(what, Curfew.token()); // not behind callbacks of others
    link = follows;
    StopToken told = follows.token();
    var _ = told.onStop(what, () -> told.reason().ifPresent(this::stopWith));
  }

  private void stopWith(StopReason reason) {
    crew.stop(reason, crew.settings().plan(), crew.settings().drain());
  }

  Scope scope() {
    Scope own = scope;
    if (own == null) {
      throw new IllegalStateException(crew.path() + " is not open yet");
    }
    return own;
  }

  private void run() {
    try {
      Scope.<@Nullable Void, RuntimeException>run(
          crew.path(),
          around -> around.withPlan(crew.settings().plan()).withThreads(threads()),
          own -> {
            scope = own;
            changed.wakeAll();
            keep(own);
            return null;
          });
    } catch (StoppedException | AbandonedException | ForkFailedException ended) {
      // the report says it
    } finally {
      leave();
    }
  }

  private ThreadFactory threads() {
    return crew.settings().virtual()
        ? Thread.ofVirtual().inheritInheritableThreadLocals(false).factory()
        : Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).factory();
  }

  /// Waits until the pool is over or its running tasks are to be told.
  private void keep(Scope own) {
    while (!isOver()) {
      boolean _ = Thread.interrupted(); // means nothing here, and would keep it from parking
      if (own.token().isStopped()) { // a worker failed, which is a bug of ours
        own.token()
            .reason()
            .ifPresent(why -> crew.stop(why, crew.settings().plan(), Duration.ZERO));
      }
      Crew.Stop stop = crew.isStopped() ? crew.stop() : null; // from then on errands are not reused
      if (stop == null) {
        LockSupport.park(this);
      } else if (stop.drained().hasPassed()) {
        break;
      } else {
        park(stop.drained(), () -> isOver() || !stop.equals(crew.stop()));
      }
    }
    tell(own);
  }

  private boolean isOver() {
    return !crew.isOpen() && crew.isEmpty();
  }

  private void park(Deadline end, BooleanSupplier over) {
    end.time().parkUntil(this, end.atNanos(), over);
  }

  private void tell(Scope own) {
    told = true;
    Crew.Stop stop = crew.stop();
    if (stop == null) {
      return;
    }
    List<Told> running = new ArrayList<>();
    List<Task<?>> guests = new ArrayList<>();
    crew.eachRunning(
        (task, guest) -> {
          Errand its = task.errand();
          if (its != null) {
            running.add(new Told(task, its, guest));
          }
          if (guest) {
            guests.add(task);
          }
        });
    inside = List.copyOf(running);
    boolean _ = own.stop(stop.reason(), StopPlan.within(stop.end().remaining()));
    StopReason below = new StopReason.ParentStopped(crew.path(), stop.reason());
    for (Task<?> task : guests) { // they run in the scopes of their submitters
      boolean _ = task.stop(below);
    }
  }

  private void leave() {
    crew.strikeUnbegun();
    Crew.Stop stop = crew.stop();
    if (stop != null) {
      while (!crew.isEmpty() && !stop.end().hasPassed()) {
        Crew.Stop known = stop;
        park(stop.end(), () -> crew.isEmpty() || !known.equals(crew.stop()));
        stop = Optional.ofNullable(crew.stop()).orElse(stop); // a second one may have shortened it
      }
      StopReason why = stop.reason();
      crew.eachRunning((task, guest) -> task.abandon(why));
    }
    StopSource above = link;
    if (above != null) {
      above.close();
    }
    left = true;
    wake();
  }

  /// Something has ended or was asked for.
  void wake() {
    LockSupport.unpark(thread);
    changed.wakeAll();
    if (left && crew.isEmpty()) {
      terminated.countDown();
    }
  }

  /// A stop was asked for, perhaps a second one.
  void hurry() {
    Crew.Stop stop = crew.stop();
    if (told && stop != null) {
      boolean _ = scope().stop(stop.reason(), StopPlan.within(stop.end().remaining()));
    }
    wake();
  }

  boolean isTerminated() {
    return left && crew.isEmpty();
  }

  boolean isClosed() {
    return left;
  }

  boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminated.await(timeout, unit);
  }

  /// Waits until nothing runs, or the pool is stopped, or the caller.
  ///
  /// @return why the caller gives up; empty if it need not
  Optional<StopReason> drain() {
    try {
      changed.await(() -> isClosed() || crew.isStopped());
      return Optional.empty();
    } catch (StoppedException e) {
      return Optional.of(e.reason());
    }
  }

  /// Waits, whatever happens to the caller, until the stop is over.
  void awaitClosed(Duration within) {
    boolean _ = changed.awaitShielded(Deadline.after(within), this::isClosed);
  }

  /// {@return how the stop went so far, a line for each task that was running}
  StopReport report(Crew.Stop stop) {
    StopReport whole = scope().report().orElse(null);
    List<StopReport.Part> parts = new ArrayList<>();
    for (Told each : inside) {
      StopReport from = each.guest ? each.own.report().orElse(null) : whole;
      if (from != null) {
        from.parts().stream()
            .filter(part -> part.path().equals(each.own.path()))
            .map(part -> named(part, each.task))
            .forEach(parts::add);
      }
    }
    if (whole == null) {
      return new StopReport(
          crew.path(), stop.reason(), Instant.now(), stop.end().remaining(), Duration.ZERO, parts);
    }
    return new StopReport(
        whole.subject(), whole.reason(), whole.asked(), whole.budget(), whole.took(), parts);
  }

  private static StopReport.Part named(StopReport.Part part, Task<?> task) {
    String outcome = task.outcome().map(how -> how.word()).orElse("");
    return new StopReport.Part(
        part.path(), part.seen(), part.ended(), outcome, part.straggler(), part.notes());
  }
}
