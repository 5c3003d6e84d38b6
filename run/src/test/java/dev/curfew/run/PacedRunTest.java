// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When jobs start, how many run at a time, and when they are tried again.
@EnabledOnOs(OS.LINUX)
class PacedRunTest {

  private static final String BEGINS = "echo {} >> begun; ";
  private static final String WAITS = BEGINS + "read x < go; echo {} >> ended";

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException, InterruptedException {
    place = new Place(folder);
    place.pipe("go");
  }

  @Test
  void aJobThatWaitsForItsNextTryHoldsNobodyUpAndIsTakenUpLater()
      throws IOException, InterruptedException {
    String fails = BEGINS + "[ {} = 2 ] || [ -e fine ]";
    String[] words = {
      "run", "-j", "1", "--retries", "2", "--retry-delay", "1h", fails, ":::", "1", "2"
    };
    try (CurfewProcess program = place.start(words)) {
      place.awaitLines("begun", 2);
      program.awaitErrors("job 1 (1) failed: exit code 1; try 2 of 2 in ");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors())
          .contains("job 1 (1) stopped: it had failed, and waited for try 2")
          .contains("1 done, 1 stopped")
          .contains("go on with the same command and --resume");
      assertThat(place.lines("begun")).containsExactly("1", "2");
    }
    place.write("fine", "");
    assertThat(place.run("run", "--resume", fails, ":::", "1", "2").awaitExit()).isZero();
    assertThat(place.lines("begun")).containsExactly("1", "2", "1");
  }

  @Test
  void aWaitingJobIsTriedAgainWhileTheRunWaitsForInputs() throws IOException, InterruptedException {
    place.pipe("inputs");
    String fails = BEGINS + "[ $(wc -l < begun) -ge 3 ]";
    Process feeder =
        new ProcessBuilder("sh", "-c", "exec > inputs; echo 1; read x < go")
            .directory(place.path(".").toFile())
            .start();
    try (CurfewProcess program =
        place.start("run", "-a", "inputs", "--retries", "3", "--retry-delay", "1ms", fails)) {
      place.awaitLines("begun", 3);
      Files.writeString(place.path("go"), "on\n");

      assertThat(program.awaitExit()).isZero();
      assertThat(feeder.waitFor(Duration.ofSeconds(30))).isTrue();
    }
  }

  @Test
  void aRunnerThatIsKilledWhileAJobWaitsTakesItUpAgain() throws IOException, InterruptedException {
    String fails = BEGINS + "[ -e fine ]";
    try (CurfewProcess program =
        place.start("run", "--retries", "2", "--retry-delay", "1h", fails, ":::", "1")) {
      program.awaitErrors("; try 2 of 2 in ");
      program.kill();
    }
    place.write("fine", "");
    CurfewProcess again = place.run("run", "--resume", fails, ":::", "1");
    assertThat(again.awaitExit()).isZero();
    assertThat(place.lines("begun")).containsExactly("1", "1");
  }

  @Test
  void startsAreKeptApartAndAStopEndsTheWait() throws IOException, InterruptedException {
    try (CurfewProcess program =
        place.start("run", "-j", "2", "--delay", "1h", BEGINS + "echo {}", ":::", "1", "2")) {
      place.awaitLines("begun", 1);
      Await.until("1 is shown", Duration.ofSeconds(30), () -> program.output().equals("1\n"));
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(place.lines("begun")).containsExactly("1");
    }
    assertThat(
            place
                .run("run", "--resume", "--delay", "1ms", BEGINS + "echo {}", ":::", "1", "2")
                .output())
        .isEqualTo("2\n");
  }

  @Test
  void whoTakesMuchLongerThanMostIsStopped() throws IOException, InterruptedException {
    String job = BEGINS + "[ {} != 1 ] || read x < go";

    CurfewProcess program =
        place.run("run", "-j", "2", "--timeout", "200%", job, ":::", "1", "2", "3", "4");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.errors())
        .containsPattern(
            "job 1 \\(1\\) has run for more than .*, 200% of the median: it is stopped")
        .contains("job 1 (1) timed out: ended when asked", "3 done, 1 failed");
  }

  @Test
  void aJavaJobThatTakesMuchLongerIsStoppedToo() throws IOException, InterruptedException {
    place.compile(
        "Nap",
        """
        public class Nap {
          public static void main(String[] input) throws Exception {
            if (input[0].equals("1")) {
              new java.util.concurrent.CountDownLatch(1).await();
            }
          }
        }
        """);
    String[] words = {
      "run",
      "-j",
      "2",
      "--timeout",
      "200%",
      "--java",
      "Nap",
      "-cp",
      "classes",
      ":::",
      "1",
      "2",
      "3",
      "4"
    };
    CurfewProcess program = place.run(words);

    assertThat(program.errors()).contains("job 1 (1) timed out: ", "3 done, 1 failed");
    assertThat(program.awaitExit()).isEqualTo(1);
  }

  @Test
  void aSignalHasOneMoreJobRun() throws IOException, InterruptedException {
    try (CurfewProcess program = place.start("run", "-j", "1", WAITS, ":::", "1", "2", "3")) {
      place.awaitLines("begun", 1);
      program.signal("USR1");
      program.awaitErrors("curfew: SIGUSR1: 2 jobs at a time from now on");
      place.awaitLines("begun", 2);

      program.signal("TERM");
      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(place.lines("begun")).hasSize(2);
    }
  }

  @Test
  void anotherSignalHasOneJobLessRun() throws IOException, InterruptedException {
    String job = "echo b{} >> log; read x < go{}; echo e{} >> log";
    for (int input = 1; input <= 3; input++) {
      place.pipe("go" + input);
    }
    ProcessBuilder builder = place.builder("run", "-j", "2", job, ":::", "1", "2", "3");
    builder.environment().put("_JAVA_SR_SIGNUM", "40");
    Path errors = place.path("errors");
    Process process =
        builder
            .redirectOutput(place.path("output").toFile())
            .redirectError(errors.toFile())
            .start();
    try (CurfewProcess program = new CurfewProcess(process, place.path("output"), errors)) {
      place.awaitLines("log", 2);
      program.signal("USR2");
      program.awaitErrors("curfew: SIGUSR2: 1 job at a time from now on");
      Files.writeString(place.path("go1"), "on\n");
      place.awaitLines("log", 3);
      program.signal("USR2");
      program.awaitErrors("curfew: SIGUSR2: 1 job at a time is the least");
      Files.writeString(place.path("go2"), "on\n");
      place.awaitLines("log", 5);
      Files.writeString(place.path("go3"), "on\n");
      assertThat(program.awaitExit()).isZero();
      assertThat(place.lines("log")).containsSubsequence("e1", "e2", "b3", "e3");
    }
  }

  @Test
  void aFileSaysHowManyAndMayChange() throws IOException, InterruptedException {
    place.write("jobs", "1\n");
    try (CurfewProcess program = place.start("run", "-j", "jobs", WAITS, ":::", "1", "2", "3")) {
      place.awaitLines("begun", 1);
      place.write("jobs", "3\n");
      place.awaitLines("begun", 3);
      place.write("jobs", "lots\n");
      program.awaitErrors("curfew: -j: the file jobs: 'lots' is no number of jobs");

      program.signal("TERM");
      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).contains("curfew: -j jobs: 3 jobs at a time from now on");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"100%", "+0"})
  void theCoresAreCounted(String jobs) throws IOException, InterruptedException {
    assertThat(place.run("run", "-P", jobs, "echo", ":::", "1").output()).isEqualTo("1\n");
  }
}
