// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.Curfew;
import dev.curfew.Registration;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StopToken;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The body of a fork that has a child process: starts it, waits, and ends it step by step.
///
/// Invariants
///
/// 1. The process is started here and nowhere else, so a fork that never begins leaves none.
/// 2. The tree is asked by a callback of the token, on a thread that nothing can keep busy; once.
/// 3. It is killed when the own plan is over, or earlier by a reserve before the end of the stopped
///    scope. That end is asked for again at each look: a second stop may bring it forward.
/// 4. The fork ends when nothing of the tree lives. What survives keeps it, for [#WATCHED] at most,
///    and gives its thread the name that reports and the ledger show; it is killed again and again.
/// 5. An interrupt makes it look again, and never ends a look-out that is not over. One that comes
///    without a stop is handed on when the tree is gone.
///
/// Locks: none.
final class Ladder implements Callable<Exit> {

  /// How long what a leader leaves behind gets to end.
  private static final Duration LEFT_BEHIND = Duration.ofSeconds(2);

  private static final Duration RESERVE = Duration.ofSeconds(3);
  private static final Duration DUMP = Duration.ofMillis(1_500);
  private static final Duration WATCHED = Duration.ofHours(1);
  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final Duration SHORT_LOOK = Duration.ofMillis(100);
  private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long RARELY = TimeUnit.MILLISECONDS.toNanos(200);
  private static final Duration NO_END = Duration.ofDays(1);

  private final Start start;
  private final StopPlan plan;
  private final Predicate<Exit> done;
  private final AtomicBoolean asked = new AtomicBoolean();

  /// How the child is started.
  @FunctionalInterface
  interface Start {
    ChildProcess start() throws IOException;
  }

  /// The ladder of one child.
  ///
  /// @param plan from asking until it is killed
  /// @param done whether a leader that ended so has done its work, asked for or not
  Ladder(Start start, StopPlan plan, Predicate<Exit> done) {
    this.start = start;
    this.plan = plan;
    this.done = done;
  }

  @Override
  public Exit call() throws IOException, InterruptedException {
    StopToken token = Curfew.token();
    try (ChildProcess child = start.start()) {
      Thread.currentThread().setName(child.toString());
      boolean interrupted = !awaitLeader(child, token);
      boolean stopped = token.isStopped() || interrupted;
      if (stopped || !child.members().isEmpty()) {
        end(child, token, stopped);
      }
      Optional<Exit> exit = exit(child);
      if (exit.isPresent() && (!stopped || done.test(exit.get()))) {
        return exit.get();
      }
      token.check();
      throw new InterruptedException();
    }
  }

  /// {@return false if somebody interrupted the thread without a stop}
  private boolean awaitLeader(ChildProcess child, StopToken token) {
    try (Registration _ = token.onStop("ask " + child, () -> ask(child, token))) {
      Optional<Exit> exit = Optional.empty();
      while (exit.isEmpty() && !token.isStopped()) {
        exit = child.awaitExit(LOOK);
      }
      return true;
    } catch (InterruptedException e) {
      return token.isStopped();
    }
  }

  private void ask(ChildProcess child, StopToken token) {
    if (asked.compareAndSet(false, true)) {
      child.ask(
          token.reason().orElseGet(() -> StopReason.requested("its leader ended or was left")));
    }
  }

  private void end(ChildProcess child, StopToken token, boolean stopped) {
    ask(child, token);
    long began = System.nanoTime();
    Duration own = stopped ? plan.within() : LEFT_BEHIND;
    Duration half = untilEndOfScope().dividedBy(2);
    Duration reserve = half.compareTo(RESERVE) < 0 ? half : RESERVE;
    List<Member> late =
        awaitGone(child, () -> earlier(left(began, own), untilEndOfScope().minus(reserve)));
    String how = "ended when asked";
    if (!late.isEmpty()) {
      takeDump(child, earlier(DUMP, reserve.dividedBy(2)));
      Duration after = Duration.ofNanos(System.nanoTime() - began);
      List<Member> killed = child.force();
      how =
          killed.isEmpty()
              ? "could not be killed after %d ms: %s".formatted(after.toMillis(), names(late))
              : "killed after %d ms: %s".formatted(after.toMillis(), names(killed));
    }
    if (stopped || !late.isEmpty()) {
      Curfew.note("%s, by %s: %s".formatted(child, child.startedBy(), how));
    }
    watchSurvivors(child);
    if (stopped) {
      exit(child).ifPresent(exit -> Curfew.note(child + ": " + exit));
    }
  }

  /// By now the scope does not wait any more, or is about to: who asks is shown what is left.
  private static void watchSurvivors(ChildProcess child) {
    long began = System.nanoTime();
    List<Member> left = look(child, SHORT_LOOK);
    while (!left.isEmpty() && left(began, WATCHED).isPositive()) {
      Thread.currentThread().setName(child + ", not to be killed: " + names(left));
      rest();
      var _ = child.force(); // what kept it from being killed may be over
      left = look(child, Duration.ZERO);
    }
  }

  /// The JDK tells of the end of its children a moment after they are gone.
  private static Optional<Exit> exit(ChildProcess child) {
    long began = System.nanoTime();
    while (child.exit().isEmpty() && left(began, RESERVE).isPositive()) {
      LockSupport.parkNanos(MOMENT);
    }
    return child.exit();
  }

  private static void rest() {
    try {
      HandleKernel.pause(RARELY);
    } catch (InterruptedException e) {
      // nobody waits for this thread any more, but the ledger shows what it sees
    }
  }

  private static void takeDump(ChildProcess child, Duration budget) {
    if (!child.isJvm() || child.exit().isPresent()) {
      return;
    }
    Optional<String> dump = Optional.empty();
    try {
      // Interrupts of the stop stay outside.
      dump = Curfew.shield(budget.multipliedBy(2), () -> child.threadDump(budget));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the plan is over: killing cannot wait
    }
    Curfew.note(
        dump.map(text -> "thread dump of " + child + ":\n" + text)
            .orElse(
                "no thread dump of %s: that takes native access, an output that is a file, and a moment"
                    .formatted(child)));
  }

  private static List<Member> awaitGone(ChildProcess child, Supplier<Duration> left) {
    while (true) {
      Duration now = left.get();
      List<Member> living = look(child, earlier(now, SHORT_LOOK));
      if (living.isEmpty() || !now.isPositive()) {
        return living;
      }
    }
  }

  private static List<Member> look(ChildProcess child, Duration span) {
    try {
      return child.awaitGone(span);
    } catch (InterruptedException e) {
      return child.members(); // it is on the way out already
    }
  }

  /// A shield lasts no longer than the plan of a scope that is being stopped.
  private static Duration untilEndOfScope() {
    return Curfew.shield(NO_END, () -> Curfew.remaining().orElse(NO_END));
  }

  private static Duration left(long since, Duration span) {
    return span.minusNanos(System.nanoTime() - since);
  }

  private static Duration earlier(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static String names(List<Member> members) {
    return members.stream().map(Member::toString).collect(Collectors.joining(", "));
  }
}
