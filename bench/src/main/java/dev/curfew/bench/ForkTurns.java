// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.peer.CurfewScope;
import dev.curfew.bench.peer.Forks;
import dev.curfew.bench.peer.VirtualThreads;
import java.util.concurrent.atomic.LongAdder;

/// Forks of a scope and bare virtual threads, all started and joined by a platform thread.
final class ForkTurns {

  /// How many are forked and joined in a turn, if that takes two goes at least and 200 at most.
  private static final int TURN = 20_000;

  private ForkTurns() {}

  /// Prints the median of all turns, in a JVM of its own.
  ///
  /// @param args how many at a time, and how many turns
  public static void main(String[] args) throws Exception {
    int forks = Integer.parseInt(args[0].replace(",", ""));
    int turns = Integer.parseInt(args[1]);
    LongAdder done = new LongAdder();
    InTurns.Turn bare = () -> cost(new VirtualThreads(), forks, done);
    InTurns.Turn ours = () -> cost(new CurfewScope(), forks, done);
    boolean _ = InTurns.ratio(turns, bare, ours) > 0; // the JIT is done after that
    System.out.println(InTurns.ratio(turns, bare, ours));
    System.exit(0); // whatever threads a peer has left behind
  }

  private static double cost(Forks peer, int forks, LongAdder done) throws Exception {
    long begin = System.nanoTime();
    for (int goes = Math.clamp(TURN / forks, 2, 200); goes > 0; goes--) {
      peer.forkAndJoin(forks, done::increment);
    }
    return System.nanoTime() - begin;
  }
}
