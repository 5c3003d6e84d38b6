// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyMakerTest {

  @Test
  void theSameContentHasTheSameKeyWhereverItStands() {
    KeyMaker first = keys("command", "wc", "/home");
    KeyMaker second = keys("command", "wc", "/home");
    first.next(Input.of(1, "x"));
    assertThat(first.next(Input.of(2, "a"))).isEqualTo(second.next(Input.of(1, "a")));
  }

  @Test
  void equalInputsAreCounted() {
    KeyMaker keys = keys("command", "wc");
    JobKey first = keys.next(Input.of(1, "a"));
    keys.next(Input.of(2, "b"));
    JobKey again = keys.next(Input.of(3, "a"));
    assertThat(first.nth()).isEqualTo(1);
    assertThat(again).isEqualTo(new JobKey(first.high(), first.low(), 2));
  }

  @Test
  void everyPartMakesADifference() {
    Set<JobKey> all = new HashSet<>();
    all.add(keys("command", "wc", "-l").next(Input.of(1, "a")));
    all.add(keys("java", "wc", "-l").next(Input.of(1, "a")));
    all.add(keys("command", "wc-l").next(Input.of(1, "a")));
    all.add(keys("command", "wc", "-la").next(Input.of(1, "")));
    all.add(keys("command", "wc", "-l", "").next(Input.of(1, "a")));
    all.add(keys("command", "wc", "-l").next(Input.of(1, "b")));
    assertThat(all).hasSize(6);
  }

  @Test
  void linesThatAreTooLongDifferByTheirLength() {
    KeyMaker keys = keys("command");
    byte[] beginning = "xxx".getBytes(UTF_8);
    JobKey first = keys.next(Input.tooLong(1, beginning, 200_000));
    assertThat(keys.next(Input.tooLong(2, beginning, 200_001)).nth()).isEqualTo(1);
    assertThat(keys.next(Input.tooLong(3, beginning, 200_000)).high()).isEqualTo(first.high());
  }

  @Test
  void countsAreKeptWhileTheTableGrows() {
    KeyMaker keys = keys("command");
    for (int nth = 1; nth <= 2; nth++) {
      Set<JobKey> different = new HashSet<>();
      for (int i = 0; i < 20_000; i++) {
        JobKey key = keys.next(Input.of(i + 1, "input " + i));
        assertThat(key.nth()).isEqualTo(nth);
        different.add(key);
      }
      assertThat(different).hasSize(20_000);
    }
  }

  @Test
  void bytesOfAKeyAreReadBack() {
    JobKey key = new JobKey(-5, 7, 3);
    assertThat(JobKey.of(key.bytes(), 3)).isEqualTo(key);
  }

  private static KeyMaker keys(String kind, String... parts) {
    List<byte[]> bytes = Arrays.stream(parts).map(part -> part.getBytes(UTF_8)).toList();
    return new KeyMaker(kind, bytes);
  }
}
