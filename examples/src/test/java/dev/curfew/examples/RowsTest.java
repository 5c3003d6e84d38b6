// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.examples.rows.Examples;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RowsTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
  private final Examples examples = new Examples(printing(out), printing(complaints));

  private static PrintStream printing(ByteArrayOutputStream where) {
    return new PrintStream(where, true, StandardCharsets.UTF_8);
  }

  static Stream<String> rows() {
    PrintStream nowhere = printing(new ByteArrayOutputStream());
    return StreamSupport.stream(new Examples(nowhere, nowhere).names().spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void everyRowHolds(String row) {
    int code = examples.show(row);
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(said + complaints.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(said.lines().toList().getLast()).startsWith(row + " ok: ");
  }

  @Test
  void theListHasEveryRowAndSaysHowToRunOne() {
    assertThat(examples.list()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("A1  a stop is seen by every thread")
        .contains("E4  one deadline for the whole stop")
        .contains("Run one with: curfew example E4");
  }

  @Test
  void anUnknownRowIsRefused() {
    assertThat(examples.show("Q9")).isEqualTo(2);
    assertThat(complaints.toString(StandardCharsets.UTF_8))
        .isEqualTo("curfew: there is no example 'Q9'; 'curfew examples' lists those there are\n");
  }
}
