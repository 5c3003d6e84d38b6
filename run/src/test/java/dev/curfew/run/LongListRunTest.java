// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Lists that are much longer than the memory is large.
@EnabledOnOs(OS.LINUX)
class LongListRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
    place.compile("Nothing", "public class Nothing { public static void main(String[] a) {} }");
  }

  @Test
  void aHundredThousandInputsNeedLittleMemory() throws IOException, InterruptedException {
    runInLittleMemory(100_000, "-Xmx8m", "-Xmx24m");
  }

  @Test
  @Tag("soak")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void aMillionInputsNeedLittleMemory() throws IOException, InterruptedException {
    runInLittleMemory(1_000_000, "-Xmx10m", "-Xmx96m");
  }

  private void runInLittleMemory(int count, String dry, String real)
      throws IOException, InterruptedException {
    place.writeNumbers("list", count);
    place.jvmOptions(dry);
    CurfewProcess shown = place.run("run", "--dry-run", "-a", "list", "wc -l");
    assertThat(shown.awaitExit()).as(shown.errors()).isZero();
    assertThat(shown.outputLines()).hasSize(count).endsWith("wc -l " + count);

    place.jvmOptions(real);
    String[] run = {"run", "-a", "list", "--java", "Nothing", "-cp", "classes"};
    CurfewProcess ran = place.run(run);
    assertThat(ran.awaitExit()).as(ran.errors()).isZero();
    assertThat(ran.errors()).contains(count + " done");

    assertThat(place.run("jobs", "--counts").output()).startsWith(count + " done, 0 failed");
  }
}
