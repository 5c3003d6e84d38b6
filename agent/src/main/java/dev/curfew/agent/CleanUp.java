// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.Opcode.Kind;
import java.lang.classfile.instruction.DiscontinuedInstruction.RetInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Finds the clean-up code of one method, as compilers lay it out.
///
/// What is searched for: handlers that end by throwing what they caught, if they catch any or
/// `Throwable` (`finally`, the end of a try-with-resources); the copies of a `finally` block on the
/// other ways out, which lie where its handler does not cover; code under a monitor; subroutines of
/// old compilers; calls of `close()`. What is in doubt counts as clean-up.
///
/// A check whose jump leaves the clean-up backwards is not part of it. The loop around it may have
/// no other: `while (true) { try { step(); } finally { … } }` jumps from the end of the copy.
final class CleanUp {

  private static final String THROWABLE = "java/lang/Throwable";

  private final Listing code;
  private final BitSet shielded = new BitSet();

  private CleanUp(Listing code) {
    this.code = code;
  }

  /// {@return pairs of indices, first and end, in order}
  static char[] ranges(Listing code) {
    CleanUp cleanUp = new CleanUp(code);
    cleanUp.search();
    return cleanUp.ranges();
  }

  private void search() {
    Map<Integer, List<Listing.Row>> handlers = new LinkedHashMap<>();
    for (Listing.Row row : code.rows) {
      if (row.type().isEmpty() || row.type().equals(THROWABLE)) {
        handlers.merge(row.handler(), List.of(row), CleanUp::both);
      }
    }
    handlers.forEach(this::addHandler);
    for (int place = 0; place < code.size(); place++) {
      if (code.is(place, Kind.DISCONTINUED_JSR)) {
        addSubroutine(code.place(code.earliest(place)));
      } else if (isClose(place)) {
        shielded.set(code.index(place), code.index(place + 1));
      }
    }
  }

  private static <T> List<T> both(List<T> some, List<T> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  private boolean isClose(int place) {
    return code.at(place) instanceof InvokeInstruction call
        && call.name().equalsString("close")
        && call.type().equalsString("()V");
  }

  private void addHandler(int handler, List<Listing.Row> rows) {
    int first = code.place(handler);
    int thrown = rethrow(first);
    boolean any = rows.stream().anyMatch(row -> row.type().isEmpty());
    if (thrown < 0 && !any) {
      return; // an ordinary catch
    }
    int last = thrown < 0 ? closedEnd(first) : thrown;
    int start = rows.stream().mapToInt(Listing.Row::start).min().orElse(handler);
    if (any && start < handler && releasesMonitor(first, last)) {
      add(code.place(start), last + 1, rows);
      return;
    }
    add(first, last + 1, List.of());
    if (any && start < handler) {
      int longest = addGaps(code.place(start), first, rows);
      if (thrown >= 0 && longest < thrown - first - 2) {
        addCopies(first + 1, thrown - 1);
      }
    }
  }

  /// {@return where a handler throws what it caught, the last place if there are several, or -1}
  private int rethrow(int first) {
    int found = -1;
    if (code.at(first) instanceof StoreInstruction caught) {
      for (int place = first + 1; place + 1 < code.size(); place++) {
        if (code.at(place) instanceof StoreInstruction store && store.slot() == caught.slot()) {
          return found; // the variable serves another one now
        }
        if (code.at(place) instanceof LoadInstruction load
            && load.slot() == caught.slot()
            && code.is(place + 1, Kind.THROW_EXCEPTION)) {
          found = place + 1;
        }
      }
    }
    return found;
  }

  /// {@return where code that begins at a place and does not throw again cannot go on}
  private int closedEnd(int first) {
    int pending = 0;
    for (int place = first; place < code.size(); place++) {
      boolean leaves =
          switch (code.kind(place)) {
            case BRANCH -> isGoto(place);
            case RETURN, THROW_EXCEPTION, TABLE_SWITCH, LOOKUP_SWITCH, DISCONTINUED_RET -> true;
            default -> false;
          };
      if (!isGoto(place) || isHandlerOf(first, place + 1)) {
        pending = Math.max(pending, code.latest(place));
      }
      if (leaves && code.index(place + 1) > pending) {
        return place;
      }
    }
    return code.size() - 1;
  }

  private boolean isGoto(int place) {
    return switch (code.at(place).opcode()) {
      case GOTO, GOTO_W -> true;
      default -> false;
    };
  }

  /// Whether a handler of what begins at a place, or after it, stands at another.
  private boolean isHandlerOf(int first, int place) {
    int index = code.index(place);
    return code.rows.stream()
        .anyMatch(row -> row.handler() == index && row.start() >= code.index(first));
  }

  /// Whether a monitor is left there that was not entered there.
  private boolean releasesMonitor(int first, int last) {
    for (int place = first; place <= last; place++) {
      switch (code.at(place).opcode()) {
        case MONITOREXIT -> {
          return true;
        }
        case MONITORENTER -> {
          return false;
        }
        default -> {}
      }
    }
    return false;
  }

  /// {@return of how many instructions the longest gap is}
  private int addGaps(int from, int to, List<Listing.Row> rows) {
    int longest = 0;
    int gap = from;
    for (int place = from; place <= to; place++) {
      if (place == to || isCovered(place, rows)) {
        if (gap < place) {
          add(gap, place, List.of());
          longest = Math.max(longest, place - gap);
        }
        gap = place + 1;
      }
    }
    return longest;
  }

  private boolean isCovered(int place, List<Listing.Row> rows) {
    int index = code.index(place);
    return rows.stream().anyMatch(row -> row.covers(index));
  }

  /// Some compilers put the copy for the way out at the end behind the handler.
  private void addCopies(int from, int to) {
    int length = to - from;
    int copy = to + 2;
    while (length > 0 && copy + length <= code.size() && isCopy(from, copy, length)) {
      add(copy, copy + length, List.of());
      copy += length;
    }
  }

  private boolean isCopy(int from, int copy, int length) {
    for (int i = 0; i < length; i++) {
      if (!code.areAlike(from + i, copy + i)) {
        return false;
      }
    }
    return true;
  }

  private void addSubroutine(int first) {
    int place = first;
    while (place < code.size() - 1 && !(code.at(place) instanceof RetInstruction)) {
      place++;
    }
    add(first, place + 1, List.of());
  }

  /// Adds the instructions from one place to before another, without the checks of jumps that lead
  /// out of them backwards.
  ///
  /// @param held code that no jump leaves: under these rows a monitor is held
  private void add(int from, int to, List<Listing.Row> held) {
    BitSet range = new BitSet();
    range.set(code.index(from), code.index(to));
    for (int place = from + 1; place < to; place++) {
      if (code.isLoopCheck(place - 1)
          && code.earliest(place) < code.index(from)
          && !isCovered(place, held)) {
        range.clear(code.index(place - 1), code.index(place));
      }
    }
    shielded.or(range);
  }

  private char[] ranges() {
    StringBuilder pairs = new StringBuilder();
    for (int from = shielded.nextSetBit(0); from >= 0; ) {
      int to = shielded.nextClearBit(from);
      pairs.append((char) from).append((char) to);
      from = shielded.nextSetBit(to);
    }
    return pairs.toString().toCharArray();
  }
}
