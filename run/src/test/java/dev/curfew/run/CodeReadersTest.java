// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeReadersTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sh -c {}",
        "sh -c 'echo {}'",
        "sh -c \"echo {}\"",
        "sh -c",
        "/bin/sh -c 'echo {}'",
        "s'h' -c 'echo {}'",
        "bash -lc 'echo {}'",
        "bash -ec 'echo {}'",
        "bash -o pipefail -c 'echo {}'",
        "bash -c -o pipefail 'echo {}'",
        "bash -co pipefail 'echo {}'",
        "bash --rcfile x -c 'echo {}'",
        "sh -c -e 'echo {}'",
        "sh -c -- 'echo {}'",
        "sh -c > log 'echo {}'",
        "sh -c 2> log 'echo {}'",
        "sh -c &> log 'echo {}'",
        "sh -{}",
        "$SHELL -c 'echo {}'",
        "$X -c 'echo {}'",
        "\"$X\" -c \"echo {}\"",
        "${X} -c {}",
        "$X -lc 'echo {}'",
        "$X -c -- 'echo {}'",
        "$X -e 'print {}'",
        "$X -c{}",
        "nice $X -c 'echo {}'",
        "if $X --command {}; then :; fi",
        "zsh-5.9 -c {}",
        "fish --command {}",
        "env X=1 sh -c 'echo {}'",
        "sudo -u me sh -c 'echo {}'",
        "timeout 5 bash -c 'echo {}'",
        "xargs -n1 sh -c 'echo {}'",
        "find . -exec sh -c 'echo {}' ';'",
        "busybox sh -c 'echo {}'",
        "true && sh -c 'echo {}'",
        "echo $(sh -c 'echo {}')",
        "(sh -c 'echo {}')",
        "sh -c \"echo $(basename {})\"",
        "eval echo {}",
        "eval \"echo {}\"",
        "if eval {}; then ls; fi",
        "X=1 eval {}",
        "command eval {}",
        "trap {} EXIT",
        "trap 'rm {}' EXIT",
        "alias ll={}",
        "let {}",
        "declare -i x={}; ls",
        "export {}; ls",
        "unset {}",
        "read {} < x",
        "test -v {}",
        "printf -v {} x",
        "ssh host ls {}",
        "ssh host",
        "ssh {} uptime",
        "sudo ssh host ls {}",
        "su -c 'ls {}'",
        "su me -c {}",
        "su --command={}",
        "flock lock -c 'ls {}'",
        "script -qc 'ls {}' out",
        "watch ls {}",
        "parallel echo {}",
        "env -S 'ls {}'",
        "python3 -c 'print({})'",
        "python -c {}",
        "python3.12 -Ic {}",
        "python -W ignore -c {}",
        "perl -e 'print {}'",
        "perl -lane 'print {}'",
        "perl -E {}",
        "perl -Mstrict -e {}",
        "perl -e{}",
        "ruby -e {}",
        "ruby -rset -e {}",
        "node -e {}",
        "node --eval {}",
        "node --eval={}",
        "node -r mod -p {}",
        "php -r {}",
        "lua5.4 -e {}",
        "awk '/{}/ { print }' file",
        "awk -F , '/{}/' file",
        "awk -F, -v x=1 '/{}/' file",
        "awk -- '/{}/' file",
        "gawk -e '/{}/' file",
        "awk",
        "sed 's/a/{}/' file",
        "sed -n 's/a/{}/' file",
        "sed -e 's/a/{}/' file",
        "sed --expression='s/a/{}/' file"
      })
  void aPlaceWhereTheInputWouldBeCodeIsRefused(String command) {
    assertThatThrownBy(() -> Template.of(List.of(command)))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("The input could be read as code: '")
        .hasMessageEndingWith("the commands into a script file and call that: ./script {}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sh -c 'echo \"$1\"' sh {}",
        "sh script.sh -c {}",
        "sh {}",
        "bash -x {}",
        "bash -o pipefail script {}",
        "python script.py -c {}",
        "python3 -m http.server {}",
        "python3 -c 'import sys' {}",
        "perl -e 'print $ARGV[0]' -- {}",
        "perl -ne 'print' {}",
        "node app.js -e {}",
        "node --require mod app.js {}",
        "awk '{ print $1 }' {}",
        "awk -F : '{ print $1 }' {}",
        "awk -f prog.awk {}",
        "sed -n 5p {}",
        "sed -i 's/a/b/' {}",
        "sed -e 's/a/b/' {}",
        "rsync -e ssh {} host:",
        "ssh -- {} uptime",
        "flock {} ls",
        "git -c x=y add {}",
        "gcc -c {}",
        "npm run watch {}",
        "grep -e eval {}",
        "if grep -q read {}; then ls; fi",
        "export X={}; ls",
        "echo $(basename {}) | sh -x",
        "env X={} ls",
        "{} -c x"
      })
  void whatIsHarmlessIsNot(String command) {
    assertThatCode(() -> Template.of(List.of(command))).doesNotThrowAnyException();
  }

  @Test
  void aProgramInAVariableGetsTheRightForm() {
    assertThatThrownBy(() -> Template.of(List.of("$X -c \"echo {}\"")))
        .hasMessage(
            "The input could be read as code: '$X' may be a program that takes it as code. Use: $X"
                + " -c 'echo \"$1\"' sh {}. Or put the commands into a script file and call that:"
                + " ./script {}");
    for (String safe : List.of("$X -c 'echo \"$1\"' sh {}", "$X {}", "$X -n {}", "ls $D -c {}")) {
      assertThatCode(() -> Template.of(List.of(safe))).doesNotThrowAnyException();
    }
  }

  @Test
  void severalWordsAreLookedAtToo() {
    assertThatThrownBy(() -> Template.of(List.of("sh", "-c", "echo {}")))
        .hasMessage(
            "The input could be read as code: 'sh' would take it in the place of code or of a flag."
                + " Use: sh -c 'echo \"$1\"' sh {}."
                + " Or put the commands into a script file and call that: ./script {}");
  }

  @Test
  void theSafeFormsThatAreProposedAreAccepted() {
    List<String> commands =
        List.of("sh -c {}", "python -c {}", "perl -e {}", "ruby -e {}", "node -e {}", "php -r {}");
    for (String command :
        Stream.concat(commands.stream(), Stream.of("awk {}", "sed {}")).toList()) {
      UserError error = catchThrowableOfType(UserError.class, () -> Template.of(List.of(command)));
      String message = String.valueOf(error.getMessage());
      String safe = message.substring(message.indexOf("Use: ") + 5, message.indexOf(". Or put"));
      assertThat(Template.of(List.of(safe)).usesShell()).isFalse();
    }
  }
}
