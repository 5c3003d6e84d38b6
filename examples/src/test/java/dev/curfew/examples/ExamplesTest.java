// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Curfew;
import dev.curfew.ForkFailedException;
import dev.curfew.StopReason;
import dev.curfew.StopSource;
import dev.curfew.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {

  @Test
  void aPageHasBothAnswers() {
    assertThat(new Checkout(() -> "Ada", () -> "a lamp").page(Duration.ofSeconds(30)))
        .isEqualTo("Ada buys a lamp");
  }

  @Test
  void aSlowServiceCostsThePageItsDeadlineAndNoMore() {
    Checkout slow =
        new Checkout(
            () -> "Ada",
            () -> {
              Curfew.sleep(Duration.ofHours(1));
              return "a lamp";
            });
    assertThat(slow.page(Duration.ofMillis(20)))
        .isEqualTo("please try again: deadline of checkout passed");
  }

  @Test
  void aFailureStopsTheOtherQuestion() {
    Checkout broken =
        new Checkout(
            () -> {
              throw new IOException("no route");
            },
            () -> {
              Curfew.sleep(Duration.ofHours(1));
              return "a lamp";
            });
    assertThatThrownBy(() -> broken.page(Duration.ofHours(2)))
        .isInstanceOf(ForkFailedException.class)
        .hasRootCauseMessage("no route");
  }

  @Test
  void countingWordsStopsWhenAsked(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("words.txt"), "one two\nthree\n");
    StopSource source = StopSource.named("count");
    new CountWords().run(file.toString(), source.token());
    source.stop(StopReason.requested("enough"));
    assertThatThrownBy(() -> new CountWords().run(file.toString(), source.token()))
        .isInstanceOf(StoppedException.class);
  }
}
