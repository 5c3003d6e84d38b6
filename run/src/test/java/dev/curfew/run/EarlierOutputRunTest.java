// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What jobs of a killed runner had printed, and that it had not shown: the next run shows it.
@EnabledOnOs(OS.LINUX)
class EarlierOutputRunTest {

  private static final String WAITS_THEN_TALKS =
      "if [ {} = a ] && [ ! -e calm ]; then read x < go; fi; echo of {}; echo bad {} >&2;"
          + " [ {} = a ] || head -c 1000000 /dev/zero | tr '\\0' x; [ {} = a ]";

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException, InterruptedException {
    place = new Place(folder);
    place.pipe("go");
    place.write("list", "a\nb\n");
  }

  /// With the order kept, the output of the second job waits for the first one.
  private void killWithOutputThatWaits(String... words) throws IOException, InterruptedException {
    try (CurfewProcess first = place.start(words)) {
      Await.until("b has ended", () -> endedInJournal() == 1);
      assertThat(first.output()).doesNotContain("of b");
      first.kill();
    }
    place.write("calm", "");
  }

  private int endedInJournal() {
    return place.jobsWith("state IN (1, 2)");
  }

  private static String[] words(String... more) {
    List<String> words = new ArrayList<>(List.of("run", "-k", "-j", "2", "-a", "list"));
    words.addAll(Arrays.asList(more));
    return words.toArray(String[]::new);
  }

  @Test
  void ofAJavaJobItIsShownToo() throws IOException, InterruptedException {
    place.compile(
        "Work",
        """
        public class Work {
          public static void main(String[] in) throws Exception {
            if (in[0].equals("a") && !new java.io.File("calm").exists()) {
              new java.io.FileInputStream("go").read();
            }
            System.out.println("of " + in[0]);
          }
        }
        """);
    killWithOutputThatWaits(words("--java", "Work", "-cp", "classes"));

    CurfewProcess resumed = place.run(words("--resume", "--java", "Work", "-cp", "classes"));

    assertThat(resumed.awaitExit()).isZero();
    assertThat(resumed.output()).isEqualTo("of b\nof a\n");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void inJsonItComesAsEvents() throws IOException, InterruptedException {
    killWithOutputThatWaits(words("--json", WAITS_THEN_TALKS));

    CurfewProcess resumed = place.run(words("--json", "--resume", WAITS_THEN_TALKS));

    assertThat(resumed.awaitExit()).isEqualTo(1);
    List<String> lines = resumed.outputLines();
    assertThat(lines).allMatch(line -> line.startsWith("{\"event\":\""));
    int end = lines.stream().map(line -> line.contains("\"end\"")).toList().indexOf(true);
    assertThat(lines.get(end))
        .startsWith(
            "{\"event\":\"end\",\"job\":2,\"input\":\"b\",\"outcome\":\"failed\",\"code\":1,");
    assertThat(lines.subList(0, end))
        .allMatch(line -> line.startsWith("{\"event\":\"output\",\"job\":2,\"stream\":\"std"));
    assertThat(lines.get(end - 1)).contains("\"stream\":\"stderr\",\"text\":\"bad b\\n\"");
    assertThat(lines.getLast()).contains("\"summary\"");
  }

  @Test
  void inJsonTheEndOfAJobThatPrintedNothingIsShownToo() throws IOException, InterruptedException {
    String job = "if [ {} = a ] && [ ! -e calm ]; then read x < go; fi";
    killWithOutputThatWaits(words("--json", job));

    CurfewProcess resumed = place.run(words("--json", "--resume", job));

    assertThat(resumed.awaitExit()).isZero();
    assertThat(resumed.outputLines().getFirst())
        .startsWith("{\"event\":\"end\",\"job\":2,\"input\":\"b\",\"outcome\":\"done\"");
  }

  @Test
  void whatIsGoneIsSaid() throws IOException, InterruptedException {
    killWithOutputThatWaits(words(WAITS_THEN_TALKS));
    Path kept = onlyFolder();
    for (Path file : place.temporaryFiles()) {
      if (Files.isRegularFile(file)) {
        Files.delete(file);
      }
    }
    Files.delete(kept);

    CurfewProcess resumed = place.run(words("--resume", WAITS_THEN_TALKS));

    assertThat(resumed.awaitExit()).isEqualTo(1);
    assertThat(resumed.output()).isEqualTo("of a\n");
    assertThat(resumed.errors())
        .containsOnlyOnce(
            "curfew: job 2 (b): what it has printed was kept in "
                + kept
                + ", which is gone: if it was not shown, it is lost\n");
  }

  @Test
  void whatCannotBeReadIsSaidAndStaysForALaterRun() throws IOException, InterruptedException {
    killWithOutputThatWaits(words(WAITS_THEN_TALKS));
    Path file = onlyFolder().resolve("1.out");
    Path aside = place.path("aside");
    Files.move(file, aside);
    Files.createDirectory(file);

    CurfewProcess resumed = place.run(words("--resume", WAITS_THEN_TALKS));

    assertThat(resumed.output()).isEqualTo("of a\n");
    assertThat(resumed.errors())
        .contains("curfew: job 2 (b): what it has printed is not shown: " + file + " (Is a dir");
    Files.delete(file);
    Files.move(aside, file);
    CurfewProcess again = place.run(words("--resume", WAITS_THEN_TALKS));
    assertThat(again.output()).startsWith("of b\nxxx").hasSize(1_000_005);
    assertThat(place.temporaryFiles()).isEmpty();
  }

  private Path onlyFolder() throws IOException {
    List<Path> folders = place.temporaryFiles().stream().filter(Files::isDirectory).toList();
    assertThat(folders).hasSize(1);
    return folders.getFirst();
  }

  /// Nobody reads what is said, either.
  @Test
  void threeSignalsEndTheWaitWhateverIsNotRead() throws IOException, InterruptedException {
    killWithOutputThatWaits(words(WAITS_THEN_TALKS));
    Process program =
        place.builder(words("--resume", WAITS_THEN_TALKS)).redirectErrorStream(true).start();
    Path nothing = place.write("nothing", "");
    try (CurfewProcess handle = new CurfewProcess(program, nothing, nothing);
        InputStream reader = program.getInputStream()) {
      byte[] first = reader.readNBytes("curfew: job 1 (a) was in flight".length());
      assertThat(first).asString().startsWith("curfew: job 1 (a) was");
      while (reader.read() != 'x') {} // it is being shown
      handle.signal("TERM", "HUP", "INT");

      assertThat(handle.awaitExit()).isEqualTo(3);
    }
  }

  @Test
  void aDeadlineEndsTheWaitForOneWhoDoesNotReadIt() throws IOException, InterruptedException {
    killWithOutputThatWaits(words(WAITS_THEN_TALKS));
    Path errors = place.path("errors");
    String[] resume = words("--resume", "--deadline", "1s", WAITS_THEN_TALKS);
    Process program = place.builder(resume).redirectError(errors.toFile()).start();
    try (CurfewProcess handle = new CurfewProcess(program, errors, errors)) {
      assertThat(handle.awaitExit()).isEqualTo(3);
      assertThat(handle.errors()).contains("--deadline 1s: nothing was started, and what an");
    }
  }

  @Test
  void itIsTaggedLikeTheRest() throws IOException, InterruptedException {
    String job = WAITS_THEN_TALKS.replace("1000000", "0");
    killWithOutputThatWaits(words("--tag", job));

    CurfewProcess resumed = place.run(words("--tag", "--resume", job));

    assertThat(resumed.output()).isEqualTo("b\tof b\na\tof a\n");
  }

  @Test
  void aSignalEndsTheWaitForOneWhoDoesNotReadIt() throws IOException, InterruptedException {
    killWithOutputThatWaits(words(WAITS_THEN_TALKS));
    Path errors = place.path("errors");
    Process program =
        place.builder(words("--resume", WAITS_THEN_TALKS)).redirectError(errors.toFile()).start();
    try (CurfewProcess handle = new CurfewProcess(program, errors, errors);
        InputStream reader = program.getInputStream()) {
      assertThat(reader.read()).as("the first byte; a pipe does not hold the rest").isEqualTo('o');
      handle.signal("TERM");

      assertThat(handle.awaitExit()).isEqualTo(3);
      assertThat(handle.errors())
          .contains(
              "SIGTERM: nothing was started, and what an earlier run has left to show was not")
          .contains("shown whole; go on with the same command and --resume")
          .doesNotContain("\tat ");
    }
    CurfewProcess last = place.run(words("--resume", WAITS_THEN_TALKS));
    assertThat(last.output()).startsWith("of b\nxxx").endsWith("xxxof a\n").hasSize(1_000_010);
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void anOutputThatIsClosedOrFullIsSaidAndNothingIsLost() throws IOException, InterruptedException {
    killWithOutputThatWaits(words(WAITS_THEN_TALKS));
    String resume = place.shellWords(words("--resume", WAITS_THEN_TALKS));

    Place.Said closed = place.script(List.of(), "{ " + resume + "; echo $? >&2; } | true");
    assertThat(closed.text())
        .contains("standard output is closed (Broken pipe): nothing was started, and what ")
        .endsWith("\n3\n")
        .doesNotContain("\tat ");

    assumeTrue(Files.isWritable(Path.of("/dev/full")));
    Place.Said full = place.script(List.of(), resume + " > /dev/full");
    assertThat(full.code()).isEqualTo(3);
    assertThat(full.text())
        .contains("standard output cannot be written (No space left on device): nothing was");
    assertThat(endedInJournal()).isEqualTo(1);

    CurfewProcess last = place.run(words("--resume", WAITS_THEN_TALKS));
    assertThat(last.output()).startsWith("of b\nxxx").endsWith("xxxof a\n").hasSize(1_000_010);
  }

  @Test
  void noOutputOfAJavaJobIsLostOverFourKills() throws IOException, InterruptedException {
    place.compile(
        "Says",
        """
        public class Says {
          public static void main(String[] in) {
            System.out.println("of " + in[0]);
          }
        }
        """);
    place.writeNumbers("list", 4_000);
    List<String> shown = new ArrayList<>();
    for (int kill = 0; kill < 4; kill++) {
      String[] words = words("--java", "Says", "-cp", "classes");
      words = kill == 0 ? words : words("--resume", "--java", "Says", "-cp", "classes");
      try (CurfewProcess program = place.start(words)) {
        int enough = 100 + 300 * kill;
        Await.until("some are shown", () -> program.outputLines().size() >= enough);
        program.kill();
        shown.addAll(program.outputLines());
      }
    }

    CurfewProcess last = place.run(words("--resume", "--java", "Says", "-cp", "classes"));

    shown.addAll(last.outputLines());
    assertThat(last.errors()).contains("4000 done");
    assertThat(new HashSet<>(shown))
        .isEqualTo(
            IntStream.rangeClosed(1, 4_000).mapToObj(i -> "of " + i).collect(Collectors.toSet()));
    assertThat(place.temporaryFiles()).isEmpty();
  }
}
