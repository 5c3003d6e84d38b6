// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What can be said on the command line, and how a mistake is refused.
@EnabledOnOs(OS.LINUX)
class CommandLineRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --unknown true              | Unknown option: '--unknown'
          -j 0 true                   | -j: must be at least 1, was 0
          -j many true                | -j: 'many' is no number of jobs, and no file of that name
          -j +50% true                | -j: '+50%' is no number of jobs (forms: 4, +1, -1, 50%
          --retries 0 true            | --retries must be at least 1, was 0
          --timeout soon true         | --timeout: 'soon'
          --timeout 0 true            | --timeout: must be longer than 0
          --timeout 100% true         | --timeout: '100%' is no share of the median run time
          --retry-delay 1s true       | --retry-delay is of no use without --retries N
          --retries 2 --retry-delay 5s,1s true | --retry-delay: the longest wait, 1s, is less than
          --retries 2 --retry-delay x true | --retry-delay: 'x' is not a duration
          --delay 0 true              | --delay: must be longer than 0
          --delay soon true           | --delay: 'soon' is not a duration
          --workdir /dev/null/x true  | --workdir /dev/null/x: /dev/null is no folder
          --env 1x=y true             | --env: '1x' is no name of an environment variable
          --env NO_SUCH_NAME true     | --env NO_SUCH_NAME: it is not set; give it a value
          --env CURFEW_MARKER=x true  | --env: CURFEW_MARKER is set by the runner
          --results /dev/null/x true  | --results /dev/null/x: /dev/null is no folder
          --joblog no/where true      | --joblog no/where: the folder
          --joblog . true             | --joblog .: a file cannot be written there
          --java A --workdir x        | --workdir is for commands: a Java job has the folder
          --java A --env X=1          | --env is for commands
          --deadline 0s true          | --deadline must be longer than 0
          --grace -1s true            | --grace: '-1s'
          --halt perhaps true         | --halt: 'perhaps' does not say when to halt
          --settle never true         | --settle is kill or wait, not 'never'
          -a nowhere true             | The input file nowhere does not exist
          -a . true                   | The input file . is a folder
          no-such-program-at-all      | there is no program 'no-such-program-at-all' on PATH
          --java no.such.Type         | there is no class no.such.Type on the class path '.'
          --java java.lang.String     | java.lang.String is no job
          --java A -cp nowhere        | -cp: nowhere cannot be read
          --java A true               | --java takes no command
          --journal no/where true     | its folder does not exist
          --journal . true            | The journal . is a folder
          --journal /dev/null true    | The journal /dev/null is a pipe or a device: name a file
          --journal= true             | The journal has no name: name a file
          --joblog= true              | --joblog: it needs the name of a file
          --joblog + true             | --joblog: it needs the name of a file
          --resume true               | There is no journal curfew.journal to resume
          """)
  void aMistakeIsRefusedBeforeAnythingStarts(String arguments, String message)
      throws IOException, InterruptedException {
    String[] words = ("run " + arguments + " ::: 1").split(" ", -1);
    if (arguments.startsWith("-a")) {
      words = ("run " + arguments).split(" ", -1);
    }

    CurfewProcess program = place.run(words);

    assertThat(program.errors()).startsWith("curfew: ").contains(message);
    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.output()).isEmpty();
    assertThat(place.has("curfew.journal")).isFalse();
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void aRefusedRunLeavesTheFinishedJournalAndNoFolder() throws IOException, InterruptedException {
    assertThat(place.run("run", "true", ":::", "1", "2").awaitExit()).isZero();
    String tooLong = "x".repeat(300);

    for (String option : List.of("--results", "--workdir")) {
      CurfewProcess refused = place.run("run", option, "new/" + tooLong, "true", ":::", "3");
      assertThat(refused.awaitExit()).isEqualTo(2);
      assertThat(refused.errors()).contains(option + " new/xxx").contains("cannot be made");
    }

    assertThat(place.run("run", "--results", "other", "--joblog", "no/l", "true").awaitExit())
        .isEqualTo(2);
    assertThat(place.names()).containsExactly("curfew.journal");
    assertThat(place.run("jobs", "--counts").output()).startsWith("2 done, ");
  }

  @Test
  void aClosedStandardInputIsNoList() throws IOException, InterruptedException {
    String words = place.shellWords("run", "echo");

    Place.Said closed = place.script(List.of(), words + " <&-");
    Place.Said given = place.script(List.of(), words + " ::: a <&-");

    assertThat(closed.text())
        .isEqualTo(
            "curfew: standard input is closed: give the inputs after :::, with -a FILE, or by a pipe\n");
    assertThat(closed.code()).isEqualTo(2);
    assertThat(given.text()).startsWith("a\n");
    assertThat(given.code()).isZero();
  }

  @Test
  void aFolderForTemporaryFilesThatCannotBeUsedIsNamed() throws IOException, InterruptedException {
    place.write("file", "");
    place.jvmOptions("-Djava.io.tmpdir=" + place.path("file"));

    CurfewProcess program = place.run("run", "true", ":::", "1");

    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.errors())
        .contains("curfew: the jobs' outputs cannot be kept in " + place.path("file"))
        .contains("CURFEW_JAVA_OPTIONS=-Djava.io.tmpdir=DIR")
        .doesNotContain("\tat ");
    assertThat(place.names()).containsExactly("file");
  }

  @Test
  void anEmptyListSaysSoAndIsDone() throws IOException, InterruptedException {
    CurfewProcess program = place.run("run", "true");

    assertThat(program.errors()).isEqualTo("curfew: the list is empty: nothing to do\n");
    assertThat(program.awaitExit()).isZero();
  }

  @Test
  void inputsComeFromStandardInputAFileOrTheCommandLine() throws IOException, InterruptedException {
    Path lines = place.write("lines", "a b\nc\n");
    Path nul = place.write("nul", "a\nb\0c\0");

    CurfewProcess piped = place.startReading(lines, "run", "-k", "echo");
    piped.awaitExit();
    assertThat(piped.output()).isEqualTo("a b\nc\n");
    assertThat(place.run("run", "-k", "-a", "lines", "echo {}.").output()).isEqualTo("a b.\nc.\n");
    CurfewProcess separated = place.startReading(nul, "run", "-k", "-0", "printf '<%s>' {}");
    separated.awaitExit();
    assertThat(separated.output()).isEqualTo("<a\nb><c>");
    assertThat(place.run("run", "-k", "echo {} {}", ":::", "1", "2").output())
        .isEqualTo("1 1\n2 2\n");
    assertThat(place.run("run", "-a", "lines", "echo", ":::", "1").errors())
        .contains("inputs come from ::: or from -a, not from both");
  }

  @Test
  void badLinesInAStreamFailTheirJobByNumber() throws IOException, InterruptedException {
    Path inputs = place.write("inputs", "good\nb\0d\n" + "x".repeat(200_000) + "\nalso\n");

    CurfewProcess program = place.startReading(inputs, "run", "-k", "echo");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("good\nalso\n");
    assertThat(program.errors())
        .contains("job 2 ")
        .contains("input 2 holds a NUL byte")
        .contains("job 3 ")
        .contains("input 3 is 200000 bytes long")
        .contains("2 done, 2 failed")
        .contains("try the failed ones again with the same command and --retry-failed");
  }

  @Test
  void aListThatCannotBeReadToItsEndIsSaid() throws IOException, InterruptedException {
    Process shell =
        place
            .readingAFolder("run", "echo")
            .redirectErrorStream(true)
            .redirectOutput(place.path("all").toFile())
            .start();

    assertThat(shell.waitFor(Duration.ofSeconds(30))).isTrue();
    assertThat(place.text("all"))
        .contains("Reading inputs from standard input failed after input 0: Is a directory")
        .contains("the rest of the list was not run");
    assertThat(shell.exitValue()).isEqualTo(3);
  }

  @Test
  void aWordThatBeginsWithAnAtSignIsTheUsersOwn() throws IOException, InterruptedException {
    place.write("none", "");
    place.write("one", "--json");
    place.write("many", "a b c d e");
    for (String word : List.of("@none", "@one", "@many", "@@one")) {
      CurfewProcess program =
          place.run("run", "--no-journal", "printf", "%s|", word, "{}", ":::", "x");
      assertThat(program.output()).isEqualTo(word + "|x|");
      assertThat(program.awaitExit()).isZero();
    }
  }

  @Test
  void aSecondSeparatorIsNoInput() throws IOException, InterruptedException {
    CurfewProcess program = place.run("run", "echo", ":::", "a", ":::", "b");
    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.errors())
        .startsWith("curfew: there is more than one ':::': name the inputs");
    assertThat(place.names()).isEmpty();
  }

  @Test
  void aDryRunPrintsWhatWouldBeRunAndRunsNothing() throws IOException, InterruptedException {
    CurfewProcess program = place.run("run", "--dry-run", "touch {}", ":::", "a b", "$(c)");

    assertThat(program.awaitExit()).isZero();
    assertThat(program.output()).contains("'a b'").contains("'$(c)'");
    assertThat(program.outputLines()).hasSize(2).allMatch(line -> line.startsWith("touch "));
    assertThat(place.has("a b")).isFalse();
    assertThat(place.has("curfew.journal")).isFalse();
  }

  @Test
  void inputsAreNeverReadByAShell() throws IOException, InterruptedException {
    String[] inputs = {"$(touch hacked)", "`touch hacked`", "a'b", "a b", "a\"b", "; touch hacked"};

    String[] words = new String[inputs.length + 4];
    words[0] = "run";
    words[1] = "-k";
    words[2] = "echo \"{}\"; true";
    words[3] = ":::";
    System.arraycopy(inputs, 0, words, 4, inputs.length);
    CurfewProcess program = place.run(words);

    assertThat(program.errors()).contains("6 done");
    assertThat(program.outputLines()).containsExactly(inputs);
    assertThat(place.has("hacked")).isFalse();
  }

  @Test
  void helpTellsTheOptionsAndTheExitCodes() throws IOException, InterruptedException {
    CurfewProcess program = place.run("run", "--help");

    assertThat(program.awaitExit()).isZero();
    assertThat(program.output())
        .contains("Usage: curfew run", "--halt", "--resume", "Exit codes: 0 all done")
        .contains("--retry-delay", "--workdir", "--joblog", "50%", "300%", "{%} a slot");
  }

  @Test
  void aFileThatIsNoJournalIsLeftAsItIs() throws IOException, InterruptedException {
    place.write("text", "my own notes, no journal of anybody\n".repeat(100));

    CurfewProcess program = place.run("run", "--journal", "text", "true", ":::", "1");

    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.errors()).contains("The journal text cannot be used: it is not a journal");
    assertThat(place.text("text")).startsWith("my own notes").hasSize(3600);
  }

  @Test
  void aJournalThatIsHeldNamesItsProcess() throws IOException, InterruptedException {
    place.pipe("go");
    try (CurfewProcess holder =
        place.start("run", "echo x > began; read x < go; echo {}", ":::", "1")) {
      place.awaitFile("began");

      CurfewProcess second = place.run("run", "true", ":::", "1");
      assertThat(second.awaitExit()).isEqualTo(2);
      assertThat(second.errors())
          .contains("is held by a run that is still going on, process " + holder.pid() + ".");

      Files.writeString(place.path("go"), "on\n", StandardCharsets.UTF_8);
      assertThat(holder.awaitExit()).isZero();
    }
  }

  @Test
  void aFinishedJournalIsReplacedAndPrivate() throws IOException, InterruptedException {
    assertThat(place.run("run", "true", ":::", "1", "2").awaitExit()).isZero();
    CurfewProcess again = place.run("run", "--sync", "echo", ":::", "1");

    assertThat(again.awaitExit()).isZero();
    assertThat(again.errors()).contains("1 done, ");
    assertThat(Files.getPosixFilePermissions(place.path("curfew.journal")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void noMoreJobsThanAskedForRunAtOnce() throws IOException, InterruptedException {
    place.writeNumbers("list", 20);
    String alone = "mkdir lock && echo {} >> order && rmdir lock";

    CurfewProcess program = place.run("run", "-j", "1", "-a", "list", alone);

    assertThat(program.errors()).contains("20 done");
    assertThat(place.lines("order")).isEqualTo(place.lines("list"));
  }

  @Test
  void twoJobsRunAtOnceIfAskedFor() throws IOException, InterruptedException {
    place.pipe("meeting");
    place.write("meet", "if [ $1 = 1 ]; then echo hello > meeting; else read x < meeting; fi\n");

    CurfewProcess program = place.run("run", "-j", "2", "sh meet {}", ":::", "1", "2");

    assertThat(program.awaitExit()).isZero();
  }

  @Test
  void aJobIsTriedAgainAsOftenAsAskedFor() throws IOException, InterruptedException {
    String fails = "echo {} >> tries; echo try; [ $(wc -l < tries) -ge 3 ]";

    CurfewProcess program = place.run("run", "--retries", "3", fails, ":::", "1");
    assertThat(program.awaitExit()).isZero();
    assertThat(place.lines("tries")).hasSize(3);
    assertThat(program.output()).isEqualTo("try\n");

    CurfewProcess inVain = place.run("run", "--retries", "2", "false", ":::", "1");
    assertThat(inVain.awaitExit()).isEqualTo(1);
    assertThat(inVain.errors()).contains("job 1 (1) failed: ", "0 done, 1 failed");
  }
}
