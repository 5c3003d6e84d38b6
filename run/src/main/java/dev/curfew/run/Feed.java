// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Hands the jobs out to the workers, each with its start on record.
///
/// Invariants
///
/// 1. A job that is handed out has a committed start record; a job that is put down and not handed
///    out is handed back when the feed is over.
/// 2. Inputs are read by a thread of their own, for nothing frees a thread that reads a pipe; it
///    reads ahead at most [#AHEAD] inputs, or all of them if somebody needs to know how many.
/// 3. Once quiet, nothing new is put down.
/// 4. A job whose next try is due goes before new ones; whoever waits for inputs is woken for it.
///
/// Locks: `lock`, held while inputs, the time of the next start and commits of starts are awaited;
/// taken interruptibly. `Retries` has its own, taken inside.
final class Feed {

  private static final int AHEAD = 1024;
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Iterator<Input> inputs;
  private final KeyMaker keys;
  private final Journal journal;
  private final Selection selection;
  private final IntSupplier claimsAhead;
  private final Supplier<String> markers;
  private final BlockingQueue<Read> read;
  private final ReentrantLock lock = new ReentrantLock();
  private final Thread reader;
  private final Retries retries = new Retries();
  private final CountDownLatch quiet = new CountDownLatch(1);

  // guarded by lock
  private final Spacing spacing;
  private final ArrayDeque<Item> claimed = new ArrayDeque<>();
  private Batch next = Batch.NONE;
  private boolean over;
  private boolean ended;
  private long order;

  // any thread
  private volatile long total = -1;
  private final AtomicLong skipped = new AtomicLong();
  private volatile @Nullable RuntimeException failure;

  Feed(
      Iterator<Input> inputs,
      KeyMaker keys,
      Journal journal,
      Selection selection,
      IntSupplier claimsAhead,
      Supplier<String> markers,
      Duration delay,
      boolean countsFirst) {
    this.inputs = inputs;
    this.keys = keys;
    this.journal = journal;
    this.selection = selection;
    this.claimsAhead = claimsAhead;
    this.markers = markers;
    this.spacing = new Spacing(delay);
    this.read = new LinkedBlockingQueue<>(countsFirst ? Integer.MAX_VALUE : AHEAD);
    this.reader = Thread.ofPlatform().daemon().name("curfew-inputs").unstarted(this::readAll);
  }

  void start() {
    reader.start();
  }

  private void readAll() {
    try {
      long count = 0;
      while (inputs.hasNext()) {
        if (!offer(new Read.One(inputs.next()))) {
          return;
        }
        count++;
      }
      total = count;
      offer(new Read.End(null));
    } catch (UserError | UncheckedIOException unreadable) {
      offer(new Read.End(unreadable));
    }
  }

  private boolean offer(Read next) {
    try {
      while (!isQuiet()) {
        if (read.offer(next, 1, TimeUnit.SECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /// {@return the next job, null when there is none, nothing new is to be started, or the caller
  /// has to leave}
  ///
  /// @param leaves asked again and again whether the caller has to leave
  @Nullable Turn take(BooleanSupplier leaves) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!awaitSpacing() && !leaves.getAsBoolean()) {
        Turn turn = ready();
        if (turn != null) {
          spacing.started(System.nanoTime());
          return turn;
        }
        if (over && next.items.isEmpty() && retries.isEmpty()) {
          return null;
        }
        claim();
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /// {@return whether the feed is quiet}
  private boolean awaitSpacing() throws InterruptedException {
    return quiet.await(spacing.left(System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  private @Nullable Turn ready() {
    Turn again = retries.due(System.nanoTime());
    if (again != null) {
      return again;
    }
    Item item = claimed.poll();
    return item == null ? null : new Turn(item, 1);
  }

  /// Has a job tried again, if the feed is not quiet by then.
  void again(Turn turn, Duration wait) {
    retries.add(turn, System.nanoTime() + wait.toNanos());
    nudge();
  }

  /// Has somebody who waits for inputs look round; if there are inputs, nobody waits.
  void nudge() {
    boolean _ = read.offer(Read.NUDGE);
  }

  /// Tiny jobs have their next starts written while those before run.
  private void claim() throws InterruptedException {
    if (next.items.isEmpty()) {
      long patience = retries.untilNext(System.nanoTime(), LOOK).toNanos();
      next = put(read.poll(patience, TimeUnit.NANOSECONDS), claimsAhead.getAsInt());
    }
    journal.awaitWritten(next.place);
    claimed.addAll(next.items);
    next = Batch.NONE;
    int most = claimsAhead.getAsInt();
    if (most > 1 && !over && !isQuiet()) {
      next = put(read.poll(), most);
    }
  }

  private Batch put(@Nullable Read first, int most) {
    List<Item> batch = new ArrayList<>();
    Read next = first;
    while (next != null) {
      switch (next) {
        case Read.One(Input input) -> consider(input, batch);
        case Read.End(RuntimeException problem) -> end(problem);
        case Read.Nudge _ -> {}
      }
      next = batch.size() < most && !over ? read.poll() : null;
    }
    if (batch.isEmpty()) {
      return Batch.NONE;
    }
    return new Batch(batch, journal.startSoon(batch.stream().map(Feed::started).toList()));
  }

  private void consider(Input input, List<Item> batch) {
    JobKey key = keys.next(input);
    if (selection.runs(journal, key)) {
      batch.add(new Item(input, key, order++, markers.get()));
    } else {
      skipped.incrementAndGet();
    }
  }

  static Journal.Start started(Item item) {
    return new Journal.Start(
        item.key(), item.input(), item.marker(), Long.toString(item.order()), Instant.now());
  }

  private void end(@Nullable RuntimeException problem) {
    over = true;
    ended = true;
    failure = problem;
  }

  /// From now on nothing new is handed out.
  void quiet() {
    quiet.countDown();
    nudge();
  }

  private boolean isQuiet() {
    return quiet.getCount() == 0;
  }

  /// {@return the jobs that wait for their next try, which they do not get in this run}
  List<Turn> dropRetries() {
    return retries.drain();
  }

  /// {@return jobs that were put down as started and never handed out; the feed is over after that}
  List<Item> handBack() {
    lock.lock();
    try {
      over = true;
      claimed.addAll(next.items);
      next = Batch.NONE;
      List<Item> rest = List.copyOf(claimed);
      claimed.clear();
      return rest;
    } finally {
      lock.unlock();
    }
  }

  /// {@return how many jobs this run has in all, -1 while the list has not been read to its end}
  long total() {
    long read = total;
    return read < 0 ? -1 : read - skipped.get();
  }

  /// {@return how many inputs had their job done by an earlier run}
  long skipped() {
    return skipped.get();
  }

  /// {@return whether every input has been read and handed out}
  boolean isComplete() {
    lock.lock();
    try {
      return ended && claimed.isEmpty() && next.items.isEmpty() && failure == null;
    } finally {
      lock.unlock();
    }
  }

  /// {@return why the list could not be read to its end, null if it could}
  @Nullable RuntimeException failure() {
    return failure;
  }

  /// Jobs whose starts are being written.
  private record Batch(List<Item> items, long place) {
    private static final Batch NONE = new Batch(List.of(), 0);
  }

  private sealed interface Read {
    Nudge NUDGE = new Nudge();

    record Nudge() implements Read {}

    record One(Input input) implements Read {}

    record End(@Nullable RuntimeException problem) implements Read {}
  }
}
