// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What `--help` and `completion` print.
@EnabledOnOs(OS.LINUX)
class HelpRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void helpIsAManualPage() throws IOException, InterruptedException {
    CurfewProcess help = place.run("run", "--help");

    assertThat(help.awaitExit()).isZero();
    assertThat(help.errors()).isEmpty();
    assertThat(help.output())
        .containsSubsequence(
            "Usage: curfew run",
            "\nWhat is run\n",
            "--arg-file=FILE",
            "\nHow much, how long\n",
            "--timeout=TIME",
            "\nFailures and the end\n",
            "--halt=WHEN",
            "\nGoing on\n",
            "--resume",
            "\nOutput\n",
            "--keep-order",
            "Exit codes: 0 all done",
            "\nExamples\n",
            "\nEnvironment\n",
            "CURFEW_JAVA_OPTIONS",
            "\nFiles\n");
    assertThat(help.outputLines()).allMatch(line -> line.length() <= 100);
    assertThat(place.run("--help").output()).contains("  run ", "  jobs ", "  completion ");
    assertThat(place.run("jobs", "--help").output()).contains("--unfinished", "Exit codes: ");
  }

  @Test
  void everyOptionIsInItsGroup() {
    CommandLine run = new CommandLine(new RunCommand(List.of(), null, () -> {}));
    assertThat(run.getCommandSpec().options())
        .filteredOn(option -> Manual.groupOf(option).equals(Manual.REST))
        .allMatch(option -> option.usageHelp() || option.versionHelp());
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
    CurfewProcess script = place.run("completion", "bash");
    assertThat(script.awaitExit()).isZero();
    assertThat(script.errors()).isEmpty();
    place.write("script", script.output());

    assertThat(completions("curfew", "")).contains("run", "jobs", "completion", "help");
    assertThat(completions("curfew", "jo")).containsExactly("jobs");
    assertThat(completions("curfew", "run", "--dead")).containsExactly("--deadline");
    assertThat(completions("curfew", "jobs", "--un")).containsExactly("--unfinished");
    assertThat(completions("curfew", "completion", "")).contains("bash", "zsh");
    assertThat(place.run("completion", "zsh").output()).contains("bashcompinit");
    assertThat(place.run("completion", "fish").awaitExit()).isEqualTo(2);
  }

  /// What bash would offer for the last of these words.
  private List<String> completions(String... words) throws IOException, InterruptedException {
    String ask =
        "source ./script; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
            + " _complete_curfew; printf '%s\\n' \"${COMPREPLY[@]}\"";
    List<String> command = new ArrayList<>(List.of("bash", "-c", ask, "bash"));
    command.addAll(List.of(words));
    Path offered = folder.resolve("offered");
    Process bash =
        new ProcessBuilder(command)
            .directory(place.path(".").toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD) // of a shell that is not in a terminal
            .redirectOutput(offered.toFile())
            .start();
    assertThat(bash.waitFor(Duration.ofSeconds(30))).isTrue();
    return Files.readString(offered).lines().map(String::strip).toList();
  }
}
