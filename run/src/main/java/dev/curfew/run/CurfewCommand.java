// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// What is said when no subcommand is given.
@Command(
    name = "curfew",
    description = "Runs lists of jobs that can be stopped at any moment and taken up again.",
    mixinStandardHelpOptions = true,
    version = "curfew 0.1.0-SNAPSHOT",
    footer = {
      "",
      "From a checkout also:",
      "  examples      Lists what a program that can be stopped has to do, row by row.",
      "  example ROW   Shows one row at work, such as E4."
    },
    subcommands = HelpCommand.class)
final class CurfewCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(System.err);
    }
    return ExitCode.USAGE.code;
  }
}
