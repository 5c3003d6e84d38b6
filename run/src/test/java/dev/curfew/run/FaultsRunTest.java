// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Full disks, damaged journals, folders that may not be written to, inputs that come slowly.
@EnabledOnOs(OS.LINUX)
class FaultsRunTest {

  private static final List<String> ALONE = List.of("unshare", "-m");
  private static final Pattern IN_FLIGHT =
      Pattern.compile("job [0-9]+ \\(([0-9]+)\\) was in flight");

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void aFullDiskStopsTheRunAndLosesNothing() throws IOException, InterruptedException {
    assumeTrue(place.canMount(), "mounting is not allowed");
    place.writeNumbers("list", 300);
    Files.createDirectory(place.path("small"));
    String run = place.shellWords("run", "--journal", "small/j", "-a", "list", "echo {} >> ran");
    String resume =
        place.shellWords("run", "--resume", "--journal", "small/j", "-a", "list", "echo {} >> ran");

    Place.Said said =
        place.script(
            ALONE,
            "mount -t tmpfs -o size=160k none small; "
                + run
                + "; echo first: $?; cp ran before; mount -o remount,size=9m small; "
                + resume
                + "; echo second: $?");

    assertThat(said.text())
        .contains(
            "curfew: nothing new is started: The journal small/j cannot be written any more: the"
                + " disk is full. Make room, then go on with the same command and --resume")
        .contains("first: 3\n", "300 done", "second: 0\n")
        .containsOnlyOnce("the disk is full");
    assertThat(place.lines("before")).hasSizeBetween(1, 250);
    List<String> ran = place.lines("ran");
    assertThat(new HashSet<>(ran)).as("nothing is left out").hasSize(300);
    Matcher twice = IN_FLIGHT.matcher(said.text());
    HashSet<String> named = new HashSet<>();
    while (twice.find()) {
      named.add(twice.group(1));
    }
    assertThat(ran.size() - 300)
        .as("only what is named ran twice")
        .isLessThanOrEqualTo(named.size());
  }

  @Test
  void aLimitOfTheFileSizeStopsTheRun() throws IOException, InterruptedException {
    place.writeNumbers("list", 300);
    String run = place.shellWords("run", "-a", "list", "true");

    Place.Said said = place.script(List.of(), "ulimit -f 300; " + run);

    assertThat(said.text())
        .contains("nothing new is started: The journal curfew.journal cannot be written any more: ")
        .contains("then go on with the same command and --resume");
    assertThat(said.code()).isEqualTo(3);
    assertThat(place.run("run", "--resume", "-a", "list", "true").awaitExit()).isZero();
  }

  @Test
  void withoutAJournalAFullDiskIsToldInOtherWords() throws IOException, InterruptedException {
    assumeTrue(place.canMount(), "mounting is not allowed");
    place.writeNumbers("list", 3_000);
    Files.createDirectory(place.path("small"));
    place.jvmOptions("-Djava.io.tmpdir=small");

    Place.Said said =
        place.script(
            ALONE,
            "mount -t tmpfs -o size=400k none small; "
                + place.shellWords("run", "--no-journal", "--json", "-a", "list", ": {}"));

    assertThat(said.text())
        .containsOnlyOnce(
            "nothing new is started: What this run keeps for itself in "
                + place.path("small")
                + "/curfew-")
        .containsPattern("\"event\":\"stop\".*what the run keeps for itself cannot be written")
        .doesNotContain("journal");
    assertThat(said.code()).isEqualTo(3);
  }

  @Test
  void aFullFolderOfResultsStopsTheRunResumably() throws IOException, InterruptedException {
    assumeTrue(place.canMount(), "mounting is not allowed");
    place.writeNumbers("list", 20);
    Files.createDirectory(place.path("small"));
    String[] words = {
      "run", "-j", "1", "--results", "small/r", "-a", "list", "head -c 30000 /dev/zero; : {}"
    };
    String[] again = Arrays.copyOf(words, words.length + 1);
    System.arraycopy(words, 1, again, 2, words.length - 1);
    again[1] = "--resume";

    Place.Said said =
        place.script(
            ALONE,
            "mount -t tmpfs -o size=200k none small; "
                + place.shellWords(words)
                + " > shown; echo first: $?; mount -o remount,size=9m small; "
                + place.shellWords(again)
                + " > rest; echo second: $?; cat small/r/1/*/stdout | wc -c");

    assertThat(said.text())
        .containsOnlyOnce("its output could not be kept in --results: ")
        .contains(" stopped: its output could not be kept", "No space left on device")
        .contains("there is no room in the folder of --results, small/r", "first: 3\n")
        .contains("20 done", "second: 0\n", "600000\n");
  }

  @Test
  void outputThatCannotBeKeptFailsAJavaJob() throws IOException, InterruptedException {
    assumeTrue(place.canMount(), "mounting is not allowed");
    place.compile(
        "Talks",
        """
        public class Talks {
          public static void main(String[] input) {
            for (int i = 0; i < 100_000; i++) {
              System.out.println("a line of output that a job prints");
            }
          }
        }
        """);
    Files.createDirectory(place.path("small"));
    place.jvmOptions("-Djava.io.tmpdir=small");

    Place.Said said =
        place.script(
            ALONE,
            "mount -t tmpfs -o size=400k none small; "
                + place.shellWords("run", "--java", "Talks", "-cp", "classes", ":::", "1")
                + " > shown");

    assertThat(said.text())
        .contains(
            "job 1 (1) failed: its output could not be kept in " + place.path("small") + "/curfew-")
        .contains("No space left on device", "0 done, 1 failed");
    assertThat(said.code()).isEqualTo(1);
  }

  /// The first job exits when it is asked to end, which is when the second has filled the disk.
  @Test
  void anExitByAJobWhileTheJournalIsBrokenEndsTheRunInOrder()
      throws IOException, InterruptedException {
    assumeTrue(place.canMount(), "mounting is not allowed");
    place.compile(
        "Exits",
        """
        public class Exits {
          public static void main(String[] input) throws Exception {
            if (!input[0].equals("1")) {
              try (var fill = new java.io.FileOutputStream("small/fill")) {
                fill.write(new byte[10_000_000]);
              } catch (java.io.IOException full) {
                return;
              }
            }
            try {
              new java.util.concurrent.CountDownLatch(1).await();
            } finally {
              System.exit(77);
            }
          }
        }
        """);
    place.writeNumbers("list", 2_000);
    Files.createDirectory(place.path("small"));
    String run =
        place.shellWords(
            "run",
            "-j",
            "2",
            "--journal",
            "small/j",
            "--java",
            "Exits",
            "-cp",
            "classes",
            "-a",
            "list");

    Place.Said said = place.script(ALONE, "mount -t tmpfs -o size=400k none small; " + run);

    assertThat(said.text())
        .contains("job 1 (1) called System.exit: the run is stopped")
        .containsOnlyOnce("the disk is full")
        .doesNotContain("\tat ");
    assertThat(said.code()).isEqualTo(3);
  }

  @Test
  void anOutputThatIsFullStopsTheRunResumably() throws IOException, InterruptedException {
    assumeTrue(place.canMount(), "mounting is not allowed");
    Files.createDirectory(place.path("small"));
    String job = "head -c 300000 /dev/zero; : {}";

    Place.Said said =
        place.script(
            ALONE,
            "mount -t tmpfs -o size=100k none small; "
                + place.shellWords("run", job, ":::", "1")
                + " > small/shown");

    assertThat(said.text())
        .contains("standard output cannot be written (No space left on device): stopping")
        .contains("go on with the same command and --resume");
    assertThat(said.code()).isEqualTo(3);
    CurfewProcess rest = place.run("run", "--resume", job, ":::", "1");
    assertThat(rest.output()).as("what was not shown whole is shown again").hasSize(300_000);
    assertThat(rest.awaitExit()).isZero();
  }

  @Test
  void aJournalWhereNoFileCanBeMadeIsRefused() throws IOException, InterruptedException {
    place.write("file", "");
    assertRefused(
        place.run("run", "--journal", "file/j", "touch {}", ":::", "ran"),
        "The journal file/j cannot be made (file/j: Not a directory)."
            + " Name a file elsewhere with --journal FILE.");
    assertRefused(
        place.run("run", "--journal", "/proc/self/j", "touch {}", ":::", "ran"),
        "The journal /proc/self/j cannot be made");
    assumeTrue(place.canMount(), "mounting is not allowed");
    place.run("run", "true", ":::", "1");
    String readOnly = "mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && ";
    Place.Said made =
        place.script(
            ALONE, readOnly + place.shellWords("run", "--journal", "j", "true", ":::", "1"));
    assertThat(made.text())
        .contains("The journal j cannot be made (j: Read-only file system).")
        .contains("Name a file elsewhere with --journal FILE.");
    assertThat(made.code()).isEqualTo(2);
    Place.Said resumed =
        place.script(ALONE, readOnly + place.shellWords("run", "--resume", "true", ":::", "1"));
    assertThat(resumed.text()).contains("The journal curfew.journal cannot be used: ");
    assertThat(resumed.code()).isEqualTo(2);
  }

  @Test
  void aDamagedJournalIsRefusedAndLeftAsItIs() throws IOException, InterruptedException {
    place.writeNumbers("list", 3_000);
    place.compile("Nothing", "public class Nothing { public static void main(String[] a) {} }");
    place.run("run", "--journal", "whole", "-a", "list", "--java", "Nothing", "-cp", "classes");
    Path middle = Files.copy(place.path("whole"), place.path("middle"));
    try (RandomAccessFile file = new RandomAccessFile(middle.toFile(), "rw")) {
      file.seek(4096L * (file.length() / 4096 / 2));
      file.write("damaged ".repeat(1024).getBytes(StandardCharsets.US_ASCII));
    }
    Path cut = Files.copy(place.path("whole"), place.path("cut"));
    try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }

    for (Path damaged : List.of(middle, cut)) {
      byte[] before = Files.readAllBytes(damaged);
      String name = damaged.getFileName().toString();
      assertRefused(
          place.run("run", "--resume", "--journal", name, "touch {}", ":::", "ran"),
          "The journal "
              + name
              + " cannot be used: it is damaged. What ran with it can no longer be told: go on from"
              + " a copy, or start anew with another --journal FILE.");
      CurfewProcess jobs = place.run("jobs", name);
      assertThat(jobs.errors()).contains("The journal " + name + " cannot be read: it is damaged.");
      assertThat(jobs.awaitExit()).isEqualTo(2);
      assertThat(Files.readAllBytes(damaged)).isEqualTo(before);
    }
    place.write("nothing", "");
    assertRefused(
        place.run("run", "--resume", "--journal", "nothing", "touch {}", ":::", "ran"),
        "The journal nothing is empty: there is nothing to resume.");
  }

  @Test
  void aJournalThatAnotherRunHoldsIsRefused() throws IOException, InterruptedException {
    place.pipe("go");
    try (CurfewProcess first = place.start("run", "echo {} >> begun; read x < go", ":::", "1")) {
      place.awaitLines("begun", 1);
      for (String option : List.of("--resume", "--sync")) {
        assertRefused(
            place.run("run", option, "touch {}", ":::", "ran"),
            "The journal curfew.journal is held by a run that is still going on, process "
                + first.pid()
                + ". Wait for it or stop it, or name another file with --journal FILE.");
      }
      place.write("go", "on\n");
      assertThat(first.awaitExit()).isZero();
    }
  }

  @Test
  void aJournalThatARunInAnotherContainerHoldsIsRefused() throws IOException, InterruptedException {
    List<String> contained = List.of("unshare", "-p", "-f", "-m", "--mount-proc");
    assumeTrue(place.script(contained, "true").code() == 0, "no namespaces for processes here");
    place.pipe("go");
    String[] words = {"run", "echo {} >> begun; [ -e calm ] || read x < go", ":::", "1"};
    String resume = place.shellWords("run", "--resume", words[1], ":::", "1");
    try (CurfewProcess first = place.start(words)) {
      place.awaitLines("begun", 1);
      Place.Said said = place.script(contained, resume);
      assertThat(said.text())
          .isEqualTo(
              "curfew: The journal curfew.journal is held by a run that cannot be seen from here:"
                  + " one in another container or on another machine, or one that is just ending."
                  + " Wait for it or stop it, or name another file with --journal FILE.\n");
      assertThat(said.code()).isEqualTo(2);
      first.kill();
    }
    place.write("calm", "");
    Place.Said resumed = place.script(contained, resume);
    assertThat(resumed.text()).contains("was in flight when the runner was killed", "1 done");
    assertThat(place.lines("begun")).hasSize(2);
    assertThat(place.names()).containsExactly("begun", "calm", "curfew.journal", "go");
  }

  private void assertRefused(CurfewProcess program, String message) throws InterruptedException {
    assertThat(program.errors()).startsWith("curfew: " + message).hasLineCount(1);
    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(place.has("ran")).isFalse();
  }

  @Test
  void aJobStartsAsSoonAsItsLineIsThereAndAStopWaitsForNoMore()
      throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process run =
        place
            .builder("run", "--grace", "5m", "echo {} >> begun")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile())
            .start();
    try (CurfewProcess program = new CurfewProcess(run, errors, errors);
        OutputStream inputs = run.getOutputStream()) {
      for (int i = 1; i <= 3; i++) {
        inputs.write((i + "\n").getBytes(StandardCharsets.US_ASCII));
        inputs.flush();
        place.awaitLines("begun", i);
      }
      inputs.write("not yet a line".getBytes(StandardCharsets.US_ASCII));
      inputs.flush();
      program.signal("TERM");

      assertThat(program.awaitExit()).as("long before the grace is over").isEqualTo(3);
      assertThat(program.errors()).contains("3 done", "go on with the same command and --resume");
    }
    assertThat(place.lines("begun"))
        .isEqualTo(IntStream.rangeClosed(1, 3).mapToObj(Integer::toString).toList());
  }
}
