// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobCountTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "3, 3",
    "+2, 10",
    "-3, 5",
    "-8, 1",
    "-100, 1",
    "50%, 4",
    "200%, 16",
    "1%, 1",
    "100%, 8",
    "+0, 8"
  })
  void countsFromTheCores(String text, int number) {
    assertThat(JobCount.parse(text, 8)).isEqualTo(new JobCount(number, Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0%", "many", "", "+50%", "1.5", "--1", "99999999"})
  void refusesWhatIsNoNumber(String text) {
    assertThatThrownBy(() -> JobCount.parse(text, 8)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aFileSaysIt() throws IOException {
    Path file = Files.writeString(folder.resolve("jobs"), " 50%\n");
    assertThat(JobCount.parse(file.toString(), 8)).isEqualTo(new JobCount(4, Optional.of(file)));

    Files.writeString(file, "lots\n");
    assertThatThrownBy(() -> JobCount.parse(file.toString(), 8))
        .hasMessageStartingWith("the file " + file + ": 'lots' is no number of jobs (forms: 4,");
  }

  @Test
  void aChangeOfTheFileIsSeenOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("jobs"), "2");
    JobsFile jobs = new JobsFile(file, 2);
    assertThat(jobs.changed()).isEmpty();

    Files.writeString(file, "5\n");
    assertThat(jobs.changed()).hasValue(5);
    assertThat(jobs.changed()).isEmpty();

    Files.writeString(file, "lots\n");
    assertThat(jobs.changed()).isEmpty();
    Files.delete(file);
    assertThat(jobs.changed()).isEmpty();
    Files.writeString(file, "2");
    assertThat(jobs.changed()).hasValue(2);
  }

  @Test
  void workersComeAndGoWithTheLimit() {
    Slots slots = new Slots(1);
    assertThat(slots.enter()).isTrue();
    assertThat(slots.enter()).isFalse();
    assertThat(slots.leave()).isFalse();

    assertThat(slots.change(2)).isEqualTo(new Slots.Change(1, 3));
    assertThat(slots.enter()).isTrue();
    slots.set(1);
    assertThat(slots.leave()).isTrue();
    assertThat(slots.leave()).isFalse();
    assertThat(slots.workers()).isEqualTo(1);
    assertThat(slots.change(-5)).isEqualTo(new Slots.Change(1, 1));
    slots.ended();
    assertThat(slots.workers()).isZero();
  }

  @Test
  void theSecondUserSignalIsOursOnlyIfTheJvmLeavesIt() {
    assertThat(Signals.names(null)).contains("USR1").doesNotContain("USR2");
    assertThat(Signals.names("12")).doesNotContain("USR2");
    assertThat(Signals.names("x")).doesNotContain("USR2");
    assertThat(Signals.names("40")).contains("USR1", "USR2");
  }
}
