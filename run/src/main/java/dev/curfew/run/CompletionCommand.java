// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `curfew completion`: a script with which a shell completes the words of this program.
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = "Prints a script that makes a shell complete commands and options.",
    footer = {
      "",
      "  bash:  source <(curfew completion bash)",
      "  zsh:   source <(curfew completion zsh)"
    })
final class CompletionCommand implements Callable<Integer> {

  /// A shell that can complete.
  enum Shell {
    bash,
    zsh
  }

  @Parameters(paramLabel = "bash|zsh", description = "the shell")
  private Shell shell = Shell.bash;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("picocli has not told which command this is");
    }
    if (shell == Shell.zsh) {
      System.out.println("(( $+functions[compdef] )) || { autoload -U compinit && compinit; }");
    }
    // For both: it makes zsh read it as bash would.
    System.out.print(AutoComplete.bash("curfew", spec.root().commandLine()));
    return System.out.checkError() ? ExitCode.FAILED.code : ExitCode.DONE.code;
  }
}
