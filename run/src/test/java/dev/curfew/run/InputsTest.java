// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InputsTest {

  @TempDir Path folder;

  static Stream<Arguments> lines() {
    return Stream.of(
        Arguments.of("", List.of()),
        Arguments.of("a\nb\n", List.of("a", "b")),
        Arguments.of("a\nb", List.of("a", "b")),
        Arguments.of("\n\na\n\n", List.of("", "", "a", "")),
        Arguments.of("a\r\nb\r\n", List.of("a\r", "b\r")),
        Arguments.of(" a \n", List.of(" a ")),
        Arguments.of("\u00ff\u00fe\n", List.of("\u00ff\u00fe")));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void everyLineIsAnInput(String bytes, List<String> expected) {
    assertThat(read(stream(bytes.getBytes(ISO_8859_1), false)))
        .extracting(input -> new String(input.bytes(), ISO_8859_1))
        .isEqualTo(expected);
  }

  @Test
  void inputsAreNumberedFromOne() {
    assertThat(read(stream("a\nb\nc".getBytes(UTF_8), false)))
        .extracting(Input::number)
        .containsExactly(1L, 2L, 3L);
  }

  @Test
  void withNulALineBreakIsPartOfAnInput() {
    assertThat(read(stream("a\nb\0\0c".getBytes(UTF_8), true)))
        .extracting(input -> input.text().orElseThrow())
        .containsExactly("a\nb", "", "c");
  }

  @Test
  void aNulByteInALineIsAProblemOfThatInputOnly() {
    assertThat(read(stream("a\nb\0c\nd\n".getBytes(UTF_8), false)))
        .extracting(input -> input.problem().isPresent())
        .containsExactly(false, true, false);
  }

  @Test
  void aLineThatIsTooLongIsSkippedAndNamed() {
    String text = "x".repeat(Input.LONGEST) + "\n" + "y".repeat(1_000_000) + "\nz\n";
    List<Input> inputs = read(stream(text.getBytes(UTF_8), false));
    assertThat(inputs).hasSize(3);
    assertThat(inputs.get(0).problem()).isEmpty();
    assertThat(inputs.get(0).bytes()).hasSize(Input.LONGEST);
    assertThat(inputs.get(1).problem())
        .contains("is 1000000 bytes long; an argument holds at most 131071");
    assertThat(inputs.get(1).bytes()).hasSizeLessThan(1_000);
    assertThat(inputs.get(2).name()).isEqualTo("z");
  }

  @Test
  void aLineOfManyGigabytesNeedsNoMemory() {
    InputStream endless =
        new InputStream() {
          private long left = 3_000_000_000L;

          @Override
          public int read() {
            throw new UnsupportedOperationException("read in blocks");
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            int count = (int) Math.min(length, left);
            left -= count;
            return count == 0 ? -1 : count;
          }
        };
    assertThat(read(Inputs.stream("a pipe", endless, false)).getFirst().problem().orElseThrow())
        .startsWith("is 3000000000 bytes long");
  }

  @Test
  void inputsOfASlowPipeAreHandedOutAsTheyCome() throws IOException {
    try (PipedOutputStream writer = new PipedOutputStream();
        Inputs inputs = Inputs.stream("a pipe", new PipedInputStream(writer), false)) {
      writer.write("first\nsec".getBytes(UTF_8));
      assertThat(inputs.next().name()).isEqualTo("first");
      writer.write("ond\n".getBytes(UTF_8));
      assertThat(inputs.next().name()).isEqualTo("second");
    }
  }

  @Test
  void readsAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("list"), "a\nb\n");
    assertThat(read(Inputs.file(file, false))).extracting(Input::name).containsExactly("a", "b");
  }

  @Test
  void aFileThatCannotBeReadIsAUserError() {
    assertThatThrownBy(() -> Inputs.file(folder.resolve("none"), false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("/none does not exist: check the path after -a.");
    assertThatThrownBy(() -> Inputs.file(folder, false))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("is a folder: name a file with -a.");
  }

  @Test
  void aSourceThatBreaksIsNotTakenForItsEnd() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException("read in blocks");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            throw new IOException("the disk is gone");
          }
        };
    Inputs inputs = Inputs.stream("standard input", broken, false);
    assertThatThrownBy(inputs::hasNext)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("Reading inputs from standard input failed after input 0: the disk is gone")
        .hasRootCauseMessage("the disk is gone");
    assertThat(inputs.hasNext()).isFalse();
  }

  @Test
  void afterTheEndThereIsNothing() {
    Inputs inputs = stream(new byte[0], false);
    assertThatThrownBy(inputs::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void wordsAreInputs() {
    Iterator<Input> inputs = Inputs.words(List.of("a".getBytes(UTF_8), new byte[0]));
    assertThat(inputs.next()).hasToString("input 1 (a)");
    assertThat(inputs.next()).hasToString("input 2 ()");
    assertThat(inputs.hasNext()).isFalse();
  }

  private static Inputs stream(byte[] bytes, boolean nul) {
    return Inputs.stream("test", new ByteArrayInputStream(bytes), nul);
  }

  private static List<Input> read(Inputs inputs) {
    List<Input> all = new ArrayList<>();
    inputs.forEachRemaining(all::add);
    return all;
  }
}
