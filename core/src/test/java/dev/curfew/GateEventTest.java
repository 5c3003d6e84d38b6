// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.LeaksOnPurpose;
import dev.curfew.testkit.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GateEventTest {

  private static final MethodType TYPE = MethodType.methodType(void.class);

  @TempDir Path folder;

  @Test
  @LeaksOnPurpose("the recorder keeps its two threads, and a shutdown hook")
  void theFlightRecorderHearsOfEachChangeAndWhy() throws IOException {
    List<RecordedEvent> events = events(2, GateEventTest::openAndClose);
    assertThat(events)
        .extracting(event -> event.getString("change") + ", " + event.getString("cause"))
        .containsExactly("opened, wanted: worker-7", "closed, no stop for 50 ms");
    assertThat(events.getFirst().getDuration("swing")).isPositive();
    assertThat(events.getLast().getDuration("wasOpen")).isEqualTo(Duration.ofMillis(50));
  }

  @Test
  @LeaksOnPurpose("the recorder keeps its two threads, and a shutdown hook")
  void itHearsWhetherAGateWasOpenedForMoreThreadsOrForFewer() throws IOException {
    assertThat(events(4, GateEventTest::openWidenAndNarrow))
        .extracting(event -> event.getString("change"))
        .containsExactly("opened", "widened", "narrowed", "closed");
  }

  /// Another thread may have closed the gate, and be about to say so.
  private List<RecordedEvent> events(int expected, Runnable changes) throws IOException {
    try (Recording recording = new Recording()) {
      recording.enable("dev.curfew.Gate");
      recording.start();
      changes.run();
      Await.until("the recorder has heard of all", () -> soFar(recording).size() >= expected);
      return soFar(recording);
    }
  }

  private List<RecordedEvent> soFar(Recording recording) {
    Path file = folder.resolve("recording.jfr");
    try {
      recording.dump(file);
      return RecordingFile.readAllEvents(file).stream()
          .filter(event -> event.getString("gate").equals("of the event test"))
          .sorted(Comparator.comparing(RecordedEvent::getStartTime)) // a thread has its own buffer
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A gate without a quiet time is open for no more than it has to be.
  private static void openWidenAndNarrow() {
    Gate gate = gate(0, new ManualTime());
    Thread one = new Thread(() -> {}, "worker-1");
    List<Thread> all = Stream.generate(() -> new Thread(() -> {}, "other")).limit(2000).toList();
    gate.hold("test", List.of(one));
    gate.hold("test", all);
    gate.hold("test", List.of(one));
    gate.release("test");
  }

  private static Gate gate(long shortestQuiet, ManualTime time) {
    return new Gate(
        "of the event test",
        MethodHandles.empty(TYPE),
        new Gate.Sites(List.of(new MutableCallSite(MethodHandles.empty(TYPE)))),
        new GateForm(true, ""),
        shortestQuiet,
        time);
  }

  private static void openAndClose() {
    ManualTime time = new ManualTime();
    Gate gate = gate(Gate.SHORTEST_QUIET, time);
    gate.hold("test", List.of(new Thread(() -> {}, "worker-7")));
    assertThat(gate.isOpen()).isTrue();
    assertThat(gate.figures(List.of()).openings()).isEqualTo(1);
    gate.release("test");
    time.advance(Duration.ofMillis(50));
    Await.until("it is closed", () -> !gate.isOpen());
  }
}
