// SPDX-License-Identifier: Apache-2.0
package dev.curfew.pool;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The tasks that wait, first in first out, in segments of a thousand slots.
///
/// One that is put draws a number, which is its slot as well as its place in the order; one that is
/// taken moves the other counter on. That is an atomic step and a write for each, where a linked
/// queue takes more steps and a node, and the number another one.
///
/// Invariants
///
/// 1. In a segment, `PUT` and `TAKEN` only grow, and no slot is taken before it is filled. What is
///    drawn beyond the end is no slot; who draws it goes on in the next segment.
/// 2. A number that was drawn is filled at once: nothing can be thrown in between. Until then it is
///    not empty, and who wants the task waits for those few instructions; one that lost its
///    processor there holds up those behind it, as one with a lock would.
/// 3. A segment is left when all of its slots are taken, and none is put behind one that is left.
///
/// Locks: none.
final class Backlog {

  private static final int LENGTH = 1_024;

  /// So often one looks again for a number that was drawn and is not filled, before it makes way
  /// for who is to fill it.
  private static final int LOOKS = 100;

  private static final long MOMENT = 10_000; // nanoseconds

  /// In the slot of a number that was drawn for a task that does not wait.
  private static final Object SKIPPED = new Object();

  private final AtomicReference<Segment> first = new AtomicReference<>(new Segment(1));
  private final AtomicReference<Segment> last = new AtomicReference<>(first.get());

  private static final class Segment {

    // a processor fetches two lines of 64 bytes at a time: 32 words
    static final int PUT = 32;
    static final int TAKEN = 64;
    static final int WORDS = 96;

    final long from;
    final AtomicReferenceArray<@Nullable Object> slots = new AtomicReferenceArray<>(LENGTH);
    final AtomicIntegerArray counts = new AtomicIntegerArray(WORDS);
    final AtomicReference<@Nullable Segment> next = new AtomicReference<>();

    Segment(long from) {
      this.from = from;
    }

    boolean isEmpty() {
      return counts.get(TAKEN) >= Math.min(LENGTH, counts.get(PUT));
    }

    Segment following() {
      Segment known = next.get();
      if (known != null) {
        return known;
      }
      Segment made = new Segment(from + LENGTH);
      Segment other = next.compareAndExchange(null, made);
      return other == null ? made : other;
    }
  }

  void put(Task<?> task) {
    boolean _ = fill(task, task) > 0;
  }

  /// {@return a number for a task that does not wait here}
  long skip() {
    return fill(null, SKIPPED);
  }

  private long fill(@Nullable Task<?> numbered, Object content) {
    while (true) {
      Segment into = last.get();
      int slot = into.counts.getAndIncrement(Segment.PUT);
      if (slot >= 0 && slot < LENGTH) {
        long number = into.from + slot;
        if (numbered != null) {
          numbered.number(number);
        }
        into.slots.set(slot, content);
        return number;
      }
      boolean _ = last.compareAndSet(into, into.following());
    }
  }

  /// {@return the task that waits longest, and waits here no longer; null if none does}
  @Nullable Task<?> poll() {
    for (int looks = 0; ; looks++) {
      Segment from = first.get();
      int slot = from.counts.get(Segment.TAKEN);
      if (slot == LENGTH) {
        Segment next = from.next.get();
        if (next == null) {
          return null;
        }
        boolean _ = first.compareAndSet(from, next);
      } else if (slot >= from.counts.get(Segment.PUT)) {
        return null;
      } else {
        Object content = from.slots.getAcquire(slot);
        if (content == null) { // on its way, or taken meanwhile
          pause(looks);
        } else if (from.counts.compareAndSet(Segment.TAKEN, slot, slot + 1)) {
          from.slots.setRelease(slot, null);
          if (content instanceof Task<?> task) {
            return task;
          }
        }
      }
    }
  }

  private static void pause(int looks) {
    if (looks < LOOKS) {
      Thread.onSpinWait();
    } else {
      LockSupport.parkNanos(MOMENT);
    }
  }

  /// Whether none waits; one that is being put does.
  boolean isEmpty() {
    for (Segment at = first.get(); at != null; at = at.next.get()) {
      if (!at.isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
