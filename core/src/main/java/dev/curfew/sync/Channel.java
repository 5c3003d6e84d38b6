// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Hands items from senders to receivers, in the order in which they were sent, holds some in
/// between, and can be closed: what the stages of a pipeline are joined by.
///
/// ```java
/// Channel<Path> files = Channel.bounded("files", 16);
/// scope.fork("walk", () -> {
///   try (files) {                          // closed by its one sender, after the last item
///     walk(root, files::send);             // waits while 16 are inside
///   }
///   return null;
/// });
/// for (Path file : files) {                // ends when it is closed and drained
///   index(file);
/// }
/// ```
///
/// Each item is received once. `send` returns when the item was taken over, by the channel or by a
/// receiver; if it throws, the item was not sent and is the sender's still. An item that is given
/// to a receiver in the moment of its stop is returned by it, and its next check throws. So after a
/// stop every item is with a sender, with a receiver, or in [#drainRemaining].
///
/// Closing ends the sending, not the receiving: what is inside can still be received. Senders that
/// wait for room are refused then, so a receiver that gives up closes the channel and no sender
/// hangs.
///
/// **Threads.** Any number on both ends. Who waits is served first come, first served; one item
/// wakes one thread.
///
/// **Stopping.** `send` and `receive` wait until stopped. A stop, a deadline included, wakes them
/// without an interrupt; an interrupt from outside ends the wait too, and the flag stays set.
///
/// **Cost.** Where nobody has to wait, that of `ArrayBlockingQueue`: one lock, held for a few
/// steps. A thread that has to wait allocates its place in the line.
///
/// The shape is that of Go's channels; that no item is lost when a receive is cancelled, for which
/// Kotlin's channels need a callback, follows from handing over under the lock.
///
/// @param <T> the type of the items; never null
public final class Channel<T> implements Iterable<T>, AutoCloseable {

  private final String name;

  private final Exchange<T> exchange;

  private Channel(String name, int capacity) {
    this(name, new Exchange<>(Objects.requireNonNull(name), capacity));
  }

  Channel(String name, Exchange<T> exchange) {
    this.name = name;
    this.exchange = exchange;
  }

  /// {@return a channel that holds so many items}
  ///
  /// @param <T> the type of the items
  /// @param name for people
  /// @param capacity how many; with 0, `send` waits until a receiver takes the item
  public static <T> Channel<T> bounded(String name, int capacity) {
    if (capacity < 0) {
      throw new IllegalArgumentException(
          "channel '%s' cannot hold %s items".formatted(name, capacity));
    }
    return new Channel<>(name, capacity);
  }

  /// {@return a channel that holds any number of items, so that `send` never waits}
  ///
  /// @param <T> the type of the items
  /// @param name for people
  public static <T> Channel<T> unbounded(String name) {
    return new Channel<>(name, Integer.MAX_VALUE);
  }

  /// Sends an item, and waits for room until stopped.
  ///
  /// @param item the item
  /// @throws StoppedException if the thread is to stop; the item was not sent
  /// @throws ChannelClosedException if the channel is closed; the item was not sent
  public void send(T item) {
    Entry.check();
    boolean _ = exchange.send(Objects.requireNonNull(item), true, null);
  }

  /// Sends an item if there is room, without waiting or looking at a stop.
  ///
  /// @param item the item
  /// @return whether it was sent
  /// @throws ChannelClosedException if the channel is closed; the item was not sent
  public boolean trySend(T item) {
    return exchange.send(Objects.requireNonNull(item), false, null);
  }

  /// Sends an item if there is room in time.
  ///
  /// @param item the item
  /// @param within how long to wait at most, by the clock of the thread's scope; not negative
  /// @return whether it was sent
  /// @throws StoppedException if the thread is to stop; the item was not sent
  /// @throws ChannelClosedException if the channel is closed; the item was not sent
  public boolean trySend(T item, Duration within) {
    Entry.check(within);
    return exchange.send(Objects.requireNonNull(item), true, within);
  }

  /// Receives the next item, and waits for it until stopped.
  ///
  /// @return the item; empty once the channel is closed and drained
  /// @throws StoppedException if the thread is to stop; nothing was received
  /// @throws ChannelClosedException if the channel was closed with a failure and is drained
  public Optional<T> receive() {
    Entry.check();
    return exchange.receive(true, null);
  }

  /// Receives the next item if there is one in time.
  ///
  /// @param within how long to wait at most, by the clock of the thread's scope; not negative
  /// @return the item; empty if none came, and [#isDrained] says whether one can still come
  /// @throws StoppedException if the thread is to stop; nothing was received
  /// @throws ChannelClosedException if the channel was closed with a failure and is drained
  public Optional<T> receive(Duration within) {
    Entry.check(within);
    return exchange.receive(true, within);
  }

  /// Receives the next item if it is there, without waiting or looking at a stop.
  ///
  /// @return the item; empty if there is none, and [#isDrained] says whether one can still come
  /// @throws ChannelClosedException if the channel was closed with a failure and is drained
  public Optional<T> tryReceive() {
    return exchange.receive(false, null);
  }

  /// Ends the sending; what is inside can still be received. Closing twice changes nothing.
  @Override
  public void close() {
    boolean _ = exchange.close(null);
  }

  /// Ends the sending because of a failure, which receivers are told once they have received what
  /// is inside.
  ///
  /// @param why the failure
  /// @return whether this call closed the channel; if not, receivers are not told
  public boolean closeWith(Throwable why) {
    return exchange.close(Objects.requireNonNull(why));
  }

  /// Takes out everything that is inside or that a sender waits to send, without waiting or looking
  /// at a stop: for handing back what nobody will receive. Close the channel first, or more may
  /// come.
  ///
  /// @return the items, in the order in which they were sent
  public List<T> drainRemaining() {
    return exchange.drain();
  }

  /// Receives until the channel is closed and drained; each item by one of those who iterate.
  ///
  /// **Stopping.** `hasNext` takes the item, as [#receive] does; `next` returns it.
  ///
  /// @return to be iterated once, by one thread
  @Override
  public Iterator<T> iterator() {
    return new Iterator<>() {

      private @Nullable T taken;

      @Override
      public boolean hasNext() {
        if (taken == null) {
          taken = receive().orElse(null);
        }
        return taken != null;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException("channel '" + name + "' is closed and drained");
        }
        T next = Objects.requireNonNull(taken);
        taken = null;
        return next;
      }
    };
  }

  /// {@return how many items are inside just now, without those of senders that wait}
  public int size() {
    return exchange.size();
  }

  /// {@return whether the sending has ended}
  public boolean isClosed() {
    return exchange.isClosed();
  }

  /// {@return whether the channel is closed and nothing is inside, so that no item can come}
  public boolean isDrained() {
    return exchange.isDrained();
  }

  /// {@return the name, and what is inside and who waits just now}
  @Override
  public String toString() {
    return exchange.toString();
  }
}
