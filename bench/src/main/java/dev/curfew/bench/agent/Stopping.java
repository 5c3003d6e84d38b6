// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import dev.curfew.Curfew;
import dev.curfew.StopReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Stops one program again and again at random moments, in a woven JVM of its own.
final class Stopping {

  private Stopping() {}

  /// Writes a line for each stop: nanoseconds to delivery and to the end, deliveries, and whether
  /// the program worked afterwards.
  ///
  /// @param args the program, how many stops, how long to warm up in milliseconds, and the file
  public static void main(String[] args) throws Exception {
    Program program = Program.of(args[0]);
    boolean _ = Curfew.warmUp().await(Duration.ofSeconds(10));
    boolean fresh = warmUp(program, Long.parseLong(args[2]));
    Random random = new Random(5);
    List<String> lines = new ArrayList<>();
    for (int stop = Integer.parseInt(args[1]); stop > 0; stop--) {
      Duration pause = Duration.ofMillis(100 + random.nextInt(400));
      StopReport.Part part = Hosted.part(new Hosted(program::deaf).stopAfter(pause));
      fresh &= program.work();
      lines.add(
          "%d\t%d\t%d\t%s\t%s"
              .formatted(
                  nanos(part.seen()),
                  nanos(part.ended()),
                  part.notes().stream().filter(note -> note.startsWith("stop deliv")).count(),
                  part.outcome(),
                  fresh));
    }
    Files.write(Path.of(args[3]), lines);
    System.exit(0); // whatever was left behind
  }

  private static boolean warmUp(Program program, long millis) throws Exception {
    long end = System.nanoTime() + millis * 1_000_000;
    boolean right = true;
    for (int stop = 0; System.nanoTime() - end < 0; stop++) {
      right &= program.work();
      if (stop % 4 == 3) {
        StopReport _ = new Hosted(program::deaf).stopAfter(Duration.ofMillis(300));
      }
    }
    return right;
  }

  private static long nanos(java.util.Optional<Duration> span) {
    return span.map(Duration::toNanos).orElse(Long.MAX_VALUE);
  }
}
