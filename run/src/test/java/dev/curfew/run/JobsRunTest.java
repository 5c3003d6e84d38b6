// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.curfew.run.Journal.End;
import dev.curfew.run.Journal.Mode;
import dev.curfew.run.Journal.Start;
import dev.curfew.run.Journal.State;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What `curfew jobs` shows of a journal, as real processes.
@EnabledOnOs(OS.LINUX)
class JobsRunTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String WAITS = "echo {}; echo {} >> begun; read x < go; echo {} >> ended";

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void eachJobIsShownAsItStands() throws IOException, InterruptedException {
    place.run("run", "-k", "[ {} != 2 ]", ":::", "1", "2", "b\033[31md");

    CurfewProcess all = place.run("jobs");

    assertThat(all.awaitExit()).isZero();
    assertThat(all.errors()).isEmpty();
    assertThat(all.outputLines()).hasSize(6);
    assertThat(all.outputLines().get(0)).matches(" +1  done +[0-9.]+m?s  1");
    assertThat(all.outputLines().get(1)).matches(" +2  failed +[0-9.]+m?s  2: exit code 1");
    assertThat(all.outputLines().get(2)).matches(" +3  done +[0-9.]+m?s  b\\\\x1b\\[31md");
    assertThat(all.outputLines().subList(3, 6))
        .containsExactly(
            "2 done, 1 failed, 0 running, 0 unfinished",
            "the run has ended, and so has its whole list",
            "command: [ {} != 2 ]");
    assertThat(place.names()).as("no file is made beside it").containsExactly("curfew.journal");
  }

  @Test
  void filtersChooseByStandingAndByInput() throws IOException, InterruptedException {
    place.run("run", "--journal", "j", "[ {} != bad ]", ":::", "good", "bad", "go%d");

    assertThat(place.run("jobs", "j", "--failed").outputLines().getFirst()).contains("  bad: ");
    assertThat(place.run("jobs", "j", "--done", "--input", "go").outputLines())
        .anyMatch(line -> line.endsWith("  good"))
        .anyMatch(line -> line.endsWith("  go%d"))
        .noneMatch(line -> line.contains("  bad"));
    assertThat(place.run("jobs", "j", "--input", "o%").outputLines()).hasSize(4);
    assertThat(place.run("jobs", "j", "--running", "--unfinished").outputLines()).hasSize(3);
    assertThat(place.run("jobs", "--counts", "j").outputLines().getFirst())
        .isEqualTo("2 done, 1 failed, 0 running, 0 unfinished");
  }

  @Test
  void forMachinesThereIsOneObjectForEachJob() throws IOException, InterruptedException {
    place.run("run", "-k", "[ {} != 2 ]", ":::", "1", "2", "b\033d");

    CurfewProcess jobs = place.run("jobs", "--json");
    assertThat(jobs.outputLines()).hasSize(3);
    assertThat(jobs.outputLines().get(1))
        .startsWith("{\"standing\":\"failed\",\"job\":2,\"input\":\"2\",\"state\":\"failed\"")
        .contains("\"attempts\":1", "\"code\":1", "\"outputShown\":true");
    assertThat(jobs.output()).contains("\"b\\u001Bd\"").doesNotContain("\033");
    assertThat(place.run("jobs", "--json", "--counts").output())
        .startsWith("{\"done\":2,\"failed\":1,\"running\":0,\"unfinished\":0,\"run\":\"complete\"");
  }

  @Test
  void everyLineForMachinesFitsTheSchema() throws IOException, InterruptedException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(Path.of("../docs/jobs.schema.json")), InputFormat.JSON);
    place.pipe("go");
    Files.write(place.path("list"), new byte[] {'a', (byte) 0xff, '\n', 'b', '\n', 'w', '\n'});
    String job = "case {} in w) echo {} >> begun; read x < go;; b) kill -9 $$;; esac";
    List<String> lines = new ArrayList<>();
    try (CurfewProcess run = place.start("run", "--settle", "wait", "-a", "list", job)) {
      place.awaitLines("begun", 1);
      Await.until("two have ended", LIMIT, () -> shown("--counts").startsWith("1 done, 1 failed"));
      lines.addAll(shown("--json").lines().toList());
      lines.addAll(shown("--json", "--counts").lines().toList());
      run.kill();
    }
    lines.addAll(shown("--json").lines().toList());
    lines.addAll(shown("--json", "--counts").lines().toList());
    place.write("go", "on\n");
    Await.until("nothing is left", LIMIT, () -> !shown("--json").contains("\"left\":"));
    lines.addAll(shown("--json").lines().toList());

    assertThat(lines).hasSize(11);
    for (String line : lines) {
      assertThat(schema.validate(line, InputFormat.JSON)).as(line).isEmpty();
    }
    assertThat(String.join("\n", lines))
        .contains("\"inputBase64\":\"Yf8=\"", "\"signal\":9", "\"left\":[\"", "\"in flight\"")
        .contains("\"run\":\"going on\"", "\"run\":\"killed\"");
    String wrong = lines.getFirst().replace("\"standing\":\"done\"", "\"standing\":\"gone\"");
    assertThat(schema.validate(wrong, InputFormat.JSON)).isNotEmpty();
  }

  @Test
  void aRunThatGoesOnIsSeenAndNotHeldUp() throws IOException, InterruptedException {
    place.pipe("go");
    try (CurfewProcess run = place.start("run", "-j", "2", WAITS, ":::", "1", "2")) {
      place.awaitLines("begun", 2);
      Await.until(
          "both processes are put down",
          LIMIT,
          () -> shown("--json").split("\"pid\":", -1).length == 3);
      String before = sum("curfew.journal") + sum("curfew.journal-wal");

      CurfewProcess jobs = place.run("jobs", "--running");

      assertThat(jobs.outputLines())
          .hasSize(5)
          .contains("0 done, 0 failed, 2 running, 0 unfinished")
          .contains("the run is going on, process " + run.pid());
      assertThat(jobs.outputLines().getFirst()).contains("  running ", "  1: process ");
      CurfewProcess output = place.run("jobs", "--output", "2");
      assertThat(output.output()).as(output.errors()).isEqualTo("2\n");
      assertThat(sum("curfew.journal") + sum("curfew.journal-wal")).isEqualTo(before);
      place.write("go", "on\non\n");
      assertThat(run.awaitExit()).isZero();
    }
    assertThat(place.run("jobs").output()).contains("2 done, 0 failed, 0 running, 0 unfinished");
  }

  @Test
  void afterAKillWhatIsLeftIsNamedAndTheRestIsUnfinished()
      throws IOException, InterruptedException {
    place.pipe("go");
    try (CurfewProcess run =
        place.start("run", "--settle", "wait", "-j", "2", WAITS, ":::", "1", "2", "3")) {
      place.awaitLines("begun", 2);
      run.kill();
    }
    String before = sum("curfew.journal") + sum("curfew.journal-wal");
    CurfewProcess left = place.run("jobs");
    assertThat(left.output())
        .contains("left by a killed runner: ", "(/bin/sh -c ", "0 done, 0 failed, 2 running")
        .contains("the run was killed; of its list it may have left some");
    assertThat(place.run("jobs", "--json").output()).contains("\"left\":[\"");

    place.write("go", "on\non\n");
    Await.until("nothing is left", LIMIT, () -> place.lines("ended").size() == 2);
    Await.until(
        "the processes are gone",
        LIMIT,
        () -> shown("--json", "--counts").contains("\"running\":0"));
    CurfewProcess after = place.run("jobs", "--unfinished");
    assertThat(after.outputLines()).hasSize(5);
    assertThat(after.output())
        .contains("  in flight ", "when the runner was killed; nothing of it is left")
        .contains("0 done, 0 failed, 0 running, 2 unfinished");
    assertThat(place.run("jobs", "--output", "1").output()).isEqualTo("1\n");
    assertThat(sum("curfew.journal") + sum("curfew.journal-wal")).isEqualTo(before);
    assertThat(place.run("run", "--resume", "true").awaitExit()).isEqualTo(3);
  }

  private String shown(String... options) {
    try {
      List<String> words = new ArrayList<>(List.of("jobs"));
      words.addAll(List.of(options));
      return place.run(words.toArray(String[]::new)).output();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFolderThatMayNotBeWrittenToIsEnough() throws IOException, InterruptedException {
    place.pipe("go");
    try (CurfewProcess run = place.start("run", "--settle", "wait", WAITS, ":::", "1")) {
      place.awaitLines("begun", 1);
      run.kill();
    }
    place.write("go", "on\n");
    assumeTrue(place.canMount(), "mounting is not allowed");

    Place.Said seen =
        place.script(
            List.of("unshare", "-m"),
            "mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && ! touch no && "
                + place.shellWords("jobs"));

    assertThat(seen.text()).contains("0 done, 0 failed, ");
    assertThat(seen.code()).isZero();
  }

  @Test
  void outputThatIsGoneIsSaidToBeGone() throws IOException, InterruptedException {
    place.run("run", "echo", ":::", "apple", "apricot", "7");

    CurfewProcess shown = place.run("jobs", "--output", "1");
    assertThat(shown.awaitExit()).isEqualTo(1);
    assertThat(shown.errors())
        .isEqualTo(
            "curfew: job 1 (apple) has ended, and what it printed was passed on then: it is kept"
                + " nowhere else.\n");
    CurfewProcess none = place.run("jobs", "--output", "p\033each");
    assertThat(none.awaitExit()).isEqualTo(1);
    assertThat(none.errors())
        .isEqualTo("curfew: The journal curfew.journal has no job 'p\\x1beach'.\n");
    CurfewProcess both = place.run("jobs", "--output", "ap");
    assertThat(both.awaitExit()).isEqualTo(2);
    assertThat(both.errors()).contains("such as 1 (apple) and 2 (apricot): give the number of one");
    assertThat(place.run("jobs", "--output", "7").errors()).contains("job 3 (7) has ended");
  }

  @Test
  void whatIsNoJournalIsRefused() throws IOException, InterruptedException, SQLException {
    refused("nowhere", "There is no journal nowhere: name the right one, curfew jobs FILE.");
    refused(".", "The journal . is a folder: name the file, curfew jobs FILE.");
    refused("/dev/null", "The journal /dev/null is no regular file");
    place.write("empty", "");
    refused("empty", "The journal empty is empty: nothing was started with it.");
    place.write("text", "hello\n".repeat(1_000));
    refused(
        "text",
        "The journal text cannot be read: it is not a journal. Name the right one:"
            + " curfew jobs FILE.");
    sql("foreign", "CREATE TABLE t (x)");
    refused("foreign", "The file foreign is a database, but not a journal of curfew");
    place.run("run", "--journal", "newer", "true", ":::", "1");
    sql("newer", "PRAGMA user_version = 99");
    refused("newer", "The journal newer has format 99, which is newer than this curfew knows (1)");
    assertThat(place.run("jobs", "--nonsense").errors()).contains("see 'curfew jobs --help'");
  }

  private void refused(String journal, String message) throws IOException, InterruptedException {
    CurfewProcess program = place.run("jobs", journal);
    assertThat(program.errors()).startsWith("curfew: " + message).hasLineCount(1);
    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.output()).isEmpty();
  }

  @Test
  void strangeNamesOfJournalsAreNames() throws IOException, InterruptedException {
    place.run("run", "--journal", "a b#%41", "true", ":::", "1");
    assertThat(place.run("jobs", "a b#%41").output()).contains("1 done");
  }

  @Test
  void whoReadsOnlyTheBeginningHearsNoComplaint() throws IOException, InterruptedException {
    fill(20_000);
    Path errors = place.path("errors");
    List<Process> both =
        ProcessBuilder.startPipeline(
            List.of(
                place.builder("jobs").redirectError(errors.toFile()),
                new ProcessBuilder("head", "-1").redirectOutput(folder.resolve("head").toFile())));
    for (Process one : both) {
      assertThat(one.waitFor(LIMIT)).isTrue();
    }
    assertThat(errors).isEmptyFile();
  }

  @Test
  void aLongJournalIsShownInLittleMemory() throws IOException, InterruptedException {
    fill(100_000);
    place.jvmOptions("-Xmx12m");

    CurfewProcess jobs = place.run("jobs", "--json");

    assertThat(jobs.awaitExit()).as(jobs.errors()).isZero();
    List<String> lines = jobs.outputLines();
    assertThat(lines).hasSize(100_000);
    assertThat(lines.get(0)).contains("\"job\":1,");
    assertThat(lines.get(99_999)).contains("\"job\":100000,");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  private void fill(int count) {
    Journal journal =
        Journal.open(place.path("curfew.journal"), Mode.FRESH, new Journal.About(false, "o", "c"));
    Instant now = Instant.now();
    for (int i = 1; i <= count; i++) {
      JobKey key = new JobKey(i * 0x9E3779B97F4A7C15L, i, 1);
      journal.startSoon(List.of(new Start(key, Input.of(i, "input " + i), "m", "o", now)));
      journal.endSilent(new End(key, State.DONE, true, now, 0, null, null));
    }
    journal.close(true, LIMIT);
  }

  private void sql(String name, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + place.path(name));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String sum(String name) throws IOException {
    return name + " " + Arrays.hashCode(Files.readAllBytes(place.path(name)));
  }
}
