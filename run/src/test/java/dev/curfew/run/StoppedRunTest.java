// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs that end before their list does.
@EnabledOnOs(OS.LINUX)
class StoppedRunTest {

  /// Says that it has begun, and waits for somebody to write to the pipe.
  private static final String WAITS = "echo {} >> begun; read x < go; echo {} >> ended; echo {}";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException, InterruptedException {
    place = new Place(folder);
    place.pipe("go");
    // Deaf, and so is its child. Their numbers are told by the shells themselves.
    place.write(
        "deaf",
        "trap '' TERM; echo printed before; sh -c 'echo $$ >> pids; while :; do read x < go; done'"
            + " &\n"
            + "echo $$ >> pids; while :; do read x < go; done\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void aSignalAsksWhatRunsAndStartsNothingNew(String signal)
      throws IOException, InterruptedException {
    try (CurfewProcess program = place.start("run", "-j", "2", WAITS, ":::", "1", "2", "3")) {
      place.awaitLines("begun", 2);
      program.signal(signal);

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors())
          .contains(
              "curfew: SIG"
                  + signal
                  + ": nothing new is started; 2 running jobs are asked to end, and killed after"
                  + " 10s. Once more: killed now.")
          .contains("job 1 (1) stopped: ended when asked", "0 done, 2 stopped")
          .contains("go on with the same command and --resume");
      assertThat(place.lines("begun")).containsExactlyInAnyOrder("1", "2");
      assertThat(place.has("ended")).isFalse();
    }
    place.write("list", "1\n2\n3\n");
    try (CurfewProcess rest = place.start("run", "-j", "3", "--resume", "-a", "list", WAITS)) {
      place.awaitLines("begun", 5);
      place.write("go", "on\n".repeat(3));
      assertThat(rest.awaitExit()).isZero();
    }
  }

  @Test
  void aSignalBeforeTheRunHasBegunSaysSo() throws IOException, InterruptedException {
    place.pipe("list");
    try (RandomAccessFile writer = new RandomAccessFile(place.path("list").toFile(), "rw");
        CurfewProcess program = place.start("run", "--dry-run", "-a", "list", "true")) {
      writer.writeBytes("1\n");
      Await.until("it reads", LIMIT, () -> program.output().contains("true 1"));
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).isEqualTo("curfew: SIGTERM: nothing was started\n");
    }
  }

  @Test
  void whatIgnoresTheRequestIsKilledAfterTheGraceWithItsChildren()
      throws IOException, InterruptedException {
    try (CurfewProcess program =
        place.start("run", "--grace", "300ms", "--report", "report", "sh deaf", ":::", "1")) {
      place.awaitLines("pids", 2);
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.output()).isEqualTo("printed before\n");
      assertGone();
      for (String pid : place.lines("pids")) {
        assertThat(program.errors()).contains(pid + " (sh ");
        assertThat(place.text("report")).contains(pid + " (sh ");
      }
      assertThat(place.text("report")).contains("killed after the grace", "exit code 3");
    }
  }

  @Test
  void theSecondSignalKillsAtOnce() throws IOException, InterruptedException {
    try (CurfewProcess program = place.start("run", "--grace", "5m", "sh deaf", ":::", "1")) {
      place.awaitLines("pids", 2);
      program.signal("TERM");
      program.awaitErrors("and killed after 5m. Once more: killed now.");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors())
          .contains("SIGTERM: killing what still runs. Once more: leaving at once.")
          .contains("job 1 (1) stopped: killed: ");
      assertGone();
    }
  }

  /// Each has a thread of its own, so the second one may be the first to do something.
  @Test
  void twoSignalsAtOnceStopARunAndFailNothing() throws IOException, InterruptedException {
    for (int i = 0; i < 5; i++) {
      Path _ = place.write("pids", "");
      try (CurfewProcess program =
          place.start("run", "--no-journal", "--grace", "5m", "sh deaf", ":::", "a")) {
        place.awaitLines("pids", 2);
        program.signal("TERM", "HUP");

        assertThat(program.awaitExit()).isEqualTo(3);
        assertThat(program.errors()).contains("job 1 (a) stopped: killed: ");
        assertGone();
      }
    }
  }

  @Test
  void theThirdSignalLeavesAtOnce() throws IOException, InterruptedException {
    place.compile(
        "Deaf",
        """
        public class Deaf {
          public static void main(String[] input) throws Exception {
            new java.io.File("begun").createNewFile();
            while (true) {
              try {
                Thread.sleep(100_000);
              } catch (InterruptedException e) {
                // deaf on purpose
              }
            }
          }
        }
        """);
    try (CurfewProcess program =
        place.start("run", "--grace", "5m", "--java", "Deaf", "-cp", "classes", ":::", "1")) {
      place.awaitFile("begun");
      program.signal("TERM");
      program.awaitErrors("killed now.");
      program.signal("TERM");
      program.awaitErrors("leaving at once.");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).contains("curfew: SIGTERM: leaving at once.\n");
    }
  }

  @Test
  void aClosedOutputStopsTheRun() throws IOException, InterruptedException {
    place.writeNumbers("list", 50_000);
    Process head =
        ProcessBuilder.startPipeline(
                List.of(
                    place
                        .builder("run", "-a", "list", "-j", "1", "echo")
                        .redirectError(place.path("errors").toFile()),
                    new ProcessBuilder("head", "-1")))
            .getLast();
    assertThat(head.waitFor(LIMIT)).isTrue();

    Await.until("the run has ended", LIMIT, () -> place.text("errors").contains("--resume"));
    assertThat(place.text("errors"))
        .contains("standard output is closed", "go on with the same command and --resume");
    Await.until(
        "it is gone",
        LIMIT,
        () -> ProcessHandle.current().children().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void aTimeOutStopsAJobAndIsAFailure() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run("run", "--timeout", "200ms", "echo early; read x < go; echo {}", ":::", "1");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("early\n");
    assertThat(program.errors()).contains("job 1 (1) timed out: ended when asked", "1 failed");
  }

  @Test
  void whoseTimeIsOverHasFailedWhateverItsExitCode() throws IOException, InterruptedException {
    String job = "trap 'exit 0' TERM; echo {} >> begun; read x < go; exit 0";
    CurfewProcess program = place.run("run", "--timeout", "500ms", job, ":::", "1");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.errors()).contains("job 1 (1) timed out: ended when asked", "1 failed");
  }

  @Test
  void aHaltedRunSaysHowToGoOn() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run("run", "-j", "1", "--halt", "soon,done=1", "echo", ":::", "1", "2", "3");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.errors())
        .contains("1 done")
        .contains("halted by --halt soon,done=1: what was not run is taken up with --resume");
  }

  @Test
  void aDeadlineEndsTheRunResumably() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run("run", "-j", "1", "--deadline", "500ms", WAITS, ":::", "1", "2");

    assertThat(program.awaitExit()).isEqualTo(3);
    assertThat(program.errors()).contains("stopped: ", "deadline", "--resume");
    assertThat(place.has("ended")).isFalse();
  }

  @Test
  void haltNowStopsWhatRuns() throws IOException, InterruptedException {
    String fails = "if [ {} = 1 ]; then read x < go; echo late; else exit 7; fi";

    CurfewProcess program =
        place.run("run", "-j", "2", "--halt", "now,fail=1", fails, ":::", "1", "2", "3");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).doesNotContain("late");
    assertThat(program.errors()).contains("1 failed, 1 stopped", "--halt");
  }

  @Test
  void haltSoonLetsEndWhatRuns() throws IOException, InterruptedException {
    place.write(
        "job",
        "if [ $1 = 1 ]; then echo > first; read x < go; echo late; else"
            + " while [ ! -e first ]; do :; done; echo x > go; exit 7; fi\n");

    CurfewProcess program =
        place.run("run", "-j", "2", "--halt", "soon,fail=1", "sh job {}", ":::", "1", "2");

    assertThat(program.output()).isEqualTo("late\n");
    assertThat(program.errors()).contains("1 done, 1 failed");
    assertThat(program.awaitExit()).isEqualTo(1);
  }

  @Test
  void aHaltForSuccessIsNoFailure() throws IOException, InterruptedException {
    CurfewProcess success =
        place.run("run", "-j", "1", "--halt", "now,success=1", "[ {} = 2 ]", ":::", "1", "2", "3");
    assertThat(success.errors()).contains("1 done, 1 failed");
    assertThat(success.awaitExit()).isZero();

    place.writeNumbers("list", 10);
    CurfewProcess share =
        place.run(
            "run",
            "--journal",
            "other",
            "-j",
            "1",
            "--halt",
            "soon,done=50%",
            "-a",
            "list",
            "true");
    assertThat(share.errors()).contains("5 done");
  }

  @Test
  void outputOfStoppedJobsIsShownWholeAndTagged() throws IOException, InterruptedException {
    try (CurfewProcess program =
        place.start(
            "run",
            "-j",
            "2",
            "--tag",
            "echo a; echo b; echo {} >> begun; read x < go",
            ":::",
            "1",
            "2")) {
      place.awaitLines("begun", 2);
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.outputLines())
          .hasSize(4)
          .containsSubsequence("1\ta", "1\tb")
          .containsSubsequence("2\ta", "2\tb");
      assertThat(place.temporaryFiles()).isEmpty();
    }
  }

  @Test
  void aStopDoesNotWaitForAReaderThatHasStopped() throws IOException, InterruptedException {
    String[] words = {"run", "-k", "head -c 1000000 /dev/zero; echo {} > printed", ":::", "1"};
    Path errors = place.path("errors");
    Process program = place.builder(words).redirectError(errors.toFile()).start();
    try (CurfewProcess handle = new CurfewProcess(program, errors, errors);
        InputStream reader = program.getInputStream()) {
      assertThat(reader.read()).as("the first byte; a pipe does not hold the rest").isZero();
      handle.signal("TERM");
      handle.awaitErrors("killed now.");
      handle.signal("TERM");

      assertThat(handle.awaitExit()).isEqualTo(3);
      assertThat(handle.errors())
          .contains("nobody reads the output: some of it is not shown; --resume shows it");
    }
    CurfewProcess resumed = place.run("run", "--resume", words[2], ":::", "1");
    assertThat(resumed.output()).hasSize(1_000_000);
  }

  /// Output and complaints go into one pipe, as with `2>&1 | less`.
  @ParameterizedTest
  @ValueSource(strings = {"TERM", "TERM HUP INT"})
  void aStopDoesNotWaitForAReaderOfEverythingThatHasStopped(String signals)
      throws IOException, InterruptedException {
    String job = "head -c 1000000 /dev/zero; [ {} = 1 ]";
    String[] words = {"run", "-k", "-j", "2", job, ":::", "1", "2", "3"};
    Process program = place.builder(words).redirectErrorStream(true).start();
    Path nothing = place.write("nothing", "");
    try (CurfewProcess handle = new CurfewProcess(program, nothing, nothing);
        InputStream reader = program.getInputStream()) {
      while (reader.read() != 0) {} // it is being shown, and a pipe does not hold the rest
      handle.signal(signals.split(" ", -1));

      assertThat(handle.awaitExit()).isEqualTo(3);
    }
  }

  /// The first job waits for its next try, and does not get it: the output of the second one, which
  /// has waited for it, is left for the end.
  @Test
  void aStopDoesNotWaitForAReaderOfWhatIsLeftForTheEnd() throws IOException, InterruptedException {
    String job = "[ {} = 2 ] && head -c 1000000 /dev/zero";
    String[] words = {"run", "-k", "--retries", "2", "--retry-delay", "5m", job, ":::", "1", "2"};
    Path errors = place.path("errors");
    Process program = place.builder(words).redirectError(errors.toFile()).start();
    try (CurfewProcess handle = new CurfewProcess(program, errors, errors)) {
      Await.until("2 has ended", LIMIT, () -> place.jobsWith("state = 1") == 1);
      handle.awaitErrors("try 2 of 2");
      handle.signal("TERM");

      assertThat(handle.awaitExit()).isEqualTo(3);
      assertThat(handle.errors())
          .contains("nobody reads the output: some of it is not shown; --resume shows it");
    }
  }

  @Test
  void aReaderThatHasStoppedHoldsUpNobodyWhoGivesAJobUp() throws IOException, InterruptedException {
    place.compile(
        "Work",
        """
        public class Work {
          static volatile long x;
          public static void main(String[] in) throws Exception {
            if (in[0].equals("talks")) {
              System.out.println("x".repeat(1_000_000));
              return;
            }
            System.out.println("deaf");
            new java.io.File("deaf").createNewFile();
            while (true) {
              x++;
            }
          }
        }
        """);
    String[] words = {
      "run", "-j", "2", "--grace", "300ms", "--java", "Work", "-cp", "classes", ":::", "talks", "x"
    };
    Path errors = place.path("errors");
    Process program = place.builder(words).redirectError(errors.toFile()).start();
    try (CurfewProcess handle = new CurfewProcess(program, errors, errors);
        InputStream reader = program.getInputStream()) {
      assertThat(reader.read()).as("the first byte; a pipe does not hold the rest").isEqualTo('x');
      place.awaitFile("deaf");
      handle.signal("TERM");

      assertThat(handle.awaitExit()).isEqualTo(4);
      assertThat(handle.errors())
          .contains("job 2 (x) abandoned: did not end when asked; thread ")
          .contains("nobody reads the output: some of it is not shown; --resume shows it");
    }
    CurfewProcess seen = place.run("jobs", "--output", "2");
    assertThat(seen.output()).isEqualTo("deaf\n");
  }

  private void assertGone() {
    List<Long> pids = place.lines("pids").stream().map(Long::parseLong).toList();
    Await.until(
        pids + " are gone", // a killed one may wait for its parent for a moment
        () -> pids.stream().noneMatch(pid -> ProcessHandle.of(pid).isPresent()));
  }

  @ParameterizedTest
  @CsvSource({
    "--timeout 10m,             590, 600",
    "--deadline 5m,             290, 300",
    "--timeout 10m --deadline 5m, 290, 300"
  })
  void aJobKnowsHowLongItHas(String options, long least, long most)
      throws IOException, InterruptedException {
    String script = "echo $((CURFEW_DEADLINE / 1000 - $(date +%s))) > {}";
    String[] words = ("run " + options).split(" ", -1);
    String[] all =
        Stream.concat(Stream.of(words), Stream.of(script, ":::", "left")).toArray(String[]::new);

    assertThat(place.run(all).awaitExit()).isZero();

    assertThat(Long.parseLong(place.text("left").strip())).isBetween(least, most);
  }

  @Test
  void aJobIsToldWhyItIsToEnd() throws IOException, InterruptedException {
    String script =
        "trap 'cat \"$CURFEW_REASON\" > why; exit 0' TERM; echo {} >> begun; read x < go";
    try (CurfewProcess program = place.start("run", script, ":::", "1")) {
      place.awaitLines("begun", 1);
      program.signal("TERM");
      program.awaitExit();
    }
    assertThat(place.lines("why")).hasSize(7).contains("Shutdown", "SIGTERM");
  }
}
