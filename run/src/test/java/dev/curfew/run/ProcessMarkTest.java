// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessMarkTest {

  @Test
  void thisProcessIsAlive() {
    ProcessMark self = ProcessMark.self();
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(self.start()).isPositive();
    assertThat(self.isAlive()).isTrue();
  }

  @Test
  void aNumberThatWasUsedAgainIsAnotherProcess() {
    ProcessMark self = ProcessMark.self();
    ProcessMark earlier = new ProcessMark(self.pid(), self.start() - 1, self.boot(), self.space());
    assertThat(earlier.isAlive()).isFalse();
  }

  @Test
  void anotherBootOrNamespaceHasOtherProcesses() {
    ProcessMark self = ProcessMark.self();
    assertThat(new ProcessMark(self.pid(), self.start(), "b", self.space()).isAlive()).isFalse();
    assertThat(new ProcessMark(self.pid(), self.start(), self.boot(), "s").isAlive()).isFalse();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aProcessThatEndedIsNotAlive() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sleep", "60").start();
    ProcessMark mark = ProcessMark.of(process.pid());
    assertThat(mark.isAlive()).isTrue();
    process.destroyForcibly();
    assertThat(process.waitFor(Duration.ofSeconds(30))).isTrue();
    assertThat(mark.isAlive()).isFalse();
  }
}
