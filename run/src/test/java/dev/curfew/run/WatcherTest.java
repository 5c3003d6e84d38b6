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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of the jobs of a runner that is killed.
@EnabledOnOs(OS.LINUX)
class WatcherTest {

  private static final Duration LIMIT = Duration.ofSeconds(50);

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @AfterEach
  void nothingIsLeft() {
    // Those that a test leaves alone on purpose read from the pipe; any other is a failure here.
    for (String pid : place.lines("pids")) {
      ProcessHandle.of(Long.parseLong(pid.trim())).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private void awaitGone(int count) {
    List<String> pids = place.lines("pids");
    assertThat(pids).hasSize(count);
    for (String pid : pids) {
      Await.until(
          "process " + pid + " is gone",
          LIMIT,
          () -> ProcessHandle.of(Long.parseLong(pid.trim())).isEmpty());
    }
  }

  @Test
  void jobsInFlightEndWithAKilledRunnerAlsoThoseThatHaveLeft()
      throws IOException, InterruptedException {
    String job = ": {}; setsid sh -c 'echo $$ >> pids; exec sleep 1000' & echo $$ >> pids; wait";
    try (CurfewProcess program = place.start("run", "-j", "2", job, ":::", "a", "b")) {
      place.awaitLines("pids", 4);
      program.kill();
    }
    awaitGone(4);
  }

  @Test
  void theDeafAreKilledWhenTheGraceIsOver() throws IOException, InterruptedException {
    String job = ": {}; trap '' TERM; echo $$ >> pids; while :; do sleep 1000; done";
    try (CurfewProcess program = place.start("run", "--grace", "200ms", job, ":::", "a")) {
      place.awaitLines("pids", 1);
      program.kill();
    }
    awaitGone(1);
  }

  @Test
  void theyAreAskedFirst() throws IOException, InterruptedException {
    String job =
        ": {}; trap 'echo asked >> said; exit' TERM; echo $$ >> pids; while :; do sleep 0.05; done";
    try (CurfewProcess program = place.start("run", job, ":::", "a")) {
      place.awaitLines("pids", 1);
      program.kill();
    }
    awaitGone(1);
    assertThat(place.lines("said")).containsExactly("asked");
  }

  @Test
  void whatAnEndedJobLeftInTheBackgroundIsLeftAlone() throws IOException, InterruptedException {
    // The first job runs on, so that nobody else takes the place of the second one.
    String job =
        "if [ {} = a ]; then"
            + " (while [ ! -e go ]; do sleep 0.05; done; echo lives >> said) & echo done;"
            + " else echo $$ >> pids; exec sleep 1000; fi";
    try (CurfewProcess program = place.start("run", "-j", "2", job, ":::", "b", "a")) {
      place.awaitLines("pids", 1);
      Await.until("a has ended", LIMIT, () -> program.output().equals("done\n"));
      program.kill();
    }
    awaitGone(1);
    place.write("go", "");
    place.awaitLines("said", 1);
    assertThat(place.lines("said")).containsExactly("lives");
  }

  @Test
  void nobodyWatchesWhereTheyAreToBeWaitedFor() throws IOException, InterruptedException {
    String job =
        ": {}; echo $$ >> pids; cat /proc/$PPID/task/*/children > children; exec sleep 1000";
    try (CurfewProcess program = place.start("run", "--settle", "wait", job, ":::", "a")) {
      place.awaitLines("pids", 1);
      place.awaitLines("children", 1);
      program.signal("TERM");
      assertThat(program.awaitExit()).isEqualTo(3);
    }
    assertThat(place.text("children").trim()).isEqualTo(place.lines("pids").getFirst().trim());
  }

  @Test
  void itFindsAFolderForTemporaryFilesThatIsNamedFromHere()
      throws IOException, InterruptedException {
    Files.createDirectory(place.path("near"));
    place.jvmOptions("-Djava.io.tmpdir=near");
    String job = ": {}; echo $$ >> pids; exec sleep 1000";
    try (CurfewProcess program = place.start("run", "--no-journal", job, ":::", "a")) {
      place.awaitLines("pids", 1);
      program.kill();
    }
    awaitGone(1);
    Await.until("the folder is removed", LIMIT, () -> isEmpty(place.path("near")));
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.noneMatch(file -> file.getFileName().toString().startsWith("curfew-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theWatcherEndsWithTheRun() throws IOException, InterruptedException {
    String job = ": {}; for pid in $(cat /proc/$PPID/task/*/children); do echo $pid >> pids; done";
    assertThat(place.run("run", job, ":::", "a").awaitExit()).isZero();
    awaitGone(2);
  }
}
