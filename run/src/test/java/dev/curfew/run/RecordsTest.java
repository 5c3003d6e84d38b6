// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordsTest {

  private static final Result DONE = result(Result.End.DONE, 0, 0);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "a b.txt, a b.txt",
    "../../etc/passwd, %2E.%2F..%2Fetc%2Fpasswd",
    "., %2E",
    "'', %-",
    "100%, 100%25",
    "a\\n, a%5Cn",
    "grün, gr%C3%BCn",
    "-rf, -rf"
  })
  void namesAreSafeAndCanBeReadBack(String input, String name) {
    assertThat(Results.name(item(1, input, 1))).isEqualTo(name);
  }

  @Test
  void controlCharactersAndBytesThatAreNoTextAreEscaped() {
    byte[] odd = {'a', '\n', '\t', 27, (byte) 0xff};
    assertThat(Results.name(item(Input.of(1, odd), 1))).isEqualTo("a%0A%09%1B%FF");
  }

  @Test
  void longNamesAreShortAndDiffer() {
    String first = Results.name(item(1, "x".repeat(500) + "1", 3));
    String second = Results.name(item(1, "x".repeat(500) + "2", 3));

    assertThat(first).hasSizeLessThan(255).startsWith("xxx").contains("%~").endsWith("%+3");
    assertThat(second).isNotEqualTo(first);
  }

  @Test
  void equalInputsAreCounted() {
    assertThat(Results.name(item(1, "a", 1))).isEqualTo("a");
    assertThat(Results.name(item(1, "a", 2))).isEqualTo("a%+2");
    assertThat(Results.name(item(1, "a%+2", 1))).isEqualTo("a%25+2");
  }

  @Test
  void outputIsKeptWholeWithTheNumberAndTheExitCode() throws IOException {
    try (Records records = open(false)) {
      Spool spool = spool("out", "oops");
      Result failed = result(Result.End.FAILED, 7, 0);
      assertThat(records.ended(item(4, "a", 1), failed, spool)).isEqualTo(failed);
      spool.delete();
    }
    assertThat(file("1/a/stdout")).isEqualTo("out");
    assertThat(file("1/a/stderr")).isEqualTo("oops");
    assertThat(file("1/a/seq")).isEqualTo("4");
    assertThat(file("1/a/exit")).isEqualTo("7\n");
  }

  @ParameterizedTest
  @CsvSource({
    "DONE, 0, 0, 0",
    "FAILED, -1, 9, 'failed, signal 9'",
    "TIMED_OUT, 0, 0, timed out",
    "STOPPED, -1, 15, 'stopped, signal 15'",
    "ABANDONED, -1, 0, abandoned"
  })
  void howItEndedIsToldInWordsWhereACodeWouldMislead(
      Result.End end, int code, int signal, String text) throws IOException {
    try (Records records = open(false)) {
      records.ended(item(1, "a", 1), result(end, code, signal), spool("", ""));
    }
    assertThat(file("1/a/exit")).isEqualTo(text + "\n");
  }

  @Test
  void aJobWhoseOutputCannotBeKeptHasFailed() throws IOException {
    try (Records records = open(false)) {
      Files.writeString(folder.resolve("results/1/a"), "in the way");

      Result kept = records.ended(item(1, "a", 1), DONE, spool("out", ""));

      assertThat(kept.end()).isEqualTo(Result.End.FAILED);
      assertThat(kept.note()).startsWith("its output could not be kept in --results: ");
    }
  }

  @Test
  void oneKillIsOne() {
    assertThat(killedRow(1).killsInWords()).isEqualTo("in flight at 1 kill of the runner");
    assertThat(killedRow(2).killsInWords()).isEqualTo("in flight at 2 kills of the runner");
  }

  private static Journal.Row killedRow(int kills) {
    Item item = item(1, "a", 1);
    return new Journal.Row(
        item.key(),
        Journal.State.STARTED,
        item.input(),
        0,
        kills,
        "marker",
        null,
        "folder",
        "0",
        false,
        Instant.EPOCH,
        null);
  }

  @ParameterizedTest
  @CsvSource({
    "DONE, 0, 0, 0, 0",
    "FAILED, 7, 0, 7, 0",
    "FAILED, -1, 9, 0, 9",
    "FAILED, -1, 0, -1, 0",
    "TIMED_OUT, 0, 0, -1, 0",
    "TIMED_OUT, -1, 15, -1, 15",
    "STOPPED, -1, 15, -1, 15",
    "STOPPED, 3, 0, 3, 0",
    "ABANDONED, -1, 0, -1, 0"
  })
  void aLineOfTheLogIsThatOfGnuParallel(
      Result.End end, int code, int signal, int exitValue, int shownSignal) throws IOException {
    try (Records records = open(false)) {
      records.ended(item(3, "a\tb\nc", 1), result(end, code, signal), spool("four", ""));
    }
    assertThat(log())
        .containsExactly(
            "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand",
            "3\t:\t1700000000.250\t     1.500\t0\t4\t"
                + exitValue
                + "\t"
                + shownSignal
                + "\techo $'a\\011b\\nc'");
  }

  @Test
  void aFreshLogReplacesAndAResumedOneAdds() throws IOException {
    logOne(new JobLog.Target(folder.resolve("log"), false), false);
    logOne(new JobLog.Target(folder.resolve("log"), false), false);
    assertThat(log()).hasSize(2);
    logOne(new JobLog.Target(folder.resolve("log"), false), true);
    assertThat(log()).hasSize(3);
    logOne(JobLog.Target.parse("+" + folder.resolve("log")), false);
    assertThat(log()).hasSize(4);
  }

  private static void logOne(JobLog.Target target, boolean resumes) {
    try (JobLog log = JobLog.open(target, resumes)) {
      log.add(item(1, "a", 1), DONE, 0, "true");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing/log", "."})
  void aLogThatCannotBeWrittenIsRefused(String name) {
    JobLog.Target target = JobLog.Target.parse(folder.resolve(name).toString());

    assertThatThrownBy(target::check)
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("--joblog " + folder);
  }

  private Records open(boolean resumes) {
    Task task =
        new Task.Commands(
            Template.of(List.of("echo {}")), List.of("echo {}".getBytes(UTF_8)), Site.HERE);
    return Records.open(
        new JobSettings(
            Backoff.NONE,
            Duration.ZERO,
            Site.HERE,
            Optional.of(folder.resolve("results")),
            Optional.of(new JobLog.Target(folder.resolve("log"), false))),
        task,
        resumes);
  }

  private Spool spool(String output, String errors) throws IOException {
    Spool spool = new Spool(folder, "spool");
    spool.output().write(output.getBytes(UTF_8));
    spool.errors().write(errors.getBytes(UTF_8));
    return spool;
  }

  private String file(String name) throws IOException {
    return Files.readString(folder.resolve("results").resolve(name));
  }

  private List<String> log() throws IOException {
    return Files.readAllLines(folder.resolve("log"));
  }

  static Item item(int number, String input, int nth) {
    return item(Input.of(number, input), nth);
  }

  private static Item item(Input input, int nth) {
    return new Item(input, new JobKey(1, 2, nth), 0, "marker");
  }

  private static Result result(Result.End end, int code, int signal) {
    Instant begun = Instant.ofEpochMilli(1_700_000_000_250L);
    return new Result(end, code, signal, "", begun, Duration.ofMillis(1_500), List.of());
  }
}
