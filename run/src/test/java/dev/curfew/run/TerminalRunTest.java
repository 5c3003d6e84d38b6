// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What a run shows on a terminal, which is a pseudo-terminal here.
@EnabledOnOs(OS.LINUX)
class TerminalRunTest {

  private static final String WAITS = "echo {} >> begun; read x < go; echo out {}";

  @TempDir Path folder;
  private Place place;
  private Path seen;

  @BeforeEach
  void makeThePlace() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "there is no script(1)");
    place = new Place(folder);
    place.pipe("go");
    seen = folder.resolve("seen");
  }

  /// Runs the program behind a pseudo-terminal.
  ///
  /// @param environment words such as `TERM=xterm`
  private CurfewProcess onTerminal(int columns, String environment, String... arguments)
      throws IOException {
    String inner =
        "stty cols " + columns + "; exec env " + environment + " " + place.shellWords(arguments);
    Process script =
        new ProcessBuilder("script", "-qefc", inner, folder.resolve("typescript").toString())
            .directory(place.path(".").toFile())
            .redirectErrorStream(true)
            .redirectOutput(seen.toFile())
            .start();
    return new CurfewProcess(script, seen, seen);
  }

  @Test
  void aLineTellsHowFarItIsAndNothingIsMixed() throws IOException, InterruptedException {
    place.write("list", "1\n2\n3\n");
    try (CurfewProcess run =
        onTerminal(80, "TERM=xterm", "run", "-k", "-j", "2", "-a", "list", WAITS)) {
      place.awaitLines("begun", 2);
      run.awaitErrors("0 of 3 ended, 0 failed, 2 running, 0.0/s\033[K");
      place.write("go", "on\non\n");
      place.awaitLines("begun", 3);
      run.awaitErrors("2 of 3 ended, 0 failed, 1 running");
      run.awaitErrors(" left\033[K");
      place.write("go", "on\n");
      assertThat(run.awaitExit()).isZero();
    }
    List<String> screen = screen(Files.readString(seen));
    assertThat(screen.subList(0, 3)).containsExactly("out 1", "out 2", "out 3");
    assertThat(screen.get(3)).matches("curfew: 3 done, [0-9.]+m?s");
    assertThat(screen).hasSize(4);
  }

  @Test
  void aStopNamesWhatItWaitsFor() throws IOException, InterruptedException {
    String deaf = "trap '' TERM; echo {} >> begun; read x < go; exit 0";
    try (CurfewProcess run =
        onTerminal(80, "TERM=xterm", "run", "-j", "2", deaf, ":::", "first", "second", "third")) {
      place.awaitLines("begun", 2);
      signalRunner();
      run.awaitErrors("curfew: waiting for job 1 (first) and 1 more since ");
      place.write("go", "on\non\n");
      assertThat(run.awaitExit()).isEqualTo(3);
    }
    assertThat(screen(Files.readString(seen))).noneMatch(line -> line.contains("waiting for"));
  }

  private void signalRunner() throws IOException, InterruptedException {
    String counts = place.run("jobs", "--json", "--counts").output();
    String pid = counts.replaceAll("(?s).*\"pid\":([0-9]+).*", "$1");
    assertThat(place.script(List.of(), "kill -TERM " + pid).code()).isZero();
  }

  @Test
  void theWidthOfTheTerminalIsKept() throws IOException, InterruptedException {
    try (CurfewProcess run = onTerminal(30, "TERM=xterm", "run", WAITS, ":::", "x".repeat(40))) {
      place.awaitLines("begun", 1);
      run.awaitErrors("\rcurfew: 0 of 1 ended, 0 faile\033[K");
      place.write("go", "on\n");
      assertThat(run.awaitExit()).isZero();
    }
  }

  @Test
  void failuresAreRedUnlessColoursAreNotWanted() throws IOException, InterruptedException {
    String fails = "[ {} = 2 ] || exit 1; echo {} >> begun; read x < go";
    try (CurfewProcess run = onTerminal(80, "TERM=xterm", "run", fails, ":::", "1", "2")) {
      place.awaitLines("begun", 1);
      run.awaitErrors("ended, \033[31m1 failed\033[0m, 1 running");
      place.write("go", "on\n");
      assertThat(run.awaitExit()).isEqualTo(1);
    }
    try (CurfewProcess run =
        onTerminal(80, "TERM=xterm NO_COLOR=1", "run", "--journal", "j", fails, ":::", "1", "2")) {
      place.awaitLines("begun", 2);
      run.awaitErrors("ended, 1 failed, 1 running");
      place.write("go", "on\n");
      assertThat(run.awaitExit()).isEqualTo(1);
      assertThat(run.output()).doesNotContain("\033[3");
    }
  }

  @Test
  void aTerminalThatCannotMoveItsCursorGetsPlainLinesIfTheyAreAskedFor()
      throws IOException, InterruptedException {
    try (CurfewProcess run = onTerminal(80, "TERM=dumb", "run", "--progress", WAITS, ":::", "1")) {
      place.awaitLines("begun", 1);
      run.awaitErrors("curfew: 0 of 1 ended, 0 failed, 1 running, 0.0/s\r\n");
      place.write("go", "on\n");
      assertThat(run.awaitExit()).isZero();
      assertThat(run.output()).doesNotContain("\033");
    }
    for (String quiet : List.of("TERM=dumb", "TERM=", "TERM=xterm")) {
      String option = quiet.equals("TERM=xterm") ? "--no-progress" : "-k";
      try (CurfewProcess run = onTerminal(80, quiet, "run", option, "echo {}", ":::", "1")) {
        assertThat(run.awaitExit()).isZero();
        assertThat(run.output()).startsWith("1\r\ncurfew: 1 done").doesNotContain("\033");
      }
    }
  }

  /// What is left on a terminal after these characters.
  private static List<String> screen(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    int column = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r') {
        column = 0;
      } else if (c == '\n') {
        lines.add(line.toString());
        line.setLength(0);
        column = 0;
      } else if (text.startsWith("\033[K", i)) {
        line.setLength(column);
        i += 2;
      } else {
        line.replace(column, Math.min(line.length(), column + 1), Character.toString(c));
        column++;
      }
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }
}
