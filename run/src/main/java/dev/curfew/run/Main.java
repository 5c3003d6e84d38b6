// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/// The command `curfew`.
public final class Main {

  private static final List<String> STOPPING = List.of("INT", "TERM", "HUP");

  private Main() {}

  /// Runs the command line and ends the JVM with its exit code.
  ///
  /// @param arguments as typed
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /// The words after `:::` are inputs, not options, and are taken as raw bytes.
  static int run(String[] arguments) {
    boolean runs = arguments.length > 0 && arguments[0].equals("run");
    try (Signals before = Signals.install(runs ? STOPPING : List.of(), Main::leave)) {
      return run(before::close, arguments);
    }
  }

  /// Nothing has been started yet that would have to be ended.
  private static void leave(String signal) {
    Complaints.say(signal + ": nothing was started");
    Runtime.getRuntime().halt(ExitCode.STOPPED.code);
  }

  /// @param onBegin called when the run begins to answer signals itself
  private static int run(Runnable onBegin, String[] arguments) {
    int inputs = Arrays.asList(arguments).indexOf(":::");
    String[] options = inputs < 0 ? arguments : Arrays.copyOf(arguments, inputs);
    List<byte[]> raw = RawArguments.of(arguments);
    RunCommand run =
        new RunCommand(
            raw.subList(0, options.length),
            inputs < 0 ? null : List.copyOf(raw.subList(inputs + 1, raw.size())),
            onBegin);
    CommandLine line = new CommandLine(new CurfewCommand()).addSubcommand(run);
    line.addSubcommand(new JobsCommand());
    line.addSubcommand(new CompletionCommand());
    line.setExpandAtFiles(false); // a word of a command that begins with '@' is the user's own
    line.setUsageHelpWidth(100);
    line.setParameterExceptionHandler(Main::refuse);
    line.setExecutionExceptionHandler(Main::failed);
    // The words of a command may look like options of ours.
    line.getSubcommands().forEach((name, sub) -> sub.setStopAtPositional(name.equals("run")));
    Optional.ofNullable(line.getSubcommands().get("run")).ifPresent(Manual::install);
    return line.execute(options);
  }

  private static int refuse(CommandLine.ParameterException problem, String[] arguments) {
    Complaints.say(problem);
    Complaints.say(
        "see '" + problem.getCommandLine().getCommandSpec().qualifiedName() + " --help'");
    return ExitCode.USAGE.code;
  }

  private static int failed(Exception problem, CommandLine line, CommandLine.ParseResult result)
      throws Exception {
    if (problem instanceof UserError) {
      Complaints.say(problem);
      return ExitCode.USAGE.code;
    }
    throw problem;
  }
}
