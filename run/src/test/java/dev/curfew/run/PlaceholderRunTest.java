// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Parts of the input, and numbers, in commands.
@EnabledOnOs(OS.LINUX)
class PlaceholderRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  @Test
  void theyReachTheCommandAndTheDryRun() throws IOException, InterruptedException {
    String[] words = {"run", "-k", "echo {.} {/} {//} {/.} {#}", ":::", "x/a b.c", "d.e"};

    assertThat(place.run(words).outputLines())
        .containsExactly("x/a b a b.c x a b 1", "d d.e . d 2");
    words[1] = "--dry-run";
    assertThat(place.run(words).outputLines())
        .containsExactly("echo 'x/a b' 'a b.c' x 'a b' 1", "echo d d.e . d 2");
  }

  @Test
  void noTwoJobsThatRunHaveTheSameSlot() throws IOException, InterruptedException {
    place.writeNumbers("list", 20);
    String alone = "mkdir lock{%} && echo {%} >> slots && rmdir lock{%}";

    CurfewProcess program = place.run("run", "-j", "2", "-a", "list", alone);

    assertThat(program.errors()).contains("20 done");
    assertThat(place.lines("slots")).hasSize(20).allMatch(slot -> slot.matches("[12]"));
  }

  @Test
  void aPlaceInTheListIsNoPartOfWhatAJobIs() throws IOException, InterruptedException {
    String command = "[ {} != b ] || exit 1; echo {#}{} >> log";
    assertThat(place.run("run", "-j", "1", command, ":::", "a", "b", "c").awaitExit()).isEqualTo(1);

    CurfewProcess again =
        place.run("run", "-j", "1", "--retry-failed", command, ":::", "new", "a", "b", "c");

    assertThat(again.errors()).contains("2 of them before");
    assertThat(place.lines("log")).containsExactly("1a", "3c", "1new");
  }
}
