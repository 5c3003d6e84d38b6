// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Curfew;
import dev.curfew.StoppedException;
import java.time.Duration;

/// The thread of a worker that has leases renewed, each third of their length.
///
/// It calls nothing foreign itself, so a source that hangs delays no other item; and it is a fork
/// of the outer scope, so it goes on while the items are stopped and handed back.
///
/// Invariants
///
/// 1. Between two requests for an item lies a third of the lease, and as much at most before the
///    first; so two may fail before the lease has run out.
///
/// Locks: none.
///
/// @param <T> the type of the items
final class Renewals<T> {

  private static final int SHARE = 3;

  private final Shift<T> shift;
  private final Duration pause;

  Renewals(Shift<T> shift, Duration lease) {
    this.shift = shift;
    pause = lease.dividedBy(SHARE);
  }

  void run() {
    try {
      while (true) {
        Curfew.sleep(pause);
        for (Item<T> item : shift.held()) {
          if (item.startRenewal()) {
            shift.desk().renew(item);
          }
        }
      }
    } catch (StoppedException ended) {
      // by the keeper, once no item is left that it waits for
    }
  }
}
