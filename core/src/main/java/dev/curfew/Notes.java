// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a thread has to say of its work: the newest note and those before it. Of many, the last are
/// kept.
///
/// @param text the newest
/// @param before the one before it that is kept, if there is one
/// @param number how many there were, with this one
record Notes(String text, @Nullable Notes before, long number) {

  /// How many are kept; up to twice as many are in memory.
  private static final int KEPT = 1000;

  static Notes of(String text) {
    return new Notes(text, null, 1);
  }

  Notes and(String more) {
    boolean full = number % KEPT == 0 && number > KEPT;
    return new Notes(more, full ? newest() : this, number + 1);
  }

  /// {@return these, without those that are too old}
  private Notes newest() {
    Notes last = null;
    long first = number - KEPT + 1;
    for (Notes each : oldestFirst()) {
      if (each.number >= first) {
        last = new Notes(each.text, last, each.number);
      }
    }
    return last == null ? this : last;
  }

  private List<Notes> oldestFirst() {
    List<Notes> all = new ArrayList<>();
    for (Notes each = this; each != null; each = each.before) {
      all.add(each);
    }
    Collections.reverse(all);
    return all;
  }

  /// {@return what is kept, the oldest first, and how many are not}
  List<String> all() {
    long leftOut = Math.max(0, number - KEPT);
    List<String> all = new ArrayList<>();
    if (leftOut > 0) {
      all.add(leftOut + " earlier notes are left out");
    }
    oldestFirst().stream().filter(each -> each.number > leftOut).map(Notes::text).forEach(all::add);
    return List.copyOf(all);
  }
}
