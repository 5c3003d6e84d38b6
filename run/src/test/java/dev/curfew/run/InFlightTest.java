// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InFlightTest {

  private static final int MOST = 4_096;

  @TempDir Path folder;
  private Path file;
  private InFlight inFlight;

  @BeforeEach
  void make() throws IOException {
    file = folder.resolve("in-flight");
    inFlight = new InFlight(file);
  }

  private List<String> markers() throws IOException {
    return Files.readAllLines(file).stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .toList();
  }

  @Test
  void theFileHoldsTheMarkersOfWhatRuns() throws IOException {
    int first = inFlight.enter("a-long-marker");
    int second = inFlight.enter("b");
    assertThat(markers()).containsExactly("a-long-marker", "b");

    inFlight.leave(first);
    assertThat(markers()).containsExactly("b");
    assertThat(inFlight.enter("c")).as("its line is used again").isEqualTo(first);
    assertThat(markers()).containsExactly("c", "b");
    inFlight.leave(second);
    assertThat(markers()).containsExactly("c");
  }

  @Test
  void theFileNeverGrows() throws IOException {
    long size = Files.size(file);
    for (int i = 0; i < MOST; i++) {
      assertThat(inFlight.enter("marker-" + i)).isEqualTo(i);
    }
    int none = inFlight.enter("one too many");
    assertThat(none).isNegative();
    inFlight.leave(none);
    assertThat(markers()).hasSize(MOST);
    assertThat(Files.size(file)).isEqualTo(size);
  }

  @Test
  void whoComesLateAfterItsEndDoesNoHarm() throws IOException {
    int line = inFlight.enter("a");
    inFlight.remove();
    inFlight.leave(line);
    assertThat(file).doesNotExist();
  }
}
