// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The threads that are to look when they come to a checkpoint: few, many, or all.
///
/// Few are fields of a record: the JIT takes them for constants, and compares the thread with them
/// once before a loop. A look into a table in every turn costs what a volatile read does, a look at
/// the thread's place in the tree five times that. The methods are small enough to be inlined
/// before they are hot.
///
/// Threads are told apart by identity: a subclass may say that two are equal, and what it runs to
/// say so would run under the mutex of the gate.
record Wanted(
    Set<Thread> all,
    @Nullable Thread first,
    @Nullable Thread second,
    @Nullable Thread third,
    @Nullable Thread fourth,
    @Nullable Table table,
    boolean everybody) {

  static final Wanted NOBODY = few(List.of());
  static final Wanted EVERYBODY = new Wanted(Set.of(), null, null, null, null, null, true);

  private static final int FEW = 4;
  private static final int MANY = 1024;
  private static final int NAMED = 8;

  static Wanted of(Collection<Thread> threads) {
    List<Thread> each = List.copyOf(distinct(threads));
    if (each.isEmpty()) {
      return NOBODY;
    }
    if (each.size() <= FEW) {
      return few(each);
    }
    Table table = each.size() <= MANY ? Table.of(each) : null;
    return table == null
        ? EVERYBODY
        : new Wanted(distinct(each), null, null, null, null, table, false);
  }

  private static Set<Thread> distinct(Collection<Thread> threads) {
    Set<Thread> all = Collections.newSetFromMap(new IdentityHashMap<>());
    all.addAll(threads);
    return Collections.unmodifiableSet(all);
  }

  private static Wanted few(List<Thread> threads) {
    Thread[] each = threads.toArray(new Thread[FEW]);
    return new Wanted(distinct(threads), each[0], each[1], each[2], each[3], null, false);
  }

  boolean isNobody() {
    return all.isEmpty() && !everybody;
  }

  boolean hasAll(Collection<Thread> threads) {
    return everybody || all.containsAll(threads);
  }

  boolean covers(Wanted other) {
    return everybody || (!other.everybody && all.containsAll(other.all));
  }

  boolean isSame(Wanted other) {
    return everybody == other.everybody && all.equals(other.all);
  }

  @SuppressWarnings("ReferenceEquality") // what a thread is equal to
  boolean has(Thread thread) {
    return thread == first || thread == second || isFurther(thread);
  }

  @SuppressWarnings("ReferenceEquality") // see above
  private boolean isFurther(Thread thread) {
    return thread == third || thread == fourth || isAmongMany(thread);
  }

  private boolean isAmongMany(Thread thread) {
    return table != null ? table.has(thread) : everybody;
  }

  /// {@return them by name, for people}
  @Override
  public String toString() {
    if (everybody) {
      return "all threads";
    }
    String names =
        all.stream().map(Thread::getName).sorted().limit(NAMED).collect(Collectors.joining(", "));
    return all.size() > NAMED ? names + " and " + (all.size() - NAMED) + " more" : names;
  }

  /// Threads by their ids, each in one of two slots, so that a look is a few loads and no loop.
  static final class Table {

    private static final long SPREAD = 0x9E3779B97F4A7C15L;
    private static final int LARGEST = 16;

    private final @Nullable Thread[] slots;
    private final int shift;

    private Table(int bits) {
      slots = new Thread[(1 << bits) + 1];
      shift = Long.SIZE - bits;
    }

    /// {@return null if they crowd too much}
    static @Nullable Table of(List<Thread> threads) {
      int bits = Integer.SIZE - Integer.numberOfLeadingZeros(threads.size()) + 1;
      for (; bits <= LARGEST; bits++) {
        Table table = new Table(bits);
        if (threads.stream().allMatch(table::put)) {
          return table;
        }
      }
      return null;
    }

    private boolean put(Thread thread) {
      int slot = slot(thread);
      int free = slots[slot] == null ? slot : slot + 1;
      if (slots[free] != null) {
        return false;
      }
      slots[free] = thread;
      return true;
    }

    private int slot(Thread thread) {
      return (int) ((thread.threadId() * SPREAD) >>> shift);
    }

    @SuppressWarnings("ReferenceEquality") // what a thread is equal to
    boolean has(Thread thread) {
      int slot = slot(thread);
      return slots[slot] == thread || slots[slot + 1] == thread;
    }
  }
}
