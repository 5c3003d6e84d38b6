// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What earlier commands have left running, found by their markers.
///
/// For settling what was in flight when the program that started it was killed: there is no
/// [ChildProcess] then. A pid that was written down proves nothing; a marker in the environment of
/// a living process does.
///
/// ```java
/// Leftovers left = Leftovers.find(Set.of(markerFromTheJournal));
/// left.ask();
/// if (!left.awaitGone(Duration.ofSeconds(5)).isEmpty()) {
///   left.force();
/// }
/// ```
///
/// A process that threw away its environment before it was first seen here is not found, unless an
/// ancestor of it was. Safe for use by several threads.
public final class Leftovers {
  private final ProcessTree tree;

  private Leftovers(ProcessTree tree) {
    this.tree = tree;
  }

  /// Looks through all processes once. Each later call looks again, and keeps what it found.
  ///
  /// @param markers of commands; may be empty, and then nothing is found
  public static Leftovers find(Set<String> markers) {
    ProcessTable table = ProcessTable.here();
    ProcessTree tree = ProcessTree.marked(table, Kernel.here(table), markers);
    tree.members();
    return new Leftovers(tree);
  }

  /// {@return whether this system shows markers; if not, nothing is ever found}
  public static boolean searchable() {
    return ProcessTable.here().showsMarkers();
  }

  /// {@return what lives now, parents before children}
  public List<Member> members() {
    return tree.members();
  }

  /// Sends TERM to each, and then CONT so that stopped ones react.
  ///
  /// @return those it was sent to
  public List<Member> ask() {
    return tree.ask();
  }

  /// Sends KILL to each, children before parents, and looks again until nothing new has appeared.
  ///
  /// @return those it was sent to
  public List<Member> force() {
    return tree.force();
  }

  /// Waits until none of them lives.
  ///
  /// **Stopping:** ends when all have ended or the budget is over; an interrupt is seen within a
  /// tenth of a second.
  ///
  /// @param budget zero or less looks once
  /// @return what still lives
  /// @throws InterruptedException if the caller was interrupted; its flag is cleared
  public List<Member> awaitGone(Duration budget) throws InterruptedException {
    return tree.awaitGone(budget);
  }
}
