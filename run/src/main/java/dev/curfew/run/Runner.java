// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.AbandonedException;
import dev.curfew.Fork;
import dev.curfew.Ledger;
import dev.curfew.Registration;
import dev.curfew.Scope;
import dev.curfew.ScopeSettings;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Runs a list of jobs: workers that take from the feed, and a conductor that watches them.
///
/// Invariants
///
/// 1. Every job that is handed out is settled once: by its worker, or by the conductor that gives
///    the attempt up. Whoever settles it records it, counts it and shows its output.
/// 2. A stopped attempt that does not return when its grace is over is given up: its thread goes to
///    the ledger, and a fresh worker takes its place while the run goes on.
/// 3. The conductor waits only for messages, and after a stop not beyond the last moment.
///
/// Locks: none of its own; the feed and what the book writes to have theirs.
final class Runner implements Ladder.Run {

  private static final Duration MARGIN = Duration.ofSeconds(5);
  private static final int SHOWN_FRAMES = 8;
  private static final String FROM_OUTSIDE = "interrupted from outside";

  private final RunSettings settings;
  private final Work work;
  private final Feed feed;
  private final Book book;
  private final Path folder;
  private final Slots slots;
  private final @Nullable JobsFile jobsFile;
  private final Runtimes runtimes = new Runtimes();
  private final Set<Live> running = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private final TimeLimit limit;

  // conductor only
  private final List<Fork<?>> crew = new ArrayList<>();
  private final LastMoment lastMoment;

  // any thread
  private volatile @Nullable Scope scope;
  private volatile @Nullable StopReason early;
  private volatile @Nullable StopReason stopped;
  private volatile boolean forced;
  private volatile boolean halted;
  private volatile boolean over;

  /// What the conductor is told.
  private sealed interface Message {
    record WorkerEnded() implements Message {}

    record Overdue(Live live) implements Message {}

    record Look() implements Message {}

    /// Every worker has a job: one more may be of use.
    record More() implements Message {}
  }

  /// A run that has not begun.
  ///
  /// @param folder for what jobs print
  Runner(RunSettings settings, Work work, Feed feed, Book book, Path folder, TimeLimit limit) {
    this.settings = settings;
    this.work = work;
    this.feed = feed;
    this.book = book;
    this.folder = folder;
    this.limit = limit;
    this.lastMoment = new LastMoment(settings.grace(), MARGIN);
    JobCount jobs = settings.jobs();
    this.slots = new Slots(jobs.number());
    this.jobsFile = jobs.file().map(file -> new JobsFile(file, jobs.number())).orElse(null);
  }

  /// Runs until the list has ended, or the stop of the run has.
  void run() {
    feed.start();
    try (Scope open = Scope.open("run", this::settings)) {
      scope = open;
      StopReason before = early;
      if (before != null) {
        open.stop(before);
      }
      Registration _ = open.token().onStop("quiet", () -> onStop(open));
      startWorker(open);
      conduct(open);
      stopped = open.token().reason().orElse(early);
      over = true;
      open.stop(StopReason.requested("the run is over"), StopPlan.within(Duration.ZERO));
    } catch (AbandonedException abandoned) {
      // the conductor has given up and named what is left
    }
    feed.quiet();
    feed.handBack().forEach(book::notBegun);
    feed.dropRetries().forEach(book::notTriedAgain);
    showRest();
  }

  /// A reader may take as long as it likes, but whoever wants an end does not wait for it.
  private void showRest() {
    book.close(this::isToEnd, MARGIN);
    stopped = stopped == null && !book.hasShownAll() ? early : stopped;
  }

  private boolean isToEnd() {
    if (early == null && Thread.currentThread().isInterrupted()) {
      stop(StopReason.requested(FROM_OUTSIDE));
    }
    if (early == null && limit.isOver()) {
      stop(StopReason.limit(limit.toString()));
    }
    return early != null || stopped != null;
  }

  private ScopeSettings settings(ScopeSettings around) {
    ScopeSettings mine =
        around
            .withThreads(body -> groupThread(body))
            .withPlan(StopPlan.within(settings.grace().plus(MARGIN).plus(MARGIN)));
    return limit.left().map(mine::withDeadline).orElse(mine);
  }

  /// Each worker has a thread group of its own, so that the threads a job leaves behind are known.
  private static Thread groupThread(Runnable body) {
    Thread thread = new Thread(new ThreadGroup("curfew-worker"), body);
    thread.setDaemon(false); // so are the threads of a job then, as they are under `java`
    return thread;
  }

  /// Workers begin one after the other, each when the one before has found a job: a short list
  /// needs few of them, however many are allowed.
  private void startWorker(Scope open) {
    if (!slots.enter()) {
      return;
    }
    try {
      crew.add(open.fork("worker", this::work));
    } catch (StoppedException e) {
      slots.ended();
    }
  }

  private void onStop(Scope open) {
    if (!over) {
      stopped = open.token().reason().orElse(null);
      feed.quiet();
      open.token().reason().ifPresent(reason -> book.stopping(reason.root().why()));
    }
    messages.add(new Message.Look());
  }

  /// Stops the run: nothing new starts, what runs is asked to end.
  @Override
  public void stop(StopReason reason) {
    early = early == null ? reason : early; // before the workers, who may all be idle, are gone
    feed.quiet();
    Scope open = scope;
    if (open != null) {
      open.stop(reason);
    }
  }

  /// Ends at once what still runs.
  @Override
  public void force() {
    forced = true;
    work.force();
    messages.add(new Message.Look());
  }

  /// A thread of a job has called `System.exit` and will never come back: its job has failed, and
  /// the rest can be resumed.
  void exitCalled(Thread culprit) {
    String what = "somebody called System.exit";
    for (Live live : running) {
      if (Objects.equals(live.worker.getThreadGroup(), culprit.getThreadGroup())) {
        what = live.item.name() + " called System.exit";
        if (live.settle()) {
          recordExit(live);
          messages.add(new Message.WorkerEnded());
        }
      }
    }
    Complaints.say(what + ": the run is stopped");
    stop(StopReason.requested(what));
  }

  private void recordExit(Live live) {
    try {
      recordGivenUp(live, live.watch.failed("called System.exit"));
    } catch (JournalException e) {
      e.tell("");
    }
  }

  // --- the conductor

  private void conduct(Scope open) {
    while (slots.workers() > 0) {
      Message message = poll();
      look();
      switch (message) {
        case null -> {}
        case Message.WorkerEnded _ -> slots.ended();
        case Message.Overdue(Live live) -> giveUp(live, open);
        case Message.Look _ -> {}
        case Message.More _ -> startWorker(open);
      }
      if (open.token().isStopped() && crew.stream().allMatch(Fork::hasEnded)) {
        return; // one that was stopped before it began sends no message
      }
      if (open.token().isStopped() && isLastMoment()) {
        List.copyOf(running).forEach(live -> giveUp(live, open));
        return;
      }
    }
  }

  private @Nullable Message poll() {
    try {
      return messages.poll(100, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      stop(StopReason.requested(FROM_OUTSIDE));
      return null;
    }
  }

  private boolean isLastMoment() {
    return lastMoment.hasPassed(System.nanoTime(), forced || running.isEmpty());
  }

  private void giveUp(Live live, Scope open) {
    if (!live.settle()) {
      return;
    }
    StopReason reason =
        live.attempt().token().reason().orElseGet(() -> StopReason.requested("the run is over"));
    Ledger.abandon(live.item.name(), live.worker, reason);
    String note = "did not end when asked; " + where(live.worker);
    recordGivenUp(live, live.watch.end(Result.End.ABANDONED, -1, 0, note, List.of(note)));
    slots.ended();
    startWorker(open);
  }

  /// What changes while the run goes on: the file of `-j`, and who takes longer than most.
  private void look() {
    if (jobsFile != null) {
      jobsFile
          .changed()
          .ifPresent(
              number -> {
                slots.set(number);
                jobsChanged("-j " + jobsFile, number);
              });
    }
    if (settings.timeout().orElse(null) instanceof TimeOut.OfMedian share) {
      runtimes.median().ifPresent(median -> stopLate(share, share.limit(median)));
    }
  }

  private void stopLate(TimeOut.OfMedian share, Duration limit) {
    for (Live live : running) {
      if (live.watch.took().compareTo(limit) > 0 && !live.attempt().token().isStopped()) {
        String what = Amount.text(limit) + ", " + share.percent() + "% of the median";
        Complaints.say(live.item.name() + " has run for more than " + what + ": it is stopped");
        live.attempt().stop(StopReason.limit("--timeout " + what));
      }
    }
  }

  /// Has more jobs run at a time, or fewer; what runs goes on.
  void changeJobs(String why, int by) {
    Slots.Change change = slots.change(by);
    if (change.after() == change.before()) {
      Complaints.say(why + ": 1 job at a time is the least");
    } else {
      jobsChanged(why, change.after());
    }
  }

  private void jobsChanged(String why, int number) {
    Complaints.say(
        why + ": " + number + (number == 1 ? " job" : " jobs") + " at a time from now on");
    messages.add(new Message.More());
    feed.nudge();
  }

  private static String where(Thread thread) {
    return "thread "
        + thread.getName()
        + " is "
        + thread.getState()
        + Arrays.stream(thread.getStackTrace())
            .limit(SHOWN_FRAMES)
            .map(frame -> "\n    at " + frame)
            .collect(Collectors.joining());
  }

  // --- the workers

  private void work() {
    var leaving = new AtomicBoolean();
    boolean mine = true;
    try {
      Turn turn = feed.take(() -> leave(leaving));
      if (turn != null) {
        messages.add(new Message.More());
      }
      while (turn != null) {
        mine = run(turn);
        turn = mine ? feed.take(() -> leave(leaving)) : null;
      }
    } catch (InterruptedException e) {
      // a stop: there is nothing to take any more
    } catch (JournalException e) {
      e.tell("nothing new is started: ");
      stop(StopReason.limit(brokenJournal()));
    } finally {
      if (mine) {
        messages.add(leaving.get() ? new Message.Look() : new Message.WorkerEnded());
      }
    }
  }

  private String brokenJournal() {
    return settings.journal().isPresent()
        ? "the journal cannot be written"
        : "what the run keeps for itself cannot be written";
  }

  /// {@return whether the calling worker has to go; it has then been counted out}
  private boolean leave(AtomicBoolean leaving) {
    if (slots.leave()) {
      leaving.set(true);
    }
    return leaving.get();
  }

  /// {@return whether this worker is still wanted}
  private boolean run(Turn turn) {
    Item item = turn.item();
    Spool spool = new Spool(folder, Long.toString(item.order()));
    String problem = work.problem(item.input());
    if (!problem.isEmpty()) {
      record(item, spool, new Watch().failed("input " + item.input().number() + " " + problem));
      return true;
    }
    if (turn.number() > 1) {
      book.triedAgain(item);
    }
    book.begun(item); // not within the attempt: it may have to wait for a reader
    Live live = null;
    Result result;
    try {
      Attempt made =
          Scope.run("job-" + item.input().number(), this::timed, in -> attempt(item, spool, in));
      live = made.live;
      result = made.result;
    } catch (StoppedException e) {
      result = new Watch().end(Result.End.STOPPED, -1, 0, "not begun", List.of());
    }
    if (live != null && !live.settle()) {
      return false; // given up meanwhile
    }
    if (result.isFailure() && turn.number() < settings.tries()) {
      tryAgain(turn.next(), spool, result);
    } else {
      record(item, spool, result);
    }
    return true;
  }

  private void tryAgain(Turn next, Spool spool, Result result) {
    double random = ThreadLocalRandom.current().nextDouble();
    Duration wait = settings.job().backoff().before(next.number(), random);
    book.tryAgain(next, spool, result, wait);
    feed.again(next, wait);
  }

  private record Attempt(Live live, Result result) {}

  private ScopeSettings timed(ScopeSettings around) {
    return settings.timeout().orElse(null) instanceof TimeOut.After(Duration time)
        ? around.withDeadline(time)
        : around;
  }

  private Attempt attempt(Item item, Spool spool, Scope in) {
    Live live = new Live(item, spool, in);
    running.add(live);
    try (Registration _ = in.token().onStop("watch", () -> watch(live))) {
      return new Attempt(live, work.attempt(item, in, spool));
    } finally {
      running.remove(live);
    }
  }

  /// An attempt that was asked to stop has the grace, and a margin for what forces it.
  private void watch(Live live) {
    TimeSource time = TimeSource.system();
    Duration within = forced ? MARGIN : settings.grace().plus(work.margin());
    TimeSource.Alarm _ =
        time.alarm(time.nanos() + within.toNanos(), () -> messages.add(new Message.Overdue(live)));
  }

  private void record(Item item, Spool spool, Result result) {
    if (result.isDone()) {
      runtimes.add(result.took());
    }
    book.ended(item, spool, result, this::halt);
    stopIfBroken();
  }

  private void recordGivenUp(Live live, Result result) {
    book.givenUp(live.item, live.spool, result, this::halt);
    stopIfBroken();
  }

  private void stopIfBroken() {
    String broken = book.broken();
    if (!broken.isEmpty() && stopped == null) {
      stop(StopReason.limit(broken));
    }
  }

  private void halt(Halt.How how) {
    if (stopped != null) {
      return;
    }
    halted = true;
    if (how == Halt.How.SOON) {
      feed.quiet();
    } else {
      stop(StopReason.limit("--halt"));
    }
  }

  // --- what came of it

  Book book() {
    return book;
  }

  /// {@return the jobs that run, in the order of their inputs}
  List<String> runningNames() {
    return running.stream()
        .map(live -> live.item)
        .sorted(Comparator.comparingLong(Item::order))
        .map(Item::name)
        .toList();
  }

  @Override
  public int runningNow() {
    return running.size();
  }

  /// {@return why the run was stopped, empty if the list ended}
  Optional<StopReason> stopped() {
    return Optional.ofNullable(stopped);
  }

  boolean isHalted() {
    return halted;
  }
}
