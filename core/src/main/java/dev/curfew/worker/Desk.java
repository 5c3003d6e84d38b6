// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Action;
import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.TimeSource;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Tells the source what became of each item, and asks it to renew leases.
///
/// Invariants
///
/// 1. The source is told once of each outcome: on the item's own thread that it is done or failed,
///    by a [Tellers] thread that it is handed back or dropped, and nothing of one that was lost.
///    Once the worker is stopped, the item's thread tells it for the scope of those: that of the
///    items ends before.
/// 2. A call is shielded and has a budget. One that does not end shortly after it is written down
///    as trouble, and frees the place it holds, the item's or the teller's; it may end when it
///    likes.
/// 3. Whatever the source throws is written down by the name of the item and goes no further.
/// 4. The alarm of a call runs nothing foreign, and waits for nobody: the timer is everybody's.
///
/// Locks: none.
///
/// @param <T> the type of the items
final class Desk<T> {

  /// How long a call may go on after its budget, when the shield has been opened.
  private static final Duration TO_SEE_THE_END = Duration.ofMillis(500);

  private final String path;
  private final Source<T> source;
  private final Duration budget;
  private final TimeSource time;
  private final Accounts<T> accounts;
  private final BooleanSupplier stopped;
  private final Tellers tellers = new Tellers();

  /// @param stopped whether the worker is
  Desk(
      String path,
      Source<T> source,
      WorkerSettings<T> settings,
      Accounts<T> accounts,
      BooleanSupplier stopped) {
    this.stopped = stopped;
    this.path = path;
    this.source = source;
    this.budget = settings.tell();
    this.time = settings.time();
    this.accounts = accounts;
  }

  Tellers tellers() {
    return tellers;
  }

  /// Tells the outcome, and then the item that it was told.
  void tell(Item<T> item, ItemOutcome how) {
    T value = item.value();
    switch (how) {
      case ItemOutcome.Succeeded _ -> here(item, "done", () -> source.done(value));
      case ItemOutcome.Failed failed ->
          here(item, "failed", () -> source.failed(value, failed.failure()));
      case ItemOutcome.HandedBack back ->
          sent(item, "hand back", () -> source.handBack(value, back.reason()));
      case ItemOutcome.Stopped by -> sent(item, "drop", () -> source.drop(value, by.reason()));
      case ItemOutcome.Lost _, ItemOutcome.Abandoned _ -> item.told(null);
    }
  }

  private void here(Item<T> item, String what, Action<Exception> call) {
    Runnable tells = () -> item.told(call(item, what, call, item::givePlaceUp));
    if (stopped.getAsBoolean()) {
      tellers.runHere(what + " of " + item.name(), tells);
    } else {
      tells.run();
    }
  }

  private void sent(Item<T> item, String what, Action<Exception> call) {
    tellers.send(
        new Tellers.Message(
            leave -> item.told(item.isLost() ? tooLate(item) : call(item, what, call, leave)),
            () -> item.told(untold(item))));
  }

  /// It has waited for its turn for so long that somebody else may have it.
  private Throwable tooLate(Item<T> item) {
    String text = "the lease was lost before the source took " + item.name();
    trouble(text);
    return new IllegalStateException(text);
  }

  /// Asks for more time on an item; the answer goes to the item.
  void renew(Item<T> item) {
    tellers.sendFirst(
        new Tellers.Message(
            leave -> {
              long asked = time.nanos();
              boolean _ =
                  call(item, "renew", () -> item.renewed(source.renew(item.value()), asked), leave)
                      == null;
              item.renewalOver();
            },
            () -> {}));
  }

  /// The plan is over before the source was told of an item.
  Throwable untold(Item<T> item) {
    String text = "the plan ended before the source took " + item.name();
    trouble(text);
    return new IllegalStateException(text);
  }

  private @Nullable Throwable call(
      Item<T> item, String what, Action<Exception> call, Runnable overdue) {
    String name = what + " of " + item.name();
    TimeSource.Alarm alarm = null;
    try {
      alarm = alarm(name, overdue);
      Curfew.shield(budget, call);
      return null;
    } catch (Throwable thrown) {
      trouble(name + " threw ", thrown);
      return thrown;
    } finally {
      if (alarm != null) {
        alarm.cancel();
      }
    }
  }

  /// {@return null if the timer has no thread, and none can be had: then the call has no bound, but
  /// the source is told}
  private TimeSource.@Nullable Alarm alarm(String name, Runnable overdue) {
    Deadline end = Deadline.after(budget.plus(TO_SEE_THE_END), time);
    try {
      return time.alarm(
          end.atNanos(),
          () -> {
            trouble(name + " did not end within " + budget);
            overdue.run();
          });
    } catch (OutOfMemoryError noThread) {
      trouble(name + " has no bound: ", noThread);
      return null;
    }
  }

  /// Writes down what was thrown; one that is unable to describe itself is named by its class.
  void trouble(String what, Throwable thrown) {
    String text;
    try {
      text = thrown.toString();
    } catch (RuntimeException | Error broken) {
      text = thrown.getClass().getName();
    }
    trouble(what + text);
  }

  /// Writes down what went wrong.
  void trouble(String line) {
    accounts.trouble(path + ": " + line);
  }
}
