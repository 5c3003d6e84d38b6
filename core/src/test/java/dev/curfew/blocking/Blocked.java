// SPDX-License-Identifier: Apache-2.0
package dev.curfew.blocking;

import dev.curfew.Action;
import dev.curfew.Unblocking;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A call that blocks on real things, and everything a test has to know of it.
final class Blocked {

  static final String BY_INTERRUPT = "an interrupt: nothing to do in a fork";
  static final String BY_NOTHING = "nothing; `Curfew.detached` leaves it behind";

  final Action<Exception> call;

  /// How a stop frees it, as the page says it.
  String freedBy = BY_INTERRUPT;

  /// How a stop frees it; null if nothing does.
  @Nullable Unblocking way = Unblocking.interrupt();

  /// Lets it end by itself, as the other side would.
  Action<Exception> release = () -> {};

  /// Closes what it used, after it has ended.
  Action<Exception> clean = () -> {};

  /// What becomes of the thing it used if that does not stay whole.
  String damage = "closed";

  BooleanSupplier whole = () -> true;

  /// Whether the call may return as well as throw once it is freed: by chance, not by our doing.
  boolean endsEither;

  /// Whether this thread has come as far as to block.
  Predicate<Thread> inside = Blocked::isBlocked;

  private Blocked(Action<Exception> call) {
    this.call = call;
  }

  static Blocked in(Action<Exception> call) {
    return new Blocked(call);
  }

  Blocked freedBy(String text, Unblocking way) {
    this.freedBy = "`Unblocking." + text + "`";
    this.way = way;
    return this;
  }

  Blocked insteadUse(String better) {
    this.freedBy += "; better use " + better;
    return this;
  }

  Blocked freedByNothing() {
    this.freedBy = BY_NOTHING;
    this.way = null;
    this.damage = "lives on, in the ledger";
    return this;
  }

  Blocked endsEither() {
    this.endsEither = true;
    return this;
  }

  Blocked released(Action<Exception> action) {
    this.release = action;
    return this;
  }

  Blocked cleaned(Action<Exception> action) {
    this.clean = action;
    return this;
  }

  Blocked whole(String damage, BooleanSupplier whole) {
    this.damage = damage;
    this.whole = whole;
    return this;
  }

  Blocked insideWhen(BooleanSupplier there) {
    this.inside = _ -> there.getAsBoolean();
    return this;
  }

  /// In Java, parked.
  static boolean waits(@Nullable Thread thread) {
    return thread != null && thread.getState() == Thread.State.WAITING;
  }

  /// In Java, or inside a native method. It may be on its way there as well, so a row has to come
  /// to the same end if its call is freed a moment too early.
  private static boolean isBlocked(Thread thread) {
    if (thread.getState() != Thread.State.RUNNABLE) {
      return thread.getState() != Thread.State.NEW;
    }
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0 && stack[0].isNativeMethod();
  }

  /// Makes the things, for one use.
  @FunctionalInterface
  interface Making {
    Blocked make() throws Exception;
  }

  /// A row of the page.
  ///
  /// @param name how the page calls it
  /// @param making what it blocks on
  /// @param stuck whether nothing frees it
  record Row(String name, Making making, boolean stuck) {
    @Override
    public String toString() {
      return name;
    }
  }
}
