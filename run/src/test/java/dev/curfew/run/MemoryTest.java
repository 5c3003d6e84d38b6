// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryTest {

  @Test
  void unitsAreBinary() {
    assertThat(Memory.parse("2048k").bytes()).isEqualTo(2 << 20);
    assertThat(Memory.parse("256M").bytes()).isEqualTo(256 << 20);
    assertThat(Memory.parse(" 2g ").bytes()).isEqualTo(2L << 30);
    assertThat(Memory.parse("999999t").bytes()).isEqualTo(999_999L << 40);
    assertThat(Memory.parse("256M")).hasToString("256M");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "256", "1.5g", "-1g", "1gb", "m", "1000000g"})
  void whatIsNoAmountIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Memory.parse(text))
        .withMessage("'" + text + "' is no amount of memory: write it like 64m, 512m or 2g");
  }

  @Test
  void noJvmRunsInLessThanTwoMegabytes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Memory.parse("2047k"))
        .withMessage("'2047k' is too little: a JVM needs 2m at least");
  }
}
