// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {

  private static final Input INPUT = Input.of(1, "a b");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "sha256sum {}|sha256sum,a b",
        "wc -l|wc,-l,a b",
        "cp {} out/{}.txt|cp,a b,out/a b.txt",
        "grep '{}' \"x{}y\"|grep,a b,xa by",
        "grep 'a \"b' \"c 'd\" e\\ f|grep,a \"b,c 'd,e f,a b",
        "grep '' {}|grep,,a b",
        "grep \"a\\\"b\\\\c\\d\" {}|grep,a\"b\\c\\d,a b",
        "grep \\{} {}|grep,{},a b",
        "{} --version|a b,--version",
        "  ls   {}  |ls,a b",
        "echo {}|echo,a b",
        "grep x=y {}|grep,x=y,a b",
        "grep \"\\{}\"|grep,\\a b"
      })
  void plainWordsNeedNoShell(String command, String argv) {
    Template template = Template.of(List.of(command));
    assertThat(template.usesShell()).isFalse();
    assertThat(argv(template)).containsExactly(argv.split(",", -1));
  }

  @Test
  void severalWordsAreTakenAsTheyAre() {
    Template template = Template.of(List.of("grep", "$x; {}", "'"));
    assertThat(template.usesShell()).isFalse();
    assertThat(argv(template)).containsExactly("grep", "$x; a b", "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "cat {} > {}.out|cat \"${1}\" > \"${1}\".out",
        "cat > out|cat > out \"${1}\"",
        "cat 2>&1|cat 2>&1 \"${1}\"",
        "x=1 cat {}|x=1 cat \"${1}\"",
        "echo \"$HOME/{}\"|echo \"$HOME/${1}\"",
        "echo \"$HOME\" '{}'|echo \"$HOME\" ''\"${1}\"''",
        "echo \"$HOME\\{}\"|echo \"$HOME\\\\${1}\"",
        "echo \"$(basename \"{}\" '{}' {})\"|echo \"$(basename \"${1}\" ''\"${1}\"'' \"${1}\")\"",
        "echo $(echo \"$(echo {})\")|echo $(echo \"$(echo \"${1}\")\")",
        "echo $HOME \\{}|echo $HOME \\{} \"${1}\"",
        "echo `date` {}|echo `date` \"${1}\"",
        "echo ${x%.*} ${y:-$z} {}|echo ${x%.*} ${y:-$z} \"${1}\"",
        "echo $((1 + 2)) {}|echo $((1 + 2)) \"${1}\"",
        "case {} in *.a) cat {};; esac|case \"${1}\" in *.a) cat \"${1}\";; esac",
        "set -e; cat {}|set -e; cat \"${1}\"",
        "(cd /; ls {})|(cd /; ls \"${1}\")",
        "if test -f {}; then cat {}; fi|if test -f \"${1}\"; then cat \"${1}\"; fi",
        "for i in 1 2; do echo {}; done|for i in 1 2; do echo \"${1}\"; done",
        "exit {}|exit \"${1}\"",
        "cd {}|cd \"${1}\"",
        "ls ~ {}|ls ~ \"${1}\"",
        "ls *|ls * \"${1}\"",
        "ls {a,b} {}|ls {a,b} \"${1}\"",
        "export X={}; env|export X=\"${1}\"; env"
      })
  void elseTheScriptGetsTheInputAsAParameter(String command, String script) {
    Template template = Template.of(List.of(command));
    assertThat(template.usesShell()).isTrue();
    assertThat(argv(template)).containsExactly("/bin/sh", "-c", script, "curfew", "a b");
  }

  @Test
  void aPlaceInACommentIsLeftAlone() {
    assertThat(argv(Template.of(List.of("cat {} # {}\ntrue"))).get(2))
        .isEqualTo("cat \"${1}\" # {}\ntrue");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat x;",
        "cat x &",
        "cat x |",
        "cat x\n",
        "cat $x # note",
        "cat >",
        "(cat x)",
        "for i in 1; do cat; done",
        "if true; then cat; fi ",
        "X=$HOME"
      })
  void anInputIsNotAppendedWhereItMakesNoSense(String command) {
    assertThatThrownBy(() -> Template.of(List.of(command)))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("The command '")
        .hasMessageEndingWith(
            "does not say where the input goes, and its end is no place for it: put {} there.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "echo `ls {}`|{} inside backticks would be read as code: write $( … ) instead.",
        "echo \"`ls {}`\"|{} inside backticks",
        "echo $(({} + 1))|{} inside $(( )) would be evaluated",
        "echo $((x[')'])) {}|cannot be followed",
        "echo ${x:-{}}|{} inside ${…} cannot be replaced",
        "echo ${}|{} inside ${…} cannot be replaced",
        "echo \"${x:-'}\" {}|the quoting inside ${…} cannot be followed",
        "echo $'{}'|$'…' is read differently",
        "[[ -f {} ]] && ls|{} inside [[ … ]] could be evaluated: write [ … ] instead.",
        "[[ a && {} ]]|the [[ … ]] cannot be followed",
        "cat << EOF {}|a here-document ('<<') cannot hold an input safely",
        "echo 'a {}|there is a ' without its other one",
        "echo \"a {}|there is a \" without its other one",
        "echo `a {}|there is a backtick without its other one",
        "echo $(a {}|there is a '(' without its ')'",
        "echo a) {}|there is a ')' without its '('",
        "(case {} in a) ls;; esac)|a 'case' inside parentheses cannot be followed",
        "f() { ls {}; }; f x|a function has a $1 of its own",
        "f () { ls {}; }; f x|a function has a $1 of its own",
        "shift; echo {}|'shift' changes $1, which holds the input",
        "set -- a; echo {}|'set' changes $1",
        "((x)) && ls {}|'((' is read differently",
        "cat <(ls {})|'<( )' is not known to sh",
        "echo {} $x \\|the last backslash quotes nothing"
      })
  void whatCannotBeMadeSafeIsRefusedWithTheReason(String command, String why) {
    assertThatThrownBy(() -> Template.of(List.of(command)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t"})
  void noCommandIsRefused(String command) {
    assertThatThrownBy(() -> Template.of(List.of(command)))
        .isInstanceOf(UserError.class)
        .hasMessage("There is no command: give one, like 'gzip {}'.");
    assertThatThrownBy(() -> Template.of(List.of())).isInstanceOf(UserError.class);
  }

  @Test
  void showsTheCommandAsOneCouldTypeIt() {
    Template plain = Template.of(List.of("grep -c 'x y' {}"));
    assertThat(plain.display(Input.of(1, "it's"))).isEqualTo("grep -c 'x y' 'it'\\''s'");
    assertThat(plain.display(Input.of(1, "a\n\u001b[31m\\'")))
        .isEqualTo("grep -c 'x y' $'a\\n\\033[31m\\\\\\''");
    assertThat(plain.display(Input.of(1, new byte[] {'a', (byte) 0xff})))
        .isEqualTo("grep -c 'x y' $'a\\377'");
    assertThat(plain.display(Input.of(1, "grün"))).isEqualTo("grep -c 'x y' 'grün'");
    assertThat(plain.display(Input.of(1, ""))).isEqualTo("grep -c 'x y' ''");
    assertThat(Template.of(List.of("cat {} | wc")).display(INPUT))
        .isEqualTo("/bin/sh -c 'cat \"${1}\" | wc' curfew 'a b'");
  }

  @Test
  void namesTheProgramWhereItIsKnown() {
    assertThat(Template.of(List.of("grep -c {}")).program()).contains("grep");
    assertThat(Template.of(List.of("grün {}")).program()).contains("grün");
    assertThat(Template.of(List.of("{} -c")).program()).isEmpty();
    assertThat(Template.of(List.of("cat {} | wc")).program()).isEmpty();
  }

  @Test
  void bytesThatAreNoTextComeThrough() {
    byte[] bytes = {'a', (byte) 0xff, (byte) 0xfe};
    List<byte[]> command = List.of(new byte[] {'x', (byte) 0x80, '{', '}'});
    assertThat(Template.ofBytes(command).argv(Input.of(1, bytes), Placeholder.NO_SLOT))
        .extracting(word -> new String(word, ISO_8859_1))
        .containsExactly("x\u0080a\u00ff\u00fe");
  }

  private static List<String> argv(Template template) {
    return template.argv(INPUT, Placeholder.NO_SLOT).stream()
        .map(word -> new String(word, UTF_8))
        .toList();
  }
}
