// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The working directory of a child, started in either way.
class DirectoryTest {
  @TempDir Path folder;
  private Nursery nursery;

  @BeforeEach
  void open() {
    nursery = new Nursery(folder);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    nursery.clear();
  }

  private Command command(String... words) {
    return Command.of(words).withOutput(nursery.file("out"));
  }

  @Test
  void aCommandRunsInItsDirectory() throws IOException, InterruptedException {
    Command command = command("pwd").withDirectory(folder.toRealPath());

    Nursery.exit(nursery.start(command));
    assertThat(nursery.text("out")).isEqualTo(folder.toRealPath() + "\n");
    Nursery.exit(nursery.built(command));
    assertThat(nursery.text("out")).isEqualTo(folder.toRealPath() + "\n");
  }

  @Test
  void withoutOneItRunsWhereThisProgramDoes() throws IOException, InterruptedException {
    Nursery.exit(nursery.start(command("pwd")));
    assertThat(nursery.text("out")).isEqualTo(Path.of("").toRealPath() + "\n");
  }

  @Test
  void aProgramWithASlashIsLookedUpThere() throws IOException, InterruptedException {
    Path script = Files.writeString(nursery.file("job"), "#!/bin/sh\necho found\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();

    Nursery.exit(nursery.start(command("./job").withDirectory(folder)));
    assertThat(nursery.text("out")).isEqualTo("found\n");
  }

  @Test
  void oneThatIsNotThereIsNamed() throws IOException {
    Files.writeString(nursery.file("file"), "", StandardCharsets.US_ASCII);
    Command missing = command("true").withDirectory(nursery.file("missing"));
    Command file = command("true").withDirectory(nursery.file("file"));
    String what =
        "Cannot start 'true': its working directory '%s' does not exist, or is no folder.";

    for (Command bad : new Command[] {missing, file}) {
      assertThatThrownBy(() -> nursery.start(bad)).hasMessage(what.formatted(bad.directory()));
      assertThatThrownBy(() -> nursery.built(bad)).hasMessage(what.formatted(bad.directory()));
    }
  }
}
