// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The events of `--json`: those that a run prints are those that the schema describes.
@EnabledOnOs(OS.LINUX)
class EventsRunTest {

  private static final Pattern EVENT = Pattern.compile("^\\{\"event\":\"([a-z]+)\"");

  @TempDir Path folder;
  private Place place;
  private Schema schema;

  @BeforeEach
  void readTheSchema() throws IOException {
    place = new Place(folder);
    schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(
                Files.readString(Path.of("../docs/runner-events.schema.json")), InputFormat.JSON);
  }

  @Test
  void everyKindOfEventFitsTheSchema() throws IOException, InterruptedException {
    place.pipe("go");
    String job =
        "case {} in stop*) echo {} >> begun; read x < go;; bad) echo no >&2; exit 7;;"
            + " kill) kill -9 $$;; *) echo {};; esac";
    place.write("list", "good\nbad\nkill\n");
    Files.write(place.path("bytes"), new byte[] {'a', (byte) 0xff, '\n'});

    CurfewProcess first = place.run("run", "--json", "--retries", "2", "-a", "list", job);
    assertThat(first.awaitExit()).isEqualTo(1);
    CurfewProcess strange = place.run("run", "--json", "--journal", "b", "-a", "bytes", "echo");
    assertThat(strange.output()).contains("\"inputBase64\":\"Yf8=\"");
    CurfewProcess late =
        place.run("run", "--json", "--journal", "c", "--timeout", "100ms", job, ":::", "stop");
    assertThat(late.output()).contains("\"outcome\":\"timed out\"");
    CurfewProcess stopped = place.start("run", "--json", "--journal", "d", job, ":::", "stop");
    try (stopped) {
      place.awaitLines("begun", 2);
      stopped.signal("TERM");
      assertThat(stopped.awaitExit()).isEqualTo(3);
    }

    assertThat(stopped.outputLines().stream().map(EventsRunTest::kind))
        .containsExactly("start", "stop", "end", "summary");
    Set<String> kinds = new TreeSet<>();
    for (CurfewProcess program : List.of(first, strange, late, stopped)) {
      for (String line : program.outputLines()) {
        assertThat(schema.validate(line, InputFormat.JSON)).as(line).isEmpty();
        kinds.add(kind(line));
      }
    }
    assertThat(kinds).containsExactly("end", "output", "retry", "start", "stop", "summary");
  }

  @Test
  void eachAttemptBeginsBeforeItsOutput() throws IOException, InterruptedException {
    CurfewProcess program =
        place.run("run", "--json", "--retries", "2", "echo {}; exit 1", ":::", "1");

    assertThat(program.outputLines().stream().map(EventsRunTest::kind))
        .containsExactly("start", "retry", "start", "output", "end", "summary");
  }

  @Test
  void aReaderThatHasStoppedHoldsUpNoStop() throws IOException, InterruptedException {
    place.pipe("go");
    String job =
        "if [ {} = 1 ]; then head -c 1000000 /dev/zero; else"
            + " trap 'echo x >> asked; exit 0' TERM; echo {} >> begun; read x < go; fi";
    Path errors = folder.resolve("errors");
    Process run =
        place
            .builder("run", "--json", "-j", "2", job, ":::", "1", "2")
            .redirectError(errors.toFile())
            .start();
    try (CurfewProcess program = new CurfewProcess(run, errors, errors);
        InputStream reader = run.getInputStream()) {
      assertThat(reader.readNBytes(2_000)).as("of the output of job 1").hasSize(2_000);
      place.awaitLines("begun", 1);
      program.signal("TERM");
      place.awaitLines("asked", 1);
      program.signal("TERM");
      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).contains("nobody reads the output");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"event\":\"begin\",\"job\":1,\"input\":\"a\"}",
        "{\"event\":\"start\",\"job\":0,\"input\":\"a\"}",
        "{\"event\":\"start\",\"job\":1}",
        "{\"event\":\"start\",\"job\":1,\"input\":\"a\",\"inputBase64\":\"YQ==\"}",
        "{\"event\":\"output\",\"job\":1,\"stream\":\"stdlog\",\"text\":\"a\"}",
        "{\"event\":\"end\",\"job\":1,\"input\":\"a\",\"outcome\":\"TIMED_OUT\",\"seconds\":1}",
        "{\"event\":\"end\",\"job\":1,\"input\":\"a\",\"outcome\":\"done\"}",
        "{\"event\":\"stop\"}",
        "{\"event\":\"summary\",\"done\":1}"
      })
  void whatNoRunPrintsDoesNotFit(String line) {
    assertThat(schema.validate(line, InputFormat.JSON)).isNotEmpty();
  }

  private static String kind(String line) {
    Matcher event = EVENT.matcher(line);
    assertThat(event.find()).as(line).isTrue();
    return event.group(1);
  }
}
