// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// A file that a scope owns, on every way out.
final class D1 implements Example {

  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();

  @Override
  public String title() {
    return "what is acquired is released on every way out: return, failure, stop";
  }

  @Override
  public String run(Stage stage) throws IOException {
    Path file = Files.createTempFile("curfew-d1-", ".txt");
    try {
      report(stage, "returns", file, _ -> {});
      report(
          stage,
          "fails",
          file,
          _ -> {
            throw new IllegalStateException("disk on fire");
          });
      report(
          stage,
          "is stopped",
          file,
          scope -> {
            boolean _ = scope.stop(StopReason.requested("deploy"));
            Curfew.sleep(Duration.ofHours(1));
          });
      stage.expect(opened.get() == 3 && closed.get() == 3, "each was closed once");
      stage.expect(Files.readAllLines(file).size() == 3, "what was written is on disk");
      return "three ways out, 3 files opened, 3 closed, and what was written before is there";
    } finally {
      Files.delete(file);
    }
  }

  private interface Way {
    void go(Scope scope);
  }

  private void report(Stage stage, String way, Path file, Way out) throws IOException {
    String how = "returned";
    try {
      Scope.run(
          "report",
          scope -> {
            BufferedWriter writer = scope.own("log", () -> open(file), this::close);
            writer.write("the job that " + way);
            writer.newLine();
            out.go(scope);
            return null;
          });
    } catch (RuntimeException thrown) {
      how = "threw " + thrown;
    }
    stage.say("the job that " + way + ": the scope " + how + "; open files: " + stillOpen());
    stage.expect(stillOpen() == 0, "nothing is left open");
  }

  private int stillOpen() {
    return opened.get() - closed.get();
  }

  private BufferedWriter open(Path file) throws IOException {
    BufferedWriter writer = Files.newBufferedWriter(file, java.nio.file.StandardOpenOption.APPEND);
    opened.incrementAndGet();
    return writer;
  }

  private void close(BufferedWriter writer) throws IOException {
    writer.close(); // shielded: the flush is not cut short by the stop that led here
    closed.incrementAndGet();
  }
}
