// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.curfew.Deadline;
import dev.curfew.StopReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The items of a queue in this JVM.
///
/// What is handed back goes to the front of a `BlockingDeque`, and to the end of any other queue;
/// if there is no room, the report of the worker has it, with the trouble.
///
/// **Sentinels.** A queue may be ended by a sentinel, and one is enough for any number of workers:
/// who takes it ends, and puts it back for the others. It stays in the queue, which so remains
/// ended, as do any further ones; if others have handed back so much meanwhile that there is no
/// room for it, it waits for that. What lies behind the first sentinel is not taken by who has seen
/// it, stays in the queue, and may be taken by a worker that is still to see it; so put nothing
/// behind it.
///
/// **Stopping.** A blocked take is interrupted, and has taken nothing then.
///
/// **Threads.** Any number of workers may share one, or have their own on the same queue.
///
/// @param <T> the type of the items
public final class QueueSource<T> implements Source<T> {

  private final BlockingQueue<T> queue;
  private final @Nullable T sentinel;
  private final BiConsumer<? super T, ? super Throwable> failures;

  // any thread
  private volatile boolean ended;

  // the sentinel, as long as there is no room to put it back: others have handed back meanwhile
  private volatile @Nullable T owed;

  QueueSource(BlockingQueue<T> queue) {
    this(Objects.requireNonNull(queue), null, QueueSource::tellHandler);
  }

  private QueueSource(
      BlockingQueue<T> queue,
      @Nullable T sentinel,
      BiConsumer<? super T, ? super Throwable> failures) {
    this.queue = queue;
    this.sentinel = sentinel;
    this.failures = failures;
  }

  /// {@return a source of the same queue that ends at this item}
  ///
  /// @param last the sentinel, known by its `equals`; never handled and never counted. An item
  ///     that this throws for is not the last one.
  public QueueSource<T> endingWith(T last) {
    return new QueueSource<>(queue, Objects.requireNonNull(last), failures);
  }

  /// {@return a source of the same queue that has failed items go here, such as to a dead-letter
  /// queue; otherwise the uncaught-exception handler of the handler's thread is told}
  ///
  /// @param sink gets the item and what its handler threw
  public QueueSource<T> failingTo(BiConsumer<? super T, ? super Throwable> sink) {
    return new QueueSource<>(queue, sentinel, Objects.requireNonNull(sink));
  }

  private static void tellHandler(Object item, Throwable failure) {
    Thread self = Thread.currentThread();
    self.getUncaughtExceptionHandler().uncaughtException(self, failure);
  }

  @Override
  public Claim<T> claim(int most, Deadline until) throws InterruptedException {
    List<T> items = new ArrayList<>(Math.min(most, 16));
    if (!ended) {
      T next = queue.poll(until.remaining().toNanos(), NANOSECONDS);
      while (next != null) {
        if (isLast(next)) {
          ended = true;
          owed = queue.offer(next) ? null : next;
          break;
        }
        items.add(next);
        next = items.size() < most ? queue.poll() : null; // one by one, never past the sentinel
      }
    } else {
      payBack(until);
    }
    return new Claim<>(items, ended && owed == null);
  }

  private void payBack(Deadline until) throws InterruptedException {
    T last = owed;
    if (last != null && queue.offer(last, until.remaining().toNanos(), NANOSECONDS)) {
      owed = null;
    }
  }

  /// What has been taken is not lost by an item that cannot be compared.
  private boolean isLast(T item) {
    try {
      return sentinel != null && sentinel.equals(item);
    } catch (RuntimeException | Error unlike) {
      return false;
    }
  }

  @Override
  public void done(T item) {}

  @Override
  public void failed(T item, Throwable failure) {
    failures.accept(item, failure);
  }

  @Override
  public void handBack(T item, StopReason reason) {
    boolean back =
        queue instanceof BlockingDeque<T> deque ? deque.offerFirst(item) : queue.offer(item);
    if (!back) {
      throw new IllegalStateException(
          "the queue is full, so this item is nowhere but in the report: " + item);
    }
  }
}
