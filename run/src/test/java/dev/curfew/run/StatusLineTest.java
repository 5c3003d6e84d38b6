// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StatusLineTest {

  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private final StatusLine line = new StatusLine(terminal);

  private String written() {
    String text = terminal.toString(StandardCharsets.UTF_8).replace("\033", "E");
    terminal.reset();
    return text;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void itIsTakenAwayBeforeOtherOutput() throws IOException {
    line.draw("one");
    line.draw("two");
    assertThat(written()).isEqualTo("\roneE[K\rtwoE[K");

    line.over(terminal).write(bytes("output\n"));
    assertThat(written()).isEqualTo("\rE[Koutput\n");
    line.draw("three");
    assertThat(written()).isEqualTo("\rthreeE[K");
  }

  @Test
  void itBeginsALineOfItsOwn() throws IOException {
    line.over(terminal).write(bytes("no end"));
    line.draw("one");
    line.clear();
    line.clear();
    assertThat(written()).isEqualTo("no end\noneE[K\rE[K");
  }

  @Test
  void nobodyDrawsItWhileSomebodyWrites() throws IOException {
    OutputStream slow =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            line.draw("between");
            terminal.write(b);
          }
        };
    line.draw("one");
    line.over(slow).write(bytes("ab\n"));
    assertThat(written()).isEqualTo("\roneE[K\rE[Kab\n");
  }

  @Test
  void aTextIsCutToTheWidth() {
    assertThat(StatusLine.fit("abcdef", 4)).isEqualTo("abcd");
    assertThat(StatusLine.fit("abc", 4)).isEqualTo("abc");
    assertThat(StatusLine.fit("漢字漢字", 5)).isEqualTo("漢字");
    assertThat(StatusLine.fit("a😀b", 2)).isEqualTo("a");
  }
}
