// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Registration;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.process.ChildProcess;
import dev.curfew.process.Command;
import dev.curfew.process.Exit;
import dev.curfew.process.Member;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// One command per input, each a process tree of its own.
///
/// Invariants
///
/// 1. A tree is asked when its attempt is stopped, by a callback of the token, and forced when the
///    grace is over or [#force] is called, whichever is first.
/// 2. A process that ended by itself with code 0 is done, also when it had been asked meanwhile:
///    its work is not to be done twice. Any other end after the request is a stop, not a failure.
/// 3. An attempt that was stopped returns only when its whole tree is gone, or names what is left.
///
/// Locks: none.
final class CommandWork implements Work {

  private static final Duration LOOK = Duration.ofMinutes(1);

  /// A job that ends within it is found by its marker alone, should the runner be killed meanwhile.
  private static final Duration BRIEF = Duration.ofMillis(50);

  private static final Duration AFTER_FORCE = Duration.ofSeconds(3);

  private static final Path HERE = Path.of("");

  private final Task.Processes task;
  private final @Nullable JobJvm jvm;
  private final Duration grace;
  private final Journal journal;
  private final @Nullable InFlight inFlight;
  private final SlotNumbers slots = new SlotNumbers();
  private final Set<Attempt> running = ConcurrentHashMap.newKeySet();
  private final Pace pace = new Pace(5_000_000, 8);
  private volatile boolean forced;

  /// What runs the task's command for each input.
  ///
  /// @param inFlight where the markers of what runs are kept for a watcher, null if there is none
  CommandWork(Task.Processes task, Duration grace, Journal journal, @Nullable InFlight inFlight) {
    this.task = task;
    this.jvm = task instanceof Task.Isolated isolated ? isolated.jvm() : null;
    this.grace = grace;
    this.journal = journal;
    this.inFlight = inFlight;
  }

  @Override
  public Result attempt(Item item, Scope attempt, Spool output) {
    int slot = slots.take();
    int line = inFlight == null ? 0 : inFlight.enter(item.marker());
    try {
      return started(item, slot, attempt, output);
    } finally {
      if (inFlight != null) {
        inFlight.leave(line);
      }
      slots.give(slot);
    }
  }

  private Result started(Item item, int slot, Scope attempt, Spool output) {
    Watch watch = new Watch();
    ChildProcess child;
    try {
      // All at once, for each step in between would copy the words once more.
      Command whole =
          new Command(
              task.template().argv(item.input(), slot),
              Map.of(),
              output.outputFile(),
              output.errorFile(),
              item.marker(),
              HERE,
              jvm != null);
      child = ChildProcess.start(task.site().put(whole, item.input(), slot));
    } catch (IOException e) {
      return watch.failed("cannot be started: " + e.getMessage());
    }
    Attempt made = new Attempt(item, child, attempt, watch, output);
    running.add(made);
    try {
      return made.result();
    } finally {
      running.remove(made);
      pace.took(watch.took().toNanos());
      close(child);
    }
  }

  /// A leader that cannot be killed has been named in the result already.
  private static void close(ChildProcess child) {
    try {
      child.close();
    } catch (IllegalStateException stuck) {
      Complaints.say(stuck);
    }
  }

  @Override
  public String problem(Input input) {
    return (jvm == null ? input.problem() : jvm.problem(input)).orElse("");
  }

  @Override
  public void force() {
    forced = true;
    running.forEach(Attempt::force);
  }

  @Override
  public Duration margin() {
    return AFTER_FORCE.plus(AFTER_FORCE);
  }

  @Override
  public int claimsAhead() {
    return pace.ahead();
  }

  /// One process tree from its start to its end.
  private final class Attempt {

    private final Item item;
    private final ChildProcess child;
    private final Scope scope;
    private final Watch watch;
    private final Spool output;
    private final List<Member> killed = new ArrayList<>(); // guarded by this

    /// When it is killed, by [System#nanoTime]; 0 while nobody has asked it to end.
    private long forceAt;

    /// What a JVM was doing when its grace was over.
    private String seen = "";

    Attempt(Item item, ChildProcess child, Scope scope, Watch watch, Spool output) {
      this.item = item;
      this.child = child;
      this.scope = scope;
      this.watch = watch;
      this.output = output;
    }

    Result result() {
      Optional<Exit> exit;
      try (Registration _ = scope.token().onStop("ask " + child, this::ask)) {
        exit = awaitExit();
      }
      if (!scope.token().isStopped()) {
        return exit.map(this::ended).orElseGet(() -> watch.failed("its end was not seen"));
      }
      List<String> left = settleTree();
      return stopped(awaitBriefly(exit), left);
    }

    private void ask() {
      child.ask(
          scope.token().reason().orElseGet(() -> StopReason.requested("the attempt is over")));
    }

    /// Waits while nobody stops it, and then until the grace is over. The interrupts of a stop only
    /// make it look again.
    private Optional<Exit> awaitExit() {
      boolean noted = false;
      while (true) {
        Duration span = scope.token().isStopped() ? untilForce() : noted ? LOOK : BRIEF;
        if (span.isZero() || forced) {
          return Optional.empty();
        }
        try {
          Optional<Exit> exit = child.awaitExit(span);
          if (exit.isPresent()) {
            return exit;
          }
          if (!noted) {
            noted = true;
            journal.spawned(item.key(), child.pid(), child.startTime());
          }
        } catch (InterruptedException e) {
          if (!scope.token().isStopped()) {
            scope.stop(StopReason.requested("interrupted from outside"));
          }
        }
      }
    }

    /// {@return what is left of the grace, which begins when the stop is first seen}
    private Duration untilForce() {
      if (forceAt == 0) {
        forceAt = System.nanoTime() + grace.toNanos();
      }
      return Duration.ofNanos(forced ? 0 : Math.max(0, forceAt - System.nanoTime()));
    }

    /// Whom it has killed is known before anybody can ask, however quickly they are gone.
    synchronized void force() {
      killed.addAll(child.force());
    }

    private synchronized List<Member> killed() {
      return List.copyOf(killed);
    }

    /// Waits for the rest of the tree, kills it when its time is over, and tells what is left.
    private List<String> settleTree() {
      List<Member> left = awaitGone(untilForce());
      if (!left.isEmpty()) {
        seen = jvm == null || forced ? "" : JobJvm.lastSeen(child);
        force();
        left = awaitGone(AFTER_FORCE);
      }
      return left.stream().map(Member::toString).toList();
    }

    private List<Member> awaitGone(Duration within) {
      long end = System.nanoTime() + within.toNanos();
      while (true) {
        try {
          return child.awaitGone(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        } catch (InterruptedException e) {
          // the stop that we are carrying out
        }
      }
    }

    private Optional<Exit> awaitBriefly(Optional<Exit> known) {
      if (known.isPresent()) {
        return known;
      }
      try {
        return child.awaitExit(Duration.ZERO);
      } catch (InterruptedException e) {
        return Optional.empty();
      }
    }

    private Result ended(Exit exit) {
      return switch (exit) {
        case Exit.Exited(int code) when code == 0 -> watch.done();
        case Exit.Exited(int code) -> watch.end(Result.End.FAILED, code, 0, note(exit), List.of());
        case Exit.Signalled(int number, String _) ->
            watch.end(Result.End.FAILED, -1, number, exit.toString(), List.of());
      };
    }

    private String note(Exit exit) {
      return jvm == null ? exit.toString() : jvm.note(exit, output.outputFile());
    }

    private Result stopped(Optional<Exit> exit, List<String> left) {
      if (!left.isEmpty()) {
        return watch.end(Result.End.ABANDONED, -1, 0, "could not be killed" + seen, left);
      }
      boolean late = TimeOut.hasStopped(scope.token());
      boolean succeeded = exit.filter(Exit::succeeded).isPresent();
      if (succeeded && !late) {
        return watch.done();
      }
      Result raw = exit.map(this::ended).orElseGet(() -> watch.failed("ended unseen"));
      String force = forced ? "killed: " : "killed after the grace: ";
      List<Member> gone = killed();
      String how = gone.isEmpty() ? "ended when asked" : force + names(gone) + seen;
      return watch.end(
          late ? Result.End.TIMED_OUT : Result.End.STOPPED,
          raw.code(),
          raw.signal(),
          how,
          List.of());
    }

    private static String names(List<Member> gone) {
      return String.join(", ", gone.stream().map(Member::toString).toList());
    }
  }
}
