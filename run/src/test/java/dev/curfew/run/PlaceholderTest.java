// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlaceholderTest {

  /// The right columns are what GNU parallel 20221122 makes of the left one.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a.txt         | a          | a.txt    | .    | a
          /x/y.tar.gz   | /x/y.tar   | y.tar.gz | /x   | y.tar
          a b/c.d/e     | a b/c.d/e  | e        | a b/c.d | e
          b.            | b          | b.       | .    | b
          ..            | .          | ..       | .    | .
          .hid          | ''         | .hid     | .    | ''
          /x/.hid.c     | /x/.hid    | .hid.c   | /x   | .hid
          dir/          | dir/       | ''       | .    | ''
          a/b/          | a/b/       | ''       | a    | ''
          a//b          | a//b       | b        | a    | b
          /a            | /a         | a        | /    | a
          /             | /          | ''       | /    | ''
          //            | //         | ''       | /    | ''
          ''            | ''         | ''       | .    | ''
          noext         | noext      | noext    | .    | noext
          """)
  void theyMeanWhatTheyMeanToGnuParallel(
      String input, String stem, String base, String folder, String baseStem) {
    Template template = Template.of(List.of("{.}", "{/}", "{//}", "{/.}", "{}"));

    assertThat(argv(template, Input.of(1, input), 0))
        .containsExactly(stem, base, folder, baseStem, input);
  }

  @Test
  void numbersAreThoseOfTheListAndOfTheSlot() {
    Template template = Template.of(List.of("echo {#}-{%} x{#}"));

    assertThat(argv(template, Input.of(17, "a"), 3)).containsExactly("echo", "17-3", "x17");
    assertThat(template.display(Input.of(17, "a"))).isEqualTo("echo '17-{%}' x17");
  }

  @Test
  void bytesThatAreNoTextComeThrough() {
    byte[] input = {(byte) 0xff, '/', (byte) 0xfe, '.', (byte) 0xfd};
    Template template = Template.of(List.of("x", "{.}", "{/}", "{//}", "{/.}"));

    assertThat(template.argv(Input.of(1, input), 1).subList(1, 5))
        .containsExactly(
            new byte[] {(byte) 0xff, '/', (byte) 0xfe},
            new byte[] {(byte) 0xfe, '.', (byte) 0xfd},
            new byte[] {(byte) 0xff},
            new byte[] {(byte) 0xfe});
  }

  @Test
  void aCommandWithAnyOfThemGetsNoInputAppended() {
    assertThat(argv(Template.of(List.of("touch {/.}.done")), Input.of(1, "a/b.c"), 0))
        .containsExactly("touch", "b.done");
    assertThat(argv(Template.of(List.of("echo {#}")), Input.of(5, "a"), 0))
        .containsExactly("echo", "5");
  }

  @Test
  void aBackslashKeepsThemAsTheyAre() {
    assertThat(argv(Template.of(List.of("jq \\{.} {}")), Input.of(1, "a"), 0))
        .containsExactly("jq", "{.}", "a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "cat {} > {.}.out|cat \"${1}\" > \"${2}\".out|x/a b",
        "cat > {.}.out < $X|cat > \"${2}\".out < $X|x/a b",
        "cd {//} && cat {/}|cd \"${2}\" && cat \"${3}\"|x,a b.c",
        "echo \"$HOME/{/}\" '{/}'|echo \"$HOME/${2}\" ''\"${2}\"''|a b.c",
        "echo ${#} {/.};|echo ${#} \"${2}\";|a b"
      })
  void aShellGetsThemAsParametersBehindTheInput(String command, String script, String rest) {
    List<String> argv = argv(Template.of(List.of(command)), Input.of(1, "x/a b.c"), 0);

    assertThat(argv.subList(0, 5)).containsExactly("/bin/sh", "-c", script, "curfew", "x/a b.c");
    assertThat(argv.subList(5, argv.size())).containsExactly(rest.split(","));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sh -c 'echo {.}'",
        "eval {/}",
        "ssh host ls {//}",
        "perl -e 'print {/.}'",
        "echo `ls {.}`",
        "echo $(( {/} + 1 ))",
        "echo ${x:-{.}}",
        "[[ -f {/.} ]] && ls"
      })
  void theyAreRefusedWhereTheInputIs(String command) {
    assertThatThrownBy(() -> Template.of(List.of(command))).isInstanceOf(UserError.class);
  }

  @Test
  void aSlotIsTheSmallestNumberThatIsFree() {
    SlotNumbers slots = new SlotNumbers();
    assertThat(List.of(slots.take(), slots.take(), slots.take())).containsExactly(1, 2, 3);
    slots.give(2);
    slots.give(1);
    assertThat(List.of(slots.take(), slots.take(), slots.take())).containsExactly(1, 2, 4);
  }

  private static List<String> argv(Template template, Input input, int slot) {
    return template.argv(input, slot).stream().map(word -> new String(word, UTF_8)).toList();
  }
}
