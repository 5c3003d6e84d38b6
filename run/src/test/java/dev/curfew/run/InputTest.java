// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputTest {

  private static final byte[] NOT_TEXT = {'a', (byte) 0xff, 'b'};

  @Test
  void keepsItsBytesAndItsPlace() {
    Input input = Input.of(7, NOT_TEXT);
    assertThat(input.number()).isEqualTo(7);
    assertThat(input.bytes()).isEqualTo(NOT_TEXT);
    assertThat(input.problem()).isEmpty();
  }

  @Test
  void textIsStrict() {
    assertThat(Input.of(1, "grün ☃").text()).contains("grün ☃");
    assertThat(Input.of(1, NOT_TEXT).text()).isEmpty();
  }

  @Test
  void aJavaJobRefusesWhatIsNotText() {
    assertThat(Input.of(1, "grün").textProblem()).isEmpty();
    assertThat(Input.of(1, NOT_TEXT).textProblem())
        .contains("is not UTF-8 text, which a Java job needs");
    assertThat(Input.of(1, "a\0b").textProblem().orElseThrow()).contains("NUL");
  }

  @Test
  void aNulByteIsAProblem() {
    assertThat(Input.of(1, "a\0b").problem())
        .contains("holds a NUL byte (inputs that end with NUL need -0)");
  }

  @Test
  void oneByteTooManyIsAProblem() {
    assertThat(Input.of(1, new byte[0]).problem()).isEmpty();
    assertThat(Input.of(1, "x".repeat(Input.LONGEST)).problem()).isEmpty();
    assertThat(Input.of(1, "x".repeat(Input.LONGEST + 1)).problem())
        .contains("is 131072 bytes long; an argument holds at most 131071");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "plain name|plain name",
        "'a\nb\tc\rd'|a\\nb\\tc\\rd",
        "\u001b[31mred|\\x1b[31mred",
        "\u009b31m|\\x9b31m",
        "evil\u202etxt|evil\\u{202e}txt",
        "grün ☃|grün ☃"
      })
  void itsNameIsSafeOnATerminal(String text, String name) {
    assertThat(Input.of(1, text).name()).isEqualTo(name);
  }

  @Test
  void itsNameShowsBrokenBytes() {
    assertThat(Input.of(1, NOT_TEXT).name()).isEqualTo("a\ufffdb");
  }

  @Test
  void aLongNameIsShortenedInTheMiddle() {
    Input input = Input.of(1, "/begin/" + "x".repeat(100_000) + "/end");
    assertThat(input.name()).hasSize(60).startsWith("/begin/xx").contains("x…x").endsWith("x/end");
  }

  @Test
  void shorteningNeverSplitsACharacter() {
    assertThat(Input.of(1, "😀".repeat(100)).name())
        .isEqualTo("😀".repeat(30) + "…" + "😀".repeat(29));
  }

  @Test
  void printsItsNumberAndName() {
    assertThat(Input.of(3, "a b".getBytes(UTF_8))).hasToString("input 3 (a b)");
  }
}
