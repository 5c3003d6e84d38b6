// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// The errands of one thread, one after the other, for less than by [Errand#of].
///
/// An errand that nobody took notice of while it ran is used for the next one as well: its body
/// took no token and no origin, opened and forked nothing, and did not wait; nobody asked it to
/// stop, and it has no deadline of its own. Whatever else it did, the next one gets a place of its
/// own.
///
/// ```java
/// Errands errands = Errands.of(ScopeSettings.DEFAULT);
/// try {
///   for (Task task : tasks) {
///     errands.next(task).run(task::work);
///   }
/// } finally {
///   errands.rest();
/// }
/// ```
///
/// **Threads.** One. Who has given an errand to another thread calls [#rest] before the next,
/// unless the other cannot use it any more: a late stop would reach what came after.
///
/// **Cost.** Some ten nanoseconds for one that is used again.
public final class Errands {

  private final ScopeSettings settings;
  private @Nullable Errand last;

  private Errands(ScopeSettings settings) {
    this.settings = settings;
  }

  /// Begins such a row.
  ///
  /// @param settings for each, as in [Errand#of]
  /// @return the row, without a place yet
  public static Errands of(ScopeSettings settings) {
    return new Errands(settings);
  }

  /// Makes the next one, to be run at once; the one before has ended.
  ///
  /// @param named knows its name in paths and reports
  /// @return the errand, this caller's until the next call
  public Errand next(Errand.Named named) {
    Errand before = last;
    if (before != null && before.renew(named)) {
      return before;
    }
    rest();
    Errand next = Errand.inRow(named, settings);
    last = next;
    return next;
  }

  /// Gives up the place of the last one, which has run. Between an errand that may be used again
  /// and this, the thread is still in its place.
  public void rest() {
    Errand before = last;
    last = null;
    if (before != null) {
      before.end();
    }
  }
}
