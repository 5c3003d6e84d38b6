// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Runs that go on from an earlier one.
@EnabledOnOs(OS.LINUX)
class ResumedRunTest {

  private static final Pattern IN_FLIGHT = Pattern.compile("job \\d+ \\((\\w+)\\) was in flight");

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void whatIsDoneIsNotRunAgainWhateverTheOrderAndTheAdditions()
      throws IOException, InterruptedException {
    place.write("list", "a\nb\nc\na\n");
    String job = "[ -e calm ] || [ {} != b ] && echo {} >> ran";
    CurfewProcess first = place.run("run", "-j", "1", "--halt", "soon,fail=1", "-a", "list", job);
    assertThat(first.awaitExit()).isEqualTo(1);
    assertThat(place.lines("ran")).containsExactly("a");

    CurfewProcess refused = place.run("run", "-a", "list", job);
    assertThat(refused.awaitExit()).isEqualTo(2);
    assertThat(refused.errors())
        .contains("has unfinished work (1 of the 2 jobs that were started are done)")
        .contains("To go on with it, add --resume. To start anew, remove the file or name another");

    place.write("list", "new\nc\nb\na\na\n");
    CurfewProcess resumed = place.run("run", "-j", "1", "--resume", "-a", "list", job);
    assertThat(resumed.awaitExit()).as("b has failed").isEqualTo(1);
    assertThat(resumed.errors()).contains("4 done, 1 failed (2 of them before)");
    assertThat(place.lines("ran")).containsExactly("a", "new", "c", "a");

    place.write("calm", "");
    CurfewProcess retried = place.run("run", "-j", "1", "--retry-failed", "-a", "list", job);
    assertThat(retried.awaitExit()).isZero();
    assertThat(retried.errors()).contains("5 done (4 of them before)");
    assertThat(place.lines("ran")).containsExactly("a", "new", "c", "a", "b");
  }

  @Test
  void unfinishedJobsThatAreNotInTheListAreSpokenOf() throws IOException, InterruptedException {
    String job = "[ {} = later ] || sleep 100";
    CurfewProcess first = place.run("run", "--deadline", "300ms", job, ":::", "one");
    assertThat(first.awaitExit()).isEqualTo(3);
    CurfewProcess other = place.run("run", "--resume", job, ":::", "later");
    assertThat(other.awaitExit()).isEqualTo(3);
    assertThat(other.errors())
        .contains("1 done, 1 stopped")
        .contains("the stopped ones are in the journal and not in this list");
  }

  @Test
  void whatAKilledRunnerLeftIsEndedAndNamedBeforeAnythingStarts()
      throws IOException, InterruptedException {
    place.pipe("go");
    String job = "echo {} >> begun; [ -e calm ] || read x < go; echo {}";
    try (CurfewProcess first =
        place.start("run", "--settle", "wait", "-j", "2", job, ":::", "x", "y", "z")) {
      place.awaitLines("begun", 2);
      first.kill();
    }
    place.write("calm", "");

    CurfewProcess resumed =
        place.run("run", "-k", "--resume", "--report", "report", job, ":::", "x", "y", "z");

    assertThat(resumed.awaitExit()).isZero();
    assertThat(resumed.output()).isEqualTo("x\ny\nz\n");
    assertThat(resumed.errors())
        .contains(
            "job 1 (x) was in flight when the runner was killed; still running, and ended first: ")
        .contains(
            "job 2 (y) was in flight when the runner was killed; still running, and ended first: ")
        .contains("; it is run again", "3 done, ");
    assertThat(place.text("report")).contains("in flight at 1 kill of the runner");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void whatARunCouldNotStopIsEndedBeforeItsJobIsRunAgain()
      throws IOException, InterruptedException, SQLException {
    place.pipe("go");
    String job = "echo {} >> begun; [ -e calm ] || read x < go; echo {}";
    try (CurfewProcess first = place.start("run", "--settle", "wait", job, ":::", "x")) {
      place.awaitLines("begun", 1);
      first.kill();
    }
    // Nothing outlives a kill when a test wants it to: the journal says that this one did.
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:" + place.path("curfew.journal"));
        var statement = connection.createStatement()) {
      statement.execute("UPDATE job SET state = 4, ended = begun, printed = 1");
    }
    place.write("calm", "");

    CurfewProcess resumed = place.run("run", "--resume", job, ":::", "x");

    assertThat(resumed.errors())
        .contains(
            "job 1 (x) could not be stopped by an earlier run; still running, and ended first:")
        .contains("; it is run again");
    assertThat(resumed.output()).isEqualTo("x\n");
    assertThat(resumed.awaitExit()).isZero();
  }

  @Test
  void whatAKilledRunnerLeftIsWaitedForIfAskedFor() throws IOException, InterruptedException {
    place.pipe("go");
    String job = "echo {} >> begun; [ -e calm ] || read x < go; echo {} >> ended";
    try (CurfewProcess first = place.start("run", "--settle", "wait", job, ":::", "x")) {
      place.awaitLines("begun", 1);
      first.kill();
    }
    place.write("calm", "");
    try (CurfewProcess resumed =
        place.start("run", "--resume", "--settle", "wait", job, ":::", "x")) {
      resumed.awaitErrors("waiting for them (--settle wait)");
      assertThat(place.lines("begun")).hasSize(1);
      place.write("go", "on\n");

      assertThat(resumed.awaitExit()).isZero();
      assertThat(place.lines("ended")).containsExactly("x", "x");
    }
  }

  @Test
  void aSignalEndsTheWaitForWhatAKilledRunnerLeft() throws IOException, InterruptedException {
    place.pipe("go");
    String[] words = {
      "run", "--settle", "wait", "echo x >> began; read x < go; echo {}", ":::", "a"
    };
    try (CurfewProcess first = place.start(words)) {
      place.awaitLines("began", 1);
      first.kill();
    }
    List<String> resume = new ArrayList<>(List.of(words));
    resume.add(1, "--resume");
    String[] again = resume.toArray(String[]::new);
    try (CurfewProcess second = place.start(again)) {
      second.awaitErrors("waiting for them");
      second.signal("USR1");
      second.signal("TERM");

      assertThat(second.awaitExit()).isEqualTo(3);
      assertThat(second.errors())
          .contains("SIGTERM: nothing was started, and what a killed run has left may still run;")
          .contains("go on with the same command and --resume")
          .doesNotContain("\tat ");
    }
    place.write("go", "on\n");
    try (CurfewProcess third = place.start(again)) {
      place.awaitLines("began", 2);
      place.write("go", "on\n");
      assertThat(third.awaitExit()).isZero();
      assertThat(third.output()).isEqualTo("a\n");
    }
  }

  @Test
  void outputThatAKilledRunnerDidNotShowIsShown() throws IOException, InterruptedException {
    place.pipe("go");
    // With the order kept, the second output waits for the first job.
    String job = "if [ {} = a ] && [ ! -e calm ]; then read x < go; fi; echo of {}; echo > did-{}";
    place.write("list", "a\nb\n");
    try (CurfewProcess first =
        place.start("run", "--journal", "j", "-k", "-j", "2", "-a", "list", job)) {
      place.awaitFile("did-b");
      Path journal = place.path("j");
      Await.until("b has ended", () -> endedInJournal(journal) == 1);
      assertThat(first.output()).isEmpty();
      first.kill();
    }
    place.write("calm", "");

    CurfewProcess resumed = place.run("run", "--journal", "j", "-k", "--resume", "-a", "list", job);

    assertThat(resumed.awaitExit()).isZero();
    assertThat(resumed.output()).isEqualTo("of b\nof a\n");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  private static int endedInJournal(Path journal) {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + journal.toAbsolutePath());
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT count(*) FROM job WHERE state = 1")) {
      return rows.next() ? rows.getInt(1) : 0;
    } catch (SQLException busy) {
      return -1;
    }
  }

  @Test
  void everyJobRunsToItsEndOnceOverThreeKills() throws IOException, InterruptedException {
    killed(60, 3, "sleep 0.01; echo {} >> ran");
  }

  @Test
  @Tag("soak")
  @Timeout(3600)
  void everyJobRunsToItsEndOnceOverTwoHundredKills() throws IOException, InterruptedException {
    killed(5_000, 200, "flock lock sh -c 'echo \"$1\" >> ran' sh {}");
  }

  @Test
  void everyJobRunsToItsEndOnceOverAStop() throws IOException, InterruptedException {
    stopped(60);
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void everyOneOfThousandJobsRunsToItsEndOnceOverAStop() throws IOException, InterruptedException {
    stopped(1000);
  }

  private void stopped(int jobs) throws IOException, InterruptedException {
    place.writeNumbers("list", jobs);
    String job = "sleep 0.05 && echo {} >> ran";
    try (CurfewProcess first = place.start("run", "-j", "8", "-a", "list", job)) {
      place.awaitLines("ran", jobs / 3);
      first.signal("TERM");
      assertThat(first.awaitExit()).isEqualTo(3);
    }
    assertThat(place.lines("ran")).hasSizeLessThan(jobs);
    CurfewProcess rest = place.run("run", "-j", "8", "--resume", "-a", "list", job);
    assertThat(rest.awaitExit()).as(rest.errors()).isZero();
    assertThat(rest.errors()).contains(jobs + " done");
    assertThat(place.lines("ran")).containsExactlyInAnyOrderElementsOf(place.lines("list"));
  }

  /// Kills the runner again and again, each time when some more jobs have run; puts ten inputs in
  /// front of the list before the last resume.
  private void killed(int jobs, int kills, String job) throws IOException, InterruptedException {
    place.writeNumbers("list", jobs);
    Set<String> inFlight = new HashSet<>();
    RandomGenerator random = new Random(7);
    for (int kill = 0; kill < kills; kill++) {
      List<String> words = new ArrayList<>(List.of("run", "-j", "4", "-a", "list", job));
      if (kill > 0) {
        words.add(1, "--resume");
      }
      int seen = place.lines("ran").size();
      try (CurfewProcess program = place.start(words.toArray(String[]::new))) {
        int share = Math.max(1, (jobs - seen) / (kills - kill));
        place.awaitLines("ran", seen + 1 + random.nextInt(share));
        program.kill();
        inFlight.addAll(namedIn(program));
      }
    }
    List<String> list = new ArrayList<>(place.lines("list"));
    list.addAll(0, IntStream.rangeClosed(1, 10).mapToObj(i -> "new" + i).toList());
    place.write("list", String.join("\n", list));
    CurfewProcess last = place.run("run", "--resume", "-j", "4", "-a", "list", job);
    assertThat(last.awaitExit()).as(last.errors()).isZero();
    assertThat(last.errors()).contains(jobs + 10 + " done");
    inFlight.addAll(namedIn(last));

    List<String> ran = place.lines("ran");
    assertThat(new HashSet<>(ran)).isEqualTo(new HashSet<>(list));
    List<String> twice = new ArrayList<>(ran);
    list.forEach(twice::remove);
    assertThat(inFlight).as("named as in flight").containsAll(twice);
    assertThat(place.temporaryFiles()).isEmpty();
  }

  private static Set<String> namedIn(CurfewProcess program) {
    Set<String> named = new HashSet<>();
    Matcher matcher = IN_FLIGHT.matcher(program.errors());
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    return named;
  }
}
