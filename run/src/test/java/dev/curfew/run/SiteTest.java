// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteTest {

  @TempDir Path folder;

  @Test
  void aFolderIsMadeForEachInput() throws IOException {
    Site site = site(folder + "/out/{/.}-{#}-{%}", Map.of());

    Command command = site.put(Command.of("true"), Input.of(7, "x/a b.c"), 2);

    assertThat(command.directory()).isEqualTo(folder.resolve("out/a b-7-2")).isDirectory();
  }

  @Test
  void aShellGoesIntoFoldersWhoseNamesAreNoText() throws IOException {
    byte[] name = {'-', (byte) 0xff, ' '};
    Site site = site("{}", Map.of("A", "1"));

    Command command = site.put(Command.of("printf", "x y"), Input.of(1, name), 1);

    assertThat(command.environment()).containsEntry("A", "1");
    assertThat(command.words())
        .extracting(word -> new String(word, ISO_8859_1))
        .containsExactly(
            "/bin/sh",
            "-c",
            "mkdir -p -- \"$1\" && cd -- \"$1\" && shift && exec \"$@\"",
            "curfew",
            "./-\u00ff ",
            "printf",
            "x y");
    assertThat(site("/{}", Map.of()).put(command, Input.of(1, name), 1).words().get(4))
        .startsWith('/', '-');
  }

  @Test
  void foldersAreTakenFromTheCurrentOne() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    assertThat(directory("{//}", "a")).isEqualTo(here.resolve("."));
    assertThat(directory("{/}", "a/")).as("an empty name").isEqualTo(here);
    assertThat(directory("{//}", "/a")).isEqualTo(Path.of("/"));
  }

  private static Path directory(String workdir, String input) throws IOException {
    return site(workdir, Map.of()).put(Command.of("true"), Input.of(1, input), 1).directory();
  }

  @Test
  void oneThatCannotBeMadeIsNamed() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    Site site = site(folder + "/file/{}", Map.of());

    assertThatThrownBy(() -> site.put(Command.of("true"), Input.of(1, "a"), 1))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("its working folder " + folder + "/file/a cannot be made: ");
  }

  @Test
  void theSameFolderMakesTheSameJobHoweverItIsGiven() {
    String here = Path.of("").toAbsolutePath().toString();
    assertThat(texts(Site.HERE)).containsExactly(here);
    assertThat(texts(site(".", Map.of()))).containsExactly(here);
    assertThat(texts(site("a/../b", Map.of()))).containsExactly(here + "/b");
    assertThat(texts(site("/b/{//}", Map.of()))).containsExactly("/b/{//}");
    assertThat(texts(site("{//}", Map.of()))).containsExactly(here + "/{//}");
  }

  @Test
  void variablesArePartOfTheJobAndReachTheCommand() throws IOException {
    Site site = new Site(Optional.empty(), Map.of("B", "2", "A", "x y"));

    assertThat(texts(site).subList(1, 3)).containsExactly("env A=x y", "env B=2");
    assertThat(site.put(Command.of("true"), Input.of(1, "a"), 1).environment())
        .containsOnly(Map.entry("A", "x y"), Map.entry("B", "2"));
    assertThat(site.display(Input.of(1, "a"))).isEqualTo("A='x y' B=2 ");
  }

  private static Site site(String workdir, Map<String, String> environment) {
    return new Site(Optional.of(Word.ofText(workdir)), environment);
  }

  private static List<String> texts(Site site) {
    return site.keyParts().stream().map(part -> new String(part, UTF_8)).toList();
  }
}
