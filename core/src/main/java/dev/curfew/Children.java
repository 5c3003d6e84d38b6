// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The children of one node of the tree: a row of slots, and the shorter rows that came before it.
///
/// Forks begin on one thread and end on many. Where each had to take its neighbours' links under
/// the mutex of their parent, waiting for that was half of what a small fork cost; so one that
/// ends clears its own slot, and nobody waits.
///
/// Invariants
///
/// 1. A slot is filled under the mutex of the parent, in the row of forks by the opener alone,
///    and cleared once by whoever ends the child. From then on it is anybody's.
/// 2. A child stays in its slot. When more than half of the newest row is taken, a longer one is
///    put before it, and the older ones only empty.
///
/// Locks: that of the parent, for all but [#clear] and what the opener does.
final class Children {

  private static final int SHORTEST = 16;
  private static final int LONGEST = 1 << 28;

  private final @Nullable Children older;
  private final AtomicReferenceArray<@Nullable StopNode> slots;

  // guarded by the parent's mutex, or the opener's own
  private int at;
  private int skipped;

  private Children(@Nullable Children older, int length) {
    this.older = older;
    slots = new AtomicReferenceArray<>(length);
  }

  /// {@return the row that has the new child now: this one or a longer one}
  ///
  /// @param known the newest row, null if there is none yet
  static Children with(StopNode child, @Nullable Children known) {
    if (known != null && known.take(child)) {
      return known;
    }
    Children longer =
        known == null
            ? new Children(null, SHORTEST)
            : new Children(known, Math.min(LONGEST, 4 * known.slots.length()));
    if (!longer.take(child)) {
      throw new AssertionError("a new row is full");
    }
    return longer;
  }

  /// Puts it into the next slot that is free.
  ///
  /// @return false if too many are taken
  private boolean take(StopNode child) {
    int length = slots.length();
    while (skipped <= length / 2) {
      int slot = at;
      at = slot + 1;
      if (at == length) {
        at = 0;
        skipped = 0;
      }
      if (slots.getAcquire(slot) == null) {
        child.row = this;
        child.slot = slot;
        slots.setRelease(slot, child);
        return true;
      }
      skipped++;
    }
    return false;
  }

  /// Lets go of a child, without the mutex.
  void clear(int slot) {
    slots.setRelease(slot, null);
  }

  /// Adds them to a list, the newest first as long as the slots were not used again.
  void addTo(List<StopNode> all) {
    int length = slots.length();
    for (int i = 1; i <= length; i++) {
      StopNode child = slots.getAcquire(Math.floorMod(at - i, length));
      if (child != null) {
        all.add(child);
      }
    }
    if (older != null) {
      older.addTo(all);
    }
  }
}
