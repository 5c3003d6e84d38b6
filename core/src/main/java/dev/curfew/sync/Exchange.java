// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import dev.curfew.mutex.Mutex;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The machine behind [Channel]: what is inside, and who waits at its two ends.
///
/// Invariants
///
/// 1. Receivers wait only while nothing is inside and no sender waits; senders only while it is
///    full and no receiver waits. So nobody overtakes, and who leaves a line leaves no work undone.
/// 2. Whoever takes an item out lets that of the first waiting sender in.
/// 3. Once closed, nobody waits and nothing is added.
///
/// Locks: the own mutex, for a few steps; no thread is woken and nothing foreign runs under it.
///
/// @param <T> the type of the items
final class Exchange<T> {

  private final String name;
  private final int capacity;

  private final Mutex mutex;

  // guarded by the mutex
  private final ArrayDeque<T> inside;
  private final Line<T> senders;
  private final Line<T> receivers;
  private boolean closed;
  private @Nullable Throwable failure;

  Exchange(String name, int capacity) {
    this(name, capacity, new Mutex());
  }

  /// One whose mutex a test can hold, to put a stop and a hand-over into one moment.
  Exchange(String name, int capacity, Mutex mutex) {
    this.name = name;
    this.capacity = capacity;
    this.mutex = mutex;
    senders = new Line<>(mutex);
    receivers = new Line<>(mutex);
    inside = new ArrayDeque<>(Math.min(capacity, 63) + 1);
  }

  /// Sends an item.
  ///
  /// @param wait whether to wait for room
  /// @param within how long at most; null for 'until stopped'
  /// @return whether it was sent
  boolean send(T item, boolean wait, @Nullable Duration within) {
    boolean refused;
    boolean sent = false;
    Line.Place<T> receiver = null;
    Line.Place<T> mine = null;
    try (Mutex _ = mutex.enter()) {
      refused = closed;
      if (!refused) {
        receiver = receivers.give(item);
        sent = receiver != null || addInside(item);
        mine = sent || !wait ? null : senders.enter(item);
      }
    }
    if (receiver != null) {
      receiver.wake();
    }
    if (mine != null) {
      sent = mine.await(within);
      refused = mine.wasRefused();
    }
    if (refused) {
      throw ChannelClosedException.notSent(name, failure());
    }
    return sent;
  }

  private boolean addInside(T item) {
    return inside.size() < capacity && inside.add(item);
  }

  /// Receives the next item.
  ///
  /// @param wait whether to wait for it
  /// @param within how long at most; null for 'until stopped'
  /// @return the item; empty if there is none
  Optional<T> receive(boolean wait, @Nullable Duration within) {
    boolean over;
    T item;
    Line.Place<T> sender;
    Line.Place<T> mine = null;
    try (Mutex _ = mutex.enter()) {
      sender = letIn();
      item = inside.poll();
      over = item == null && closed;
      if (item == null && !closed && wait) {
        mine = receivers.enter(null);
      }
    }
    if (sender != null) {
      sender.wake();
    }
    if (mine != null) {
      item = mine.await(within) ? mine.item() : null;
      over = mine.wasRefused();
    }
    Throwable why = over ? failure() : null;
    if (why != null) {
      throw ChannelClosedException.broken(name, why);
    }
    return Optional.ofNullable(item);
  }

  /// Called by who is about to take an item out; it may have one too many inside until then.
  private Line.@Nullable Place<T> letIn() {
    Line.Place<T> sender = senders.take();
    if (sender != null) {
      inside.add(sender.item());
    }
    return sender;
  }

  /// {@return all that is inside or waits to be sent}
  List<T> drain() {
    List<T> items = new ArrayList<>();
    List<Line.Place<T>> served = new ArrayList<>(0);
    try (Mutex _ = mutex.enter()) {
      for (Line.Place<T> sender = letIn(); sender != null; sender = letIn()) {
        served.add(sender);
      }
      items.addAll(inside);
      inside.clear();
    }
    served.forEach(Line.Place::wake);
    return items;
  }

  /// Ends the sending.
  ///
  /// @return whether it was this call that did
  boolean close(@Nullable Throwable why) {
    List<Line.Place<T>> refused;
    try (Mutex _ = mutex.enter()) {
      if (closed) {
        return false;
      }
      closed = true;
      failure = why;
      refused = new ArrayList<>(receivers.refuseAll());
      refused.addAll(senders.refuseAll());
    }
    refused.forEach(Line.Place::wake);
    return true;
  }

  private @Nullable Throwable failure() {
    try (Mutex _ = mutex.enter()) {
      return failure;
    }
  }

  int size() {
    try (Mutex _ = mutex.enter()) {
      return inside.size();
    }
  }

  boolean isClosed() {
    try (Mutex _ = mutex.enter()) {
      return closed;
    }
  }

  boolean isDrained() {
    try (Mutex _ = mutex.enter()) {
      return closed && inside.isEmpty();
    }
  }

  @Override
  public String toString() {
    try (Mutex _ = mutex.enter()) {
      return "channel '%s': %s inside, %s to send, %s to receive%s"
          .formatted(
              name, inside.size(), senders.length(), receivers.length(), closed ? ", closed" : "");
    }
  }
}
