// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.process.Kernel.Signal;
import dev.curfew.process.ProcessTable.Identity;
import dev.curfew.process.ProcessTable.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Finds, signals and awaits all processes of a tree, wherever they have gone.
///
/// Invariants
///
/// 1. A process is a member only if that is proven: it is the leader; it was seen as a member
///    before, with the same start time; it is in the leader's session or group while the leader
///    still holds its pid; it carries a marker of ours; or its parent, not younger than it, is a
///    member.
/// 2. What was a member once is remembered until it is seen to be gone: it may lose its parent, its
///    session and its environment, and there may be no file descriptor to look with.
/// 3. This program, its ancestors and process 1 are never members, nor what is below them only.
/// 4. A signal goes to a pid only after its start time was compared once more ([Kernel]).
///
/// Locks: the own monitor, held during one look at the process table; no wait is made under it.
final class ProcessTree {
  private static final int MOST_PASSES = 50;
  private static final long FORCE_BUDGET = TimeUnit.SECONDS.toNanos(2);
  private static final long RECHECK = TimeUnit.MILLISECONDS.toNanos(20);

  private record Found(Row row, String marker) {}

  private final ProcessTable table;
  private final Kernel kernel;
  private final Set<String> markers;
  private final long oldest;

  // guarded by this
  private final Map<Long, Found> known = new HashMap<>();
  private long anchor;

  private ProcessTree(
      ProcessTable table, Kernel kernel, Set<String> markers, @Nullable Row leader) {
    this.table = table;
    this.kernel = kernel;
    this.markers = Set.copyOf(markers);
    this.oldest = leader == null ? 0 : leader.start();
  }

  /// The tree of a child just started.
  ///
  /// @param ownsSession whether its session and group prove membership until [#unanchor()]
  static ProcessTree of(
      ProcessTable table, Kernel kernel, String marker, Row leader, boolean ownsSession) {
    var tree = new ProcessTree(table, kernel, Set.of(marker), leader);
    synchronized (tree) {
      tree.known.put(leader.pid(), new Found(leader, marker));
      tree.anchor = ownsSession ? leader.pid() : 0;
    }
    return tree;
  }

  /// All trees that carry one of these markers.
  static ProcessTree marked(ProcessTable table, Kernel kernel, Set<String> markers) {
    return new ProcessTree(table, kernel, markers, null);
  }

  /// From now on the leader's session proves nothing, because its pid may be given away.
  synchronized void unanchor() {
    anchor = 0;
  }

  List<Member> members() {
    return described(living());
  }

  /// Sends TERM, and then CONT so that stopped ones react.
  List<Member> ask() {
    List<Found> all = living();
    // Parents first: a shell must not go on to its next command when the current one ends.
    var asked = new ArrayList<Member>();
    for (Found found : all) {
      Member member = member(found); // told before it can be gone
      if (kernel.send(found.row(), Signal.TERM)) {
        asked.add(member);
      }
    }
    all.forEach(found -> kernel.send(found.row(), Signal.CONT));
    return List.copyOf(asked);
  }

  /// Sends KILL, and looks again until nothing new has appeared.
  List<Member> force() {
    long begin = System.nanoTime();
    var forced = new ArrayList<Member>();
    var done = new HashSet<Identity>();
    for (int pass = 0; pass < MOST_PASSES; pass++) {
      List<Found> fresh = new ArrayList<>(living());
      fresh.removeIf(found -> done.contains(found.row().identity()));
      if (fresh.isEmpty() || System.nanoTime() - begin > FORCE_BUDGET) {
        break;
      }
      List<Member> members = described(fresh);
      // Frozen first, parents before children: a shell must not go on when its command is killed.
      fresh.forEach(found -> kernel.send(found.row(), Signal.STOP));
      var killed = new HashSet<Long>();
      for (Found found : fresh.reversed()) {
        if (kernel.send(found.row(), Signal.KILL)) {
          killed.add(found.row().pid());
        }
        done.add(found.row().identity());
      }
      members.stream().filter(member -> killed.contains(member.pid())).forEach(forced::add);
    }
    return List.copyOf(forced);
  }

  /// {@return what still lives at the end of the budget}
  List<Member> awaitGone(Duration budget) throws InterruptedException {
    long begin = System.nanoTime();
    long nanos = TimeUnit.NANOSECONDS.convert(budget);
    while (true) {
      List<Found> living = living();
      long left = nanos - (System.nanoTime() - begin);
      if (living.isEmpty() || left <= 0) {
        return described(living);
      }
      kernel.awaitEnd(living.getLast().row(), Math.min(left, RECHECK));
    }
  }

  /// {@return the living members, parents before children}
  private synchronized List<Found> living() {
    List<Row> all = table.rows();
    if (all == null) {
      return sorted(known); // whoever was seen counts as living until it is seen to be gone
    }
    Map<Long, Row> rows = new HashMap<>();
    all.forEach(row -> rows.put(row.pid(), row));
    Set<Long> ours = ownLine(rows);
    var found = new HashMap<Long, Found>();
    for (Row row : rows.values()) {
      String marker = ours.contains(row.pid()) ? null : proof(row);
      if (marker != null) {
        found.put(row.pid(), new Found(row, marker));
      }
    }
    addChildren(found, rows, ours);
    known.clear();
    known.putAll(found);
    return sorted(found);
  }

  private static List<Found> sorted(Map<Long, Found> found) {
    ToIntFunction<Found> depth = f -> depth(f.row(), found);
    return found.values().stream()
        .filter(f -> f.row().living())
        .sorted(Comparator.comparingInt(depth).thenComparingLong(f -> f.row().start()))
        .toList();
  }

  /// {@return the marker of the tree this process is proven to belong to by itself, or null}
  private @Nullable String proof(Row row) {
    Found before = known.get(row.pid());
    if (before != null && before.row().identity().equals(row.identity())) {
      return before.marker();
    }
    if (row.start() < oldest || !row.living()) {
      return null;
    }
    // Session 0 is that of everything started from outside this container: it proves nothing.
    if (anchor > 1 && (row.session() == anchor || row.group() == anchor)) {
      return markers.iterator().next();
    }
    for (String marker : table.markers(row.pid())) {
      if (markers.contains(marker)) {
        return marker;
      }
    }
    return null;
  }

  private static void addChildren(Map<Long, Found> found, Map<Long, Row> rows, Set<Long> ours) {
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Row row : rows.values()) {
        Found parent = found.get(row.parent());
        if (parent != null
            && row.start() >= parent.row().start()
            && !found.containsKey(row.pid())
            && !ours.contains(row.pid())) {
          found.put(row.pid(), new Found(row, parent.marker()));
          grown = true;
        }
      }
    }
  }

  /// {@return process 1, this program and its ancestors}
  private static Set<Long> ownLine(Map<Long, Row> rows) {
    var line = new HashSet<>(Set.of(0L, 1L));
    Row row = rows.get(ProcessHandle.current().pid());
    while (row != null && line.add(row.pid())) {
      row = rows.get(row.parent());
    }
    return line;
  }

  private static int depth(Row row, Map<Long, Found> found) {
    int depth = 0;
    Found parent = found.get(row.parent());
    while (parent != null && depth < found.size()) {
      depth++;
      parent = found.get(parent.row().parent());
    }
    return depth;
  }

  private List<Member> described(List<Found> all) {
    return all.stream().map(this::member).toList();
  }

  private Member member(Found found) {
    Row row = found.row();
    String command = table.command(row.pid());
    return new Member(row.pid(), row.start(), command, table.age(row), found.marker());
  }
}
