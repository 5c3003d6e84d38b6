// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Runs many kinds of commands on inputs that would do harm if anybody read them as code.
@DisabledOnOs(OS.WINDOWS)
class InjectionTest {

  private static final List<String> NASTY =
      List.of(
          "plain",
          "",
          " a  b ",
          "$(touch hacked)",
          "`touch hacked`",
          "; touch hacked",
          "| touch hacked #",
          "a\ntouch hacked\n",
          "'; touch hacked; '",
          "\"; touch hacked; \"",
          "'\"; touch hacked; \"'",
          "\")\"; touch hacked; (\"",
          "${IFS}$HOME$1",
          "{}",
          "{} {}",
          "a'b\"c",
          "\\",
          "\\'\\\"\\$x",
          "* ? [a-z]* ~ ~root",
          "-n",
          "--help",
          "#!",
          "!!",
          "a\tb\r",
          "x=1",
          "grün ☃ 日本",
          "%s%n%x",
          "a[$(touch hacked)]");

  /// Commands that print the input once between brackets, whatever they do otherwise.
  private static final List<String> FORMS =
      List.of(
          "printf '[%s]' {}",
          "printf [%s]",
          "printf '[%s]' '{}'",
          "printf '[%s]' \"{}\"",
          "printf '[%s%s' {} ]",
          "printf '%s' '['{}']'",
          "printf '%s' [\"{}\"]",
          "printf '[%s]' {} | cat",
          "printf '[%s]' '{}' | cat",
          "printf '[%s]' \"{}\" | cat",
          "true && printf '[%s]'",
          "printf '%s' \"[{}]\" | cat",
          "printf '%s' '[''{}'']'; true",
          "(printf '[%s]' {})",
          "x={}; printf '[%s]' \"$x\"",
          "x='{}' y=\"{}\"; test \"$x\" = \"$y\" && printf '[%s]' \"$y\"",
          "printf '[%s]' \"$(printf '%s' {}; printf x)\" | sed '$s/x]$/]/'",
          "printf '[%s]' \"$(printf '%s' \"$(printf '%s' '{}'; printf x)\")\" | sed '$s/x]$/]/'",
          "printf '[%s]' \"$(printf '%s' \"{}\"; printf x)\" | sed '$s/x]$/]/'",
          "# {} ' \"\nprintf '[%s]' {}",
          "for i in {}; do printf '[%s]' \"$i\"; done",
          "case {} in '{}') printf '[%s]' {};; esac",
          "if test x\"{}\" = x'{}'; then printf '[%s]' {}; fi",
          "printf '%s%s' \"\\\"\" {} | sed '1s/^\"/[/'; printf ]",
          "printf '[%s]' \\\n {}",
          "echo `echo x` > /dev/null; printf '[%s]' {}",
          "echo ${HOME%x} $((1+2)) > /dev/null; printf '[%s]' {}",
          "sh -c 'printf \"[%s]\" \"$1\"' sh {}",
          "env X={} sh -c 'printf \"[%s]\" \"$X\"'");

  @TempDir Path folder;

  static Stream<String> forms() {
    return FORMS.stream();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void theInputArrivesByteForByteAndNothingIsExecuted(String form)
      throws IOException, InterruptedException {
    assumeTrue(Charset.forName(System.getProperty("sun.jnu.encoding")).equals(UTF_8));
    Template template = Template.of(List.of(form));
    for (String nasty : NASTY) {
      String printed = run(template.argv(Input.of(1, nasty), Placeholder.NO_SLOT));
      assertThat(printed).as(form + " on " + nasty).isEqualTo("[" + nasty + "]");
      assertThat(folder.resolve("hacked")).doesNotExist();
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void whatIsDisplayedDoesTheSame(String form) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")));
    Template template = Template.of(List.of(form));
    for (String nasty : List.of("$(touch hacked)", "a'b\"c\n\\", "\u001b[31m", "-n")) {
      String line = template.display(Input.of(1, nasty));
      assertThat(line.lines().filter(text -> text.contains("\u001b"))).isEmpty();
      String printed = run(Stream.of("/bin/bash", "-c", line).map(w -> w.getBytes(UTF_8)).toList());
      assertThat(printed).as(line).isEqualTo("[" + nasty + "]");
      assertThat(folder.resolve("hacked")).doesNotExist();
    }
  }

  private String run(List<byte[]> argv) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(argv.stream().map(word -> new String(word, UTF_8)).toList())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(process.waitFor(Duration.ofSeconds(30))).isTrue();
    return Files.readString(out);
  }
}
