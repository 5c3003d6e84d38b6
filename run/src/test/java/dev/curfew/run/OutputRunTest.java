// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What a run prints, and where.
@EnabledOnOs(OS.LINUX)
class OutputRunTest {

  private static final Duration LIMIT = Duration.ofSeconds(50);

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  @Tag("soak")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void tenGigabytesOfOutputNeedLittleMemory() throws IOException, InterruptedException {
    place.jvmOptions("-Xmx24m");
    long all = 10L << 30;
    Process program =
        place
            .builder("run", "head -c {} /dev/zero", ":::", Long.toString(all))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();

    long read = 0;
    try (InputStream output = program.getInputStream()) {
      byte[] piece = new byte[1 << 20];
      for (int n = output.read(piece); n >= 0; n = output.read(piece)) {
        read += n;
      }
    }

    assertThat(program.waitFor(LIMIT)).isTrue();
    assertThat(program.exitValue()).isZero();
    assertThat(read).isEqualTo(all);
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void whatTheLauncherHasSetForItsOwnJvmIsKeptFromJobs() throws IOException, InterruptedException {
    place.environment("_JAVA_SR_SIGNUM", "40");
    assertThat(place.run("run", "env; : {}", ":::", "1").output()).contains("_JAVA_SR_SIGNUM=40\n");

    place.environment("CURFEW_OWN_VARIABLES", "_JAVA_SR_SIGNUM");
    assertThat(place.run("run", "--no-journal", "env; : {}", ":::", "1").output())
        .contains("CURFEW_MARKER=")
        .doesNotContain("_JAVA_SR_SIGNUM");
  }

  @Test
  void outputsAreNeverMixed() throws IOException, InterruptedException {
    place.writeNumbers("list", 8);

    CurfewProcess program =
        place.run(
            "run", "-j", "4", "-a", "list", "for i in $(seq 500); do echo {} $i; done; echo e >&2");

    assertThat(program.awaitExit()).isZero();
    List<String> lines = program.outputLines();
    assertThat(lines).hasSize(4000);
    for (int begin = 0; begin < 4000; begin += 500) {
      String job = lines.get(begin).split(" ", -1)[0];
      List<String> whole = IntStream.rangeClosed(1, 500).mapToObj(i -> job + " " + i).toList();
      assertThat(lines.subList(begin, begin + 500)).isEqualTo(whole);
    }
    assertThat(program.errors().lines().filter("e"::equals)).hasSize(8);
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void orderIsKeptAndLinesAreTagged() throws IOException, InterruptedException {
    place.pipe("go");
    place.write("job", "if [ $1 = 1 ]; then read x < go; fi; [ $1 != 3 ] || echo > go; echo $1\n");

    CurfewProcess program =
        place.run("run", "-j", "3", "--keep-order", "--tag", "sh job {}", ":::", "1", "2", "3");

    assertThat(program.output()).isEqualTo("1\t1\n2\t2\n3\t3\n");
  }

  @Test
  void muchOutputComesWhole() throws IOException, InterruptedException {
    String much = "head -c 20000000 /dev/zero | tr '\\0' {}";

    CurfewProcess program = place.run("run", "-j", "2", much, ":::", "a", "b");

    String output = program.output();
    assertThat(output).hasSize(40_000_000);
    char first = output.charAt(0);
    assertThat(output.chars().limit(20_000_000).allMatch(c -> c == first)).isTrue();
    assertThat(output.chars().skip(20_000_000).noneMatch(c -> c == first)).isTrue();
  }

  @Test
  void aGrandchildThatLivesOnHoldsNothingUp() throws IOException, InterruptedException {
    place.pipe("go");
    CurfewProcess program = place.run("run", "(read x < go; echo x > gone) & echo {}", ":::", "1");

    assertThat(program.awaitExit()).isZero();
    assertThat(program.output()).isEqualTo("1\n");
    place.write("go", "on\n");
    place.awaitFile("gone");
  }

  @Test
  void eventsAreOneJsonObjectALine() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run("run", "--json", "-j", "1", "echo ä{}; exit {}", ":::", "0", "3");

    List<Map<String, String>> events =
        program.outputLines().stream().map(OutputRunTest::json).toList();
    assertThat(events)
        .extracting(event -> event.get("event"))
        .containsExactly("start", "output", "end", "start", "output", "end", "summary");
    assertThat(events.get(1)).containsEntry("text", "ä0\n").containsEntry("stream", "stdout");
    assertThat(events.get(2)).containsEntry("outcome", "done").containsEntry("code", "0");
    assertThat(events.get(5))
        .containsEntry("outcome", "failed")
        .containsEntry("code", "3")
        .containsEntry("job", "2")
        .containsEntry("input", "3");
    assertThat(events.get(6)).containsEntry("done", "1").containsEntry("exit", "1");
  }

  @Test
  void aReportTellsEveryJob() throws IOException, InterruptedException {
    CurfewProcess text = place.run("run", "--report", "report", "exit {}", ":::", "0", "5");
    assertThat(text.awaitExit()).isEqualTo(1);
    assertThat(place.text("report")).contains("1 done, 1 failed", "exit code 1", "processes: ");
    assertThat(place.lines("report"))
        .anyMatch(line -> line.startsWith("1\tdone\t0\t"))
        .anyMatch(line -> line.startsWith("2\tfailed\t5\t"));

    place.run("run", "--journal", "j", "--report", "report.json", "exit {}", ":::", "0", "5");
    assertThat(json(place.text("report.json")))
        .containsEntry("exit", "1")
        .containsKeys("checkpoints/form", "checkpoints/why", "checkpoints/openings")
        .containsKeys("checkpoints/openSeconds", "checkpoints/swingSeconds")
        .containsEntry("jobs.state", "failed")
        .containsEntry("jobs.input", "5")
        .containsEntry("jobs.code", "5");
  }

  @Test
  void aReportThatCannotBeWrittenIsRefusedBeforeAnythingStarts()
      throws IOException, InterruptedException {
    CurfewProcess program = place.run("run", "--report", "no/where", "echo", ":::", "a");

    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.output()).isEmpty();
    assertThat(program.errors()).contains("--report no/where: the folder ", " does not exist");
  }

  @Test
  void inJsonEveryInputCanBeToldFromAllOthers() throws IOException, InterruptedException {
    CurfewProcess program = place.run("run", "--json", "true", ":::", "t\tn", "t\\tn");

    assertThat(program.awaitExit()).isZero();
    assertThat(program.output()).contains("\"input\":\"t\\tn\"").contains("\"input\":\"t\\\\tn\"");
  }

  @Test
  void progressIsToldOnStandardError() throws IOException, InterruptedException {
    place.pipe("go");
    try (CurfewProcess program =
        place.start("run", "--progress", "read x < go; echo {}", ":::", "1")) {
      program.awaitErrors("0 of 1 ended, 0 failed, 1 running, ");
      place.write("go", "on\n");
      assertThat(program.awaitExit()).isZero();
    }
  }

  /// The fields of an object, and those of objects in it under `field.inner`, the last ones.
  private static Map<String, String> json(String text) {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = new JsonFactory().createParser(text)) {
      while (json.nextToken() != null) {
        if (json.currentToken().isScalarValue()) {
          String path = json.getParsingContext().pathAsPointer().toString().substring(1);
          fields.put(path.replaceAll("/[0-9]+/", "."), json.getText());
        }
      }
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
    return fields;
  }
}
