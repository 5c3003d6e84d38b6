// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Runs with `--no-journal`.
@EnabledOnOs(OS.LINUX)
class UnkeptRunTest {

  private static final Duration LIMIT = Duration.ofSeconds(50);

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void nothingIsLeftAndNothingIsPromised() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run(
            "run", "--no-journal", "-k", "-j", "2", "test {} != 2 && echo {}", ":::", "1", "2");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("1\n");
    assertThat(program.errors())
        .contains("job 2 (2) failed: exit code 1", "1 done, 1 failed")
        .doesNotContain("resume", "retry-failed", "journal");
    assertThat(place.names()).isEmpty();
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void anEarlierJournalIsNotTouched() throws IOException, InterruptedException {
    assertThat(place.run("run", "exit 1; :", ":::", "1").awaitExit()).isEqualTo(1);
    byte[] before = Files.readAllBytes(place.path("curfew.journal"));

    assertThat(place.run("run", "--no-journal", "echo", ":::", "1", "1").output())
        .isEqualTo("1\n1\n");

    assertThat(Files.readAllBytes(place.path("curfew.journal"))).isEqualTo(before);
    assertThat(place.names()).containsExactly("curfew.journal");
  }

  @Test
  void aStopIsToldWithoutAWayToGoOn() throws IOException, InterruptedException {
    place.pipe("pipe");
    try (CurfewProcess program =
        place.start(
            "run", "--no-journal", "-j1", "touch begun-{}; read x < pipe", ":::", "1", "2")) {
      place.awaitFile("begun-1");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors())
          .contains("job 1 (1) stopped: ended when asked", "stopped: shutdown (SIGTERM)")
          .contains("nothing is on record (--no-journal): what is not done has to be run anew")
          .doesNotContain("resume");
    }
    assertThat(place.names()).containsExactlyInAnyOrder("begun-1", "pipe");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void aHaltAndRetriesNeedNoJournal() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run(
            "run",
            "--no-journal",
            "-j1",
            "--halt",
            "now,fail=1",
            "--retries",
            "2",
            "--report",
            "r",
            "echo {} >> tries; false",
            ":::",
            "1",
            "2");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.errors())
        .contains("halted by --halt now,fail=1: the rest was not run")
        .doesNotContain("resume");
    assertThat(place.lines("tries")).containsExactly("1", "1");
    assertThat(place.text("r")).contains("1\tfailed\t1", "2 attempts");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void outputThatNobodyReadsIsNotKept() throws IOException, InterruptedException {
    Place.Said said =
        place.script(
            List.of(),
            place.shellWords("run", "--no-journal", "seq {}", ":::", "100000", "100001")
                + " | head -n 1");

    assertThat(said.text()).contains("standard output is closed").doesNotContain("resume");
    assertThat(place.names()).isEmpty();
    Await.until("nothing is left", LIMIT, () -> leftovers() == 0);
  }

  @Test
  void aKilledRunnerLeavesNothing() throws IOException, InterruptedException {
    String job = "echo $$ > pid; echo {}; while :; do sleep 0.05; done";
    try (CurfewProcess program =
        place.start("run", "--no-journal", "--grace", "1s", job, ":::", "1")) {
      place.awaitLines("pid", 1);
      assertThat(place.temporaryFiles()).isNotEmpty();
      program.kill();
    }
    place.awaitGone(Long.parseLong(place.text("pid").trim()));
    Await.until("nothing is left", LIMIT, () -> leftovers() == 0);
  }

  @Test
  void itGoesWithNothingThatNeedsAJournal() throws IOException, InterruptedException {
    for (String other : new String[] {"--resume", "--retry-failed", "--sync", "--journal=j"}) {
      CurfewProcess program = place.run("run", "--no-journal", other, "echo", ":::", "1");
      String name = other.replace("=j", "");
      assertThat(program.awaitExit()).isEqualTo(2);
      assertThat(program.errors())
          .isEqualTo(
              "curfew: --no-journal and "
                  + name
                  + " cannot go together: without a journal nothing is kept; leave one of them"
                  + " out\n");
    }
    assertThat(place.names()).isEmpty();
  }

  private int leftovers() {
    try {
      return place.temporaryFiles().size();
    } catch (IOException | UncheckedIOException e) {
      return 1; // it went while we looked
    }
  }
}
