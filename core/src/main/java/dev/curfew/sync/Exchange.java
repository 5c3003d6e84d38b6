// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
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
/// Locks: the own lock, for a few steps; no thread is woken and nothing foreign runs under it.
///
/// @param <T> the type of the items
final class Exchange<T> {

  private final String name;
  private final int capacity;

  /// Tests hold it to put a stop and a hand-over into one moment.
  final ReentrantLock lock = new ReentrantLock();

  // guarded by lock
  private final ArrayDeque<T> inside;
  private final Line<T> senders = new Line<>(lock);
  private final Line<T> receivers = new Line<>(lock);
  private boolean closed;
  private @Nullable Throwable failure;

  Exchange(String name, int capacity) {
    this.name = name;
    this.capacity = capacity;
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
    lock.lock();
    try {
      refused = closed;
      if (!refused) {
        receiver = receivers.give(item);
        sent = receiver != null || addInside(item);
        mine = sent || !wait ? null : senders.enter(item);
      }
    } finally {
      lock.unlock();
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
    lock.lock();
    try {
      sender = letIn();
      item = inside.poll();
      over = item == null && closed;
      if (item == null && !closed && wait) {
        mine = receivers.enter(null);
      }
    } finally {
      lock.unlock();
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
    lock.lock();
    try {
      for (Line.Place<T> sender = letIn(); sender != null; sender = letIn()) {
        served.add(sender);
      }
      items.addAll(inside);
      inside.clear();
    } finally {
      lock.unlock();
    }
    served.forEach(Line.Place::wake);
    return items;
  }

  /// Ends the sending.
  ///
  /// @return whether it was this call that did
  boolean close(@Nullable Throwable why) {
    List<Line.Place<T>> refused;
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      closed = true;
      failure = why;
      refused = new ArrayList<>(receivers.refuseAll());
      refused.addAll(senders.refuseAll());
    } finally {
      lock.unlock();
    }
    refused.forEach(Line.Place::wake);
    return true;
  }

  private @Nullable Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return inside.size();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  boolean isDrained() {
    lock.lock();
    try {
      return closed && inside.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    lock.lock();
    try {
      return "channel '%s': %s inside, %s to send, %s to receive%s"
          .formatted(
              name, inside.size(), senders.length(), receivers.length(), closed ? ", closed" : "");
    } finally {
      lock.unlock();
    }
  }
}
