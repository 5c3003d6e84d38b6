// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import dev.curfew.StopReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a woven program that nobody stops loses while another one is stopped: to open the gate, and
/// to close it, takes the compiled code of both away.
final class Neighbours {

  /// A piece of work that took at most so many times the usual is as good as ever.
  private static final double USUAL = 1.25;

  /// So many such pieces in a row say that it is over.
  private static final int CALM = 5;

  private Neighbours() {}

  /// A piece of work.
  ///
  /// @param at when it began
  /// @param took how long it took, in nanoseconds
  private record Piece(long at, long took) {}

  /// Writes a line for each time, in nanoseconds: how long a piece takes before, the longest
  /// afterwards, how long until pieces are as before, and what was lost until then. The first of a
  /// line is whether there was a stop: every second time there is none, for comparison.
  ///
  /// @param args the program that works on, how many stops, how long to warm up and how long to
  ///     watch after a stop, in milliseconds, and the file
  public static void main(String[] args) throws Exception {
    Program neighbour = Program.of(args[0]);
    Program other = Program.of("regex");
    List<Piece> pieces = work(neighbour, Long.parseLong(args[2]) * 1_000_000);
    long watch = Long.parseLong(args[3]) * 1_000_000;
    List<String> lines = new ArrayList<>();
    for (int time = 2 * Integer.parseInt(args[1]); time > 0 && !pieces.isEmpty(); time--) {
      boolean stops = time % 2 == 0;
      Hosted deaf = new Hosted(other::deaf);
      List<Piece> before = work(neighbour, watch / 2);
      Thread stopper = Thread.ofPlatform().start(() -> stop(deaf, stops ? 0 : 2 * watch));
      pieces = work(neighbour, watch);
      lines.add(stops + "\t" + line(before, pieces));
      stopper.join();
      pieces = work(neighbour, watch);
    }
    Files.write(Path.of(args[4]), lines);
    System.exit(0); // whatever was left behind
  }

  private static void stop(Hosted deaf, long pause) {
    try {
      StopReport _ = deaf.stopAfter(Duration.ofNanos(pause));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<Piece> work(Program program, long span) throws Exception {
    List<Piece> pieces = new ArrayList<>();
    long began = System.nanoTime();
    for (long at = began; at - began < span; ) {
      if (!program.work()) {
        throw new IllegalStateException("a wrong result");
      }
      long now = System.nanoTime();
      pieces.add(new Piece(at, now - at));
      at = now;
    }
    return pieces;
  }

  private static String line(List<Piece> before, List<Piece> after) {
    long[] sorted = before.stream().mapToLong(Piece::took).sorted().toArray();
    long usual = sorted[sorted.length / 2];
    long began = after.getFirst().at();
    long longest = 0;
    long until = 0;
    long lost = 0;
    long lostSoFar = 0;
    int calm = 0;
    for (int i = 0; i < after.size() && calm < CALM; i++) {
      Piece piece = after.get(i);
      longest = Math.max(longest, piece.took());
      lostSoFar += piece.took() - usual;
      calm++;
      if (piece.took() > USUAL * usual) {
        calm = 0;
        until = piece.at() + piece.took() - began;
        lost = lostSoFar;
      }
    }
    return usual + "\t" + longest + "\t" + until + "\t" + lost;
  }
}
