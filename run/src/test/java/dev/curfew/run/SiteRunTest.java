// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Where commands run, and what is kept of them.
@EnabledOnOs(OS.LINUX)
class SiteRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void commandsRunInTheirFolderWithTheirVariables() throws IOException, InterruptedException {
    place.write("job", "#!/bin/sh\n");
    String[] words = {
      "run",
      "-k",
      "--workdir",
      "out/{/.}",
      "--env",
      "X=a b",
      "--env",
      "PATH",
      "echo \"$X\" > {/}",
      ":::",
      "in/1.txt",
      "2"
    };
    assertThat(place.run(words).awaitExit()).isZero();
    assertThat(place.text("out/1/1.txt")).isEqualTo("a b\n");
    assertThat(place.text("out/2/2")).isEqualTo("a b\n");

    words[1] = "--dry-run";
    assertThat(place.run(words).outputLines())
        .first()
        .asString()
        .startsWith("cd out/1 && X='a b' /bin/sh -c ");
  }

  @Test
  void anotherFolderOrVariableMakesAnotherJob() throws IOException, InterruptedException {
    String job = "echo $X {} >> log";
    place.run("run", "--env", "X=1", "--workdir", "a", job, ":::", "1");

    CurfewProcess same =
        place.run("run", "--resume", "--env", "X=1", "--wd", "b/../a", job, ":::", "1");
    assertThat(same.errors()).contains("1 of them before");
    place.run("run", "--resume", "--env", "X=2", "--workdir", "a", job, ":::", "1");
    place.run("run", "--resume", "--env", "X=2", "--workdir", "b", job, ":::", "1");

    assertThat(place.lines("a/log")).containsExactly("1 1", "2 1");
    assertThat(place.lines("b/log")).containsExactly("2 1");
  }

  @Test
  void aFolderMayHaveAnyName() throws IOException, InterruptedException {
    Path list = folder.resolve("list");
    Files.write(list, new byte[] {'-', (byte) 0xff, '/', 'x', '\n'});

    CurfewProcess program =
        place.run("run", "-a", list.toString(), "--workdir", "{//}", "echo here > {/}");

    assertThat(program.awaitExit()).isZero();
    try (Stream<Path> files = Files.walk(place.path("."))) {
      assertThat(files.filter(file -> file.endsWith("x"))).singleElement().matches(Files::exists);
    }
  }

  @Test
  void aFolderThatCannotBeMadeFailsItsJob() throws IOException, InterruptedException {
    place.write("file", "");

    CurfewProcess program = place.run("run", "--workdir", "{}", "echo", ":::", "file", "fine");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("fine\n");
    assertThat(program.errors())
        .contains(
            "job 1 (file) failed: cannot be started: its working folder ", "1 done, 1 failed");
  }

  @Test
  void outputAndLogAreKeptOfAllJobsAlsoOfKilledOnes() throws IOException, InterruptedException {
    place.pipe("go");
    String job = "echo out {}; echo err >&2; [ {} != ../x ] || { echo > begun; read x < go; }";
    String[] words = {
      "run", "-j", "2", "--results", "res", "--joblog", "log", job, ":::", "../x", "a", "a"
    };
    try (CurfewProcess program = place.start(words)) {
      place.awaitFile("begun");
      place.awaitFile("res/1/a%+2/exit");
      program.signal("TERM");
      assertThat(program.awaitExit()).isEqualTo(3);
    }
    assertThat(place.text("res/1/%2E.%2Fx/stdout")).isEqualTo("out ../x\n");
    assertThat(place.text("res/1/%2E.%2Fx/exit")).isEqualTo("stopped, signal 15\n");
    assertThat(place.text("res/1/a/stderr")).isEqualTo("err\n");
    assertThat(place.text("res/1/a%+2/seq")).isEqualTo("3");
    assertThat(place.lines("log"))
        .hasSize(4)
        .anyMatch(line -> line.startsWith("1\t:\t") && line.contains("\t0\t9\t-1\t15\t/bin/sh"))
        .anyMatch(line -> line.startsWith("3\t:\t") && line.contains("\t0\t6\t0\t0\t/bin/sh"));

    String[] resumed = {
      "run", "--resume", "--results", "res", "--joblog", "log", job, ":::", "a", "a"
    };
    place.run(resumed);
    assertThat(place.lines("log")).as("what is done is not run again").hasSize(4);
  }

  @Test
  void aRefusedRunLeavesAnOldLogAsItIs() throws IOException, InterruptedException {
    place.run("run", "--joblog", "log", "false", ":::", "1");
    place.run(
        "run", "--joblog", "log", "--halt", "soon,done=1", "-j", "1", "true", ":::", "1", "2");
    assertThat(place.lines("log")).hasSize(2);

    CurfewProcess refused = place.run("run", "--joblog", "log", "true", ":::", "1");
    assertThat(refused.errors()).contains("has unfinished work");
    assertThat(place.lines("log")).hasSize(2);
  }
}
